//! Withdraws the revocation. The source certificate stays valid until its last day.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::{customer_change, letters};
use crate::domain::actor::Actor;
use crate::domain::case::{CaseEvent, CustomerChange};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::mail::letter::{Occasion, Performer};
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct Withdraw {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    /// Who asked for it and how, in words.
    pub ground: String,
}

/// The case, closed. A reported key compromise cannot be withdrawn: the CA is bound to revoke (BR 4.9.1.1).
pub async fn withdraw(desk: &Services, input: Withdraw, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::of_actor(&txn, input.reception_number, actor).await?;
    revocation_cases::check_version(&case, input.version)?;
    customer_change::check(&txn, desk, &case, CustomerChange::Withdrawal, actor, now).await?;
    if case.compromise_reported_at.is_some() {
        return Err(Error::Conflict(Problem::new("compromise_not_withdrawable")));
    }
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.closing_note = Set(Some(input.ground.clone()));
        clear_lease(row);
    };
    let withdrawn = advance(&txn, &case, CaseEvent::Withdrawn, change, json!({}), actor, now).await?;
    let occasion = Occasion::Withdrawn { by: Performer::of(actor) };
    letters::queue(&txn, desk, &withdrawn, occasion, &format!("version-{}", withdrawn.version), now).await?;
    txn.commit().await?;
    Ok(withdrawn)
}
