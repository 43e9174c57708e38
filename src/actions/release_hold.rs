//! Takes a case off hold: back to the call, whatever it was authorized for before.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::case::CaseEvent;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::Result;
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone, Copy)]
pub struct ReleaseHold {
    pub reception_number: ReceptionNumber,
    pub version: i64,
}

pub async fn release_hold(desk: &Services, input: ReleaseHold, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, input.reception_number).await?;
    revocation_cases::check_version(&case, input.version)?;
    let detail = json!({ "hold_reason": case.hold_reason.map(crate::domain::case::HoldReason::as_str) });
    let resumed = advance(&txn, &case, CaseEvent::HoldResolved, clear_lease, detail, actor, now).await?;
    txn.commit().await?;
    Ok(resumed)
}
