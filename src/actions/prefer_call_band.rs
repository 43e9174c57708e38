//! Notes at which time of day a customer would like to be called.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::{customer_change, letters};
use crate::domain::actor::Actor;
use crate::domain::call_band::CallBand;
use crate::domain::case::{CaseState, CustomerChange};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::mail::letter::{Occasion, Performer};
use crate::models::audit_events::{self, Act};
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct PreferCallBand {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    /// `None`: any time of the business day.
    pub call_band: Option<CallBand>,
}

/// The case with the wish, in the same state and version: the wish permits and forbids nothing. The same wish again is
/// nothing.
pub async fn prefer_call_band(desk: &Services, input: PreferCallBand, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::of_actor(&txn, input.reception_number, actor).await?;
    revocation_cases::check_version(&case, input.version)?;
    customer_change::check(&txn, desk, &case, CustomerChange::CallBand, actor, now).await?;
    check_call_ahead(&case)?;
    if case.call_band == input.call_band {
        return Ok(case);
    }
    let noted = revocation_cases::set_call_band(&txn, &case, input.call_band).await?;
    let word = |band: Option<CallBand>| band.map(CallBand::as_str);
    let act = Act {
        action: "call_band_preferred",
        subject: noted.audit_subject(),
        case_id: Some(noted.id),
        detail: json!({ "before": word(case.call_band), "after": word(noted.call_band) }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    let occasion = Occasion::CallBandNoted { band: noted.call_band, by: Performer::of(actor) };
    letters::queue(&txn, desk, &noted, occasion, &now.to_rfc3339(), now).await?;
    txn.commit().await?;
    Ok(noted)
}

/// A compromise is revoked without a call, and after the call there is none ahead.
fn check_call_ahead(case: &Case) -> Result<()> {
    match case.state {
        CaseState::AwaitingReissue | CaseState::AwaitingCall | CaseState::OnHold
            if case.compromise_reported_at.is_none() =>
        {
            Ok(())
        }
        CaseState::AwaitingReissue
        | CaseState::AwaitingCall
        | CaseState::OnHold
        | CaseState::Confirmed
        | CaseState::Revoking
        | CaseState::Revoked
        | CaseState::Completed
        | CaseState::Withdrawn
        | CaseState::Expired => Err(Error::Conflict(Problem::new("no_call_ahead").with("state", case.state.as_str()))),
    }
}
