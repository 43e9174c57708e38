//! The proof by the company's own log-in: there and back again. The form waits in the session meanwhile.

use axum::{
    http::HeaderName,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{
    desk::kept::{self, Kept},
    extractors::{Flashes, Staff},
    sign_in::{Landing, code},
    staff_session::note_proof,
    step_up::{Asked, Halted},
};
use crate::{
    actions::prove_again_by_sso::{SsoAnswer, prove_again_by_sso},
    domain::problem::Problem,
    errors::{Error, Result},
    messages::Texts,
    services::Services,
    sso::{Asking, Departure, SingleSignOn},
    views::{
        chrome::{Flash, FlashKind},
        sign_in::LeavePage,
    },
};

const JOURNEY: &str = "sso_proof";
/// Answers to forms may lead to this host only (the policy of every page), so the browser is sent on by a page of ours.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// Somebody who has gone to prove who they are, and the form that waits for it.
#[derive(Serialize, Deserialize)]
pub struct Journey {
    departure: Departure,
    user: i64,
    action: String,
    back: String,
    /// Nothing where the form holds what must not be stored: it is filled in once more.
    form: Option<Kept>,
}

impl Journey {
    /// What the session holds, which is then gone: an answer counts once.
    pub async fn take(session: &Session) -> Result<Option<Self>> {
        session.remove(JOURNEY).await.map_err(Error::internal)
    }
}

pub async fn depart(asked: &Asked<'_>, now: DateTime<Utc>) -> Result<Response> {
    let Asked { services, session, staff, form } = asked;
    let Some(sso) = &services.sso else { return Err(Error::not_found("not_found")) };
    let (url, departure) = match sso.depart(Asking::Anew).await {
        Ok(way) => way,
        Err(error) => return asked.refused(&[Problem::new(code(&error))]).await,
    };
    let Halted { action, fields, back } = form;
    let kept = Kept::until_proven(staff.id, action, fields, back, now);
    let journey = Journey { departure, user: staff.id, action: action.clone(), back: back.clone(), form: kept };
    session.insert(JOURNEY, journey).await.map_err(Error::internal)?;
    let page = LeavePage {
        t: Texts::of(staff.language),
        product: services.settings.desk.staff_product.clone(),
        name: staff.name.clone(),
        back: back.clone(),
        url: url.clone(),
    };
    Ok(([(REFRESH, format!("0;url={url}"))], page).into_response())
}

/// Back to the form, which can be sent on from there, or to the page that asks for a proof.
pub async fn arrive(
    (services, sso): (&Services, &SingleSignOn),
    session: &Session,
    (staff, flashes): (&Staff, &Flashes),
    journey: Journey,
    landing: Landing,
) -> Result<Response> {
    let now = services.clock.now();
    let Journey { departure, user, action, back, form } = journey;
    if user != staff.id {
        return Err(Error::form_expired());
    }
    let outcome = match landing.arrival(sso, departure, now).await {
        Ok(arrival) => {
            let answer = SsoAnswer { subject: arrival.identity(), authenticated_at: arrival.authenticated_at };
            prove_again_by_sso(services, answer, &staff.actor(), now).await
        }
        Err(error) => Err(Problem::new(code(&error)).into()),
    };
    let t = Texts::of(staff.language);
    match (outcome, form) {
        (Ok(()), form) => {
            note_proof(session, None, now).await?;
            let next = if form.is_some() { kept::PATH } else { &back };
            if form.is_none() {
                flashes.put(Flash::done(t.s("proof.done"))).await?;
            }
            kept::restore(session, form).await?;
            Ok(Redirect::to(next).into_response())
        }
        (Err(error), Some(form)) => {
            let mut fields = form.into_fields();
            fields.push(("_csrf".to_owned(), staff.csrf.clone()));
            let form = Halted { action, fields, back };
            Asked { services, session, staff, form: &form }.refused(&error.into_problems()?).await
        }
        (Err(error), None) => {
            let told: Vec<_> = error.into_problems()?.iter().map(|problem| t.problem(problem)).collect();
            flashes.put(Flash { kind: FlashKind::Error, ..Flash::done(told.join("\n")) }).await?;
            Ok(Redirect::to(&back).into_response())
        }
    }
}
