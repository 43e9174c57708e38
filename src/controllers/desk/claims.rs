//! Claiming the next case for a call, and giving a case back.

use axum::response::Redirect;
use serde::Deserialize;

use super::frame::{Frame, case_href, reception_number};
use crate::actions::{claim_case::claim_case, claim_next::claim_next, release_claim::release_claim};
use crate::controllers::extractors::{Form, Path};
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::revocation_cases;

/// A form that posts nothing but its guard.
#[derive(Deserialize)]
pub struct NoFields {}

/// `POST /desk/next`
pub async fn create_next(frame: Frame, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    match claim_next(&frame.desk, &frame.actor(), frame.now).await? {
        Some(case) => {
            let until = case.lease_until.map(dates::time).unwrap_or_default();
            frame.done(frame.t.f("lease.claimed", &[("time", &until)])).await?;
            Ok(Redirect::to(&case_href(case.reception_number)))
        }
        None => {
            frame.done(frame.t.s("lease.nothing_to_claim")).await?;
            Ok(Redirect::to("/desk/today"))
        }
    }
}

/// `POST /desk/cases/{no}/claim/renewal`, by the page while somebody types. The words for the page: until when the claim
/// holds now, or why it was lost. A claim that has lapsed is taken again when nobody else has.
pub async fn renew(frame: Frame, Path(no): Path<String>, Form(_): Form<NoFields>) -> Result<String> {
    frame.staff.require(Permission::WorkCases)?;
    match claim_case(&frame.desk, reception_number(&no)?, &frame.actor(), frame.now).await {
        Ok(case) => {
            let until = case.lease_until.map(dates::time).unwrap_or_default();
            Ok(frame.t.f("lease.until", &[("time", &until)]))
        }
        Err(Error::Conflict(problem)) => Ok(frame.t.problem(&problem)),
        Err(error) => Err(error),
    }
}

/// `POST /desk/cases/{no}/claim/release`. Who broke somebody else's claim stays with the case.
pub async fn destroy(frame: Frame, Path(no): Path<String>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    let number = reception_number(&no)?;
    let case = revocation_cases::by_reception_number(&frame.desk.db, number).await?;
    release_claim(&frame.desk, number, &frame.actor(), frame.now).await?;
    if case.holder(frame.now).is_some_and(|holder| holder != frame.actor().key()) {
        frame.done(frame.t.s("lease.broken")).await?;
        return Ok(Redirect::to(&case_href(number)));
    }
    frame.done(frame.t.s("lease.released")).await?;
    Ok(Redirect::to("/desk/today"))
}
