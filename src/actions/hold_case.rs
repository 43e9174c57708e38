//! Puts a case on hold by hand, with a note.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::case::{CaseEvent, HoldReason};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct HoldCase {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    pub note: String,
}

pub async fn hold_case(desk: &Services, input: HoldCase, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    if input.note.trim().is_empty() {
        return Err(Problem::on("note", "hold_note_missing").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, input.reception_number).await?;
    revocation_cases::check_version(&case, input.version)?;
    if case.compromise_reported_at.is_some() {
        return Err(Error::Conflict(Problem::new("compromise_not_held")));
    }
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.hold_reason = Set(Some(HoldReason::Manual));
        row.hold_note = Set(Some(input.note.clone()));
        clear_lease(row);
    };
    let held = advance(&txn, &case, CaseEvent::HoldPlaced, change, json!({}), actor, now).await?;
    txn.commit().await?;
    Ok(held)
}
