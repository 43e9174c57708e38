//! Recording a call, and going on with a call whose claim was lost.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::call_report::{is_filled_in, is_recorded, report};
use super::case::{self, page::Refused};
use super::conflict;
use super::frame::{Frame, case_href, reception_number};
use crate::actions::claim_case::claim_case;
use crate::actions::record_call::record_call;
use crate::controllers::extractors::{Form, Path};
use crate::domain::call::CallOutcome;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::case_file::CaseFile;
use crate::views::chrome::{Flash, FlashKind};
use crate::views::desk::case::CallInput;
use crate::views::form::FieldErrors;

/// `POST /desk/cases/{no}/calls`
pub async fn create(frame: Frame, Path(no): Path<String>, Form(form): Form<CallInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let file = CaseFile::load(&frame.desk.db, reception_number(&no)?).await?;
    let recorded = match report(&file, &form) {
        Ok(input) => record_call(&frame.desk, input, &frame.actor(), frame.now).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match recorded {
        Ok(_) => after(&frame, &file, &form).await,
        Err(Error::Invalid(problems)) => {
            let errors = FieldErrors::of(frame.t, &problems);
            form_again(
                &frame,
                &file,
                StatusCode::UNPROCESSABLE_ENTITY,
                Refused { input: form, errors, lease_lost: None },
            )
            .await
        }
        Err(Error::Conflict(problem)) => overtaken(&frame, file, form, &problem).await,
        Err(error) => Err(error),
    }
}

/// The page stays on the case, or goes on to the revocation when the agent asked for it.
async fn after(frame: &Frame, file: &CaseFile, form: &CallInput) -> Result<Response> {
    let href = case_href(file.case.reception_number);
    if form.then == "revoke" && form.outcome == CallOutcome::Confirmed.as_str() {
        return Ok(Redirect::to(&format!("{href}/revocation/new")).into_response());
    }
    let outcome = frame.t.s(&format!("outcome.{}", form.outcome));
    let text = frame.t.f("call.recorded", &[("company", &file.subscriber.name), ("outcome", &outcome)]);
    frame.flashes.put(Flash { next_call: true, ..Flash::done(text) }).await?;
    Ok(Redirect::to(&href).into_response())
}

/// The case again, with everything typed and why it was not taken.
async fn form_again(frame: &Frame, file: &CaseFile, status: StatusCode, refused: Refused) -> Result<Response> {
    let page = case::page::page(frame, file, "", Some(refused)).await?;
    Ok((status, page).into_response())
}

/// Something happened to the case while the form was filled in: nothing typed is lost.
async fn overtaken(frame: &Frame, seen: CaseFile, form: CallInput, problem: &Problem) -> Result<Response> {
    let file = CaseFile::load(&frame.desk.db, seen.case.reception_number).await?;
    if is_recorded(&file, &form, &frame.actor().key()) {
        return after(frame, &file, &form).await;
    }
    if file.case.version != form.version {
        return Ok((StatusCode::CONFLICT, conflict::of_call(frame, &file, &form).await?).into_response());
    }
    let lease_lost = match problem.code {
        "claim_lost" => Some(frame.t.s("lease.lost").to_owned()),
        "held_by_another" => Some(frame.t.problem(problem)),
        _ => None,
    };
    let errors = match lease_lost {
        Some(_) => FieldErrors::default(),
        None => FieldErrors::of(frame.t, std::slice::from_ref(problem)),
    };
    form_again(frame, &file, StatusCode::CONFLICT, Refused { input: form, errors, lease_lost }).await
}

/// `POST /desk/cases/{no}/claim`: from 対応する with nothing typed yet, or from もう一度確保する with a whole form.
pub async fn claim(frame: Frame, Path(no): Path<String>, Form(form): Form<CallInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let number = reception_number(&no)?;
    match claim_case(&frame.desk, number, &frame.actor(), frame.now).await {
        Ok(case) => {
            let until = case.lease_until.map(dates::time).unwrap_or_default();
            frame.done(frame.t.f("lease.claimed", &[("time", &until)])).await?;
            go_on(&frame, number, form).await
        }
        Err(Error::Conflict(problem)) if is_filled_in(&form) => {
            let file = CaseFile::load(&frame.desk.db, number).await?;
            overtaken(&frame, file, form, &problem).await
        }
        Err(Error::Conflict(problem)) => {
            let text = frame.t.problem(&problem);
            frame.flashes.put(Flash { kind: FlashKind::Warning, text, next_call: true }).await?;
            Ok(Redirect::to(&case_href(number)).into_response())
        }
        Err(error) => Err(error),
    }
}

/// To the claimed case, with what was typed before the claim was lost.
async fn go_on(frame: &Frame, number: ReceptionNumber, form: CallInput) -> Result<Response> {
    if !is_filled_in(&form) {
        return Ok(Redirect::to(&case_href(number)).into_response());
    }
    let file = CaseFile::load(&frame.desk.db, number).await?;
    if file.case.version != form.version {
        return Ok((StatusCode::CONFLICT, conflict::of_call(frame, &file, &form).await?).into_response());
    }
    form_again(frame, &file, StatusCode::OK, Refused { input: form, ..Refused::default() }).await
}
