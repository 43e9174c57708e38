//! 代理申請: an agent files for a customer who cannot; also a key compromise of a certificate without a case.

mod form;
mod search;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use self::form::Filing;
use super::frame::{Frame, case_href};
use crate::actions::file_application::file_application;
use crate::actions::issue_at_once::issue_in_background;
use crate::controllers::extractors::{Form, Query};
use crate::domain::application::compromise_deadline;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::dates;
use crate::models::revocation_cases::Case;
use crate::views::chrome::Place;
use crate::views::desk::reissues::{AgreementPage, ReissueInput, ReissueQuery};
use crate::views::form::FieldErrors;

/// `GET /desk/reissues/new`: the search, or with `?certificate=` the form.
pub async fn new(frame: Frame, Query(query): Query<ReissueQuery>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let Some(certificate_id) = query.certificate else {
        return Ok(search::page(&frame, query.q).await?.into_response());
    };
    let input = ReissueInput { certificate_id, reason: query.reason, ..ReissueInput::default() };
    let filing = Filing::load(&frame, input).await?;
    Ok(filing.page(&frame, FieldErrors::default()).await?.into_response())
}

/// `POST /desk/reissues`. The replacement is issued in the background.
pub async fn create(frame: Frame, Form(input): Form<ReissueInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let mut filing = Filing::load(&frame, input).await?;
    let filed = match filing.application(&frame).await? {
        Ok(application) => file_application(&frame.desk, application, &frame.actor(), frame.now).await,
        Err(problems) => Err(crate::errors::Error::Invalid(problems)),
    };
    match filed {
        Ok(case) => {
            let href = case_href(case.reception_number);
            frame.done(done(&frame, &case)).await?;
            issue_in_background(&frame.desk, case, frame.actor(), frame.now);
            Ok(Redirect::to(&href).into_response())
        }
        Err(error) => {
            let problems = error.into_problems()?;
            filing.forget_secret(&problems);
            let errors = FieldErrors::of(frame.t, &problems);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, filing.page(&frame, errors).await?).into_response())
        }
    }
}

fn done(frame: &Frame, case: &Case) -> String {
    let number = case.reception_number;
    match case.compromise_reported_at {
        Some(at) => {
            let deadline = dates::long_instant(frame.t, compromise_deadline(at));
            frame.t.f("filing.done_compromise", &[("number", &number), ("deadline", &deadline)])
        }
        None => frame.t.f("filing.done", &[("number", &number), ("day", &dates::long(frame.t, case.due_on))]),
    }
}

/// `GET /desk/agreement`: what the caller agrees to.
pub async fn agreement(frame: Frame) -> Result<AgreementPage> {
    let agreement = &frame.desk.agreement;
    Ok(AgreementPage {
        chrome: frame.chrome(Place::Reissue).await?,
        version: agreement.version.clone(),
        sha256: agreement.sha256.clone(),
        text: agreement.text.clone(),
    })
}
