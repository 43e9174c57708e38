//! Claiming a case for a call, and giving it back.

use axum::response::Redirect;
use serde::Deserialize;

use super::frame::{Frame, case_href, reception_number};
use crate::actions::{claim_case::claim_case, claim_next::claim_next, release_claim::release_claim};
use crate::controllers::extractors::{Form, Path};
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::revocation_cases::Case;
use crate::views::chrome::{Flash, FlashKind};

/// A form that posts nothing but its guard.
#[derive(Deserialize)]
pub struct Empty {}

/// `POST /desk/next`
pub async fn create_next(frame: Frame, Form(_): Form<Empty>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    match claim_next(&frame.desk, &frame.actor(), frame.now).await? {
        Some(case) => claimed(&frame, &case).await,
        None => {
            frame.done(frame.t.s("lease.nothing_to_claim")).await?;
            Ok(Redirect::to("/desk/today"))
        }
    }
}

/// `POST /desk/cases/{no}/claim`
pub async fn create(frame: Frame, Path(no): Path<String>, Form(_): Form<Empty>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    let number = reception_number(&no)?;
    match claim_case(&frame.desk, number, &frame.actor(), frame.now).await {
        Ok(case) => claimed(&frame, &case).await,
        Err(Error::Conflict(problem)) => {
            let text = frame.t.problem(&problem);
            frame.flashes.put(Flash { kind: FlashKind::Warning, text, next_call: true }).await?;
            Ok(Redirect::to(&case_href(number)))
        }
        Err(error) => Err(error),
    }
}

async fn claimed(frame: &Frame, case: &Case) -> Result<Redirect> {
    let until = case.lease_until.map(dates::time).unwrap_or_default();
    frame.done(frame.t.f("lease.claimed", &[("time", &until)])).await?;
    Ok(Redirect::to(&case_href(case.reception_number)))
}

/// `POST /desk/cases/{no}/claim/release`
pub async fn destroy(frame: Frame, Path(no): Path<String>, Form(_): Form<Empty>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    release_claim(&frame.desk, reception_number(&no)?, &frame.actor(), frame.now).await?;
    frame.done(frame.t.s("lease.released")).await?;
    Ok(Redirect::to("/desk/today"))
}
