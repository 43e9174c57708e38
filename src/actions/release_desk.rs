//! Ends the halt of the desk, by a supervisor and with a reason.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::halts::{self, Halt};
use crate::models::transaction;
use crate::services::Services;

/// The halt that ended. After a restore it takes a reconciliation that heard of the CA about every open case.
pub async fn release_desk(desk: &Services, reason: &str, actor: &Actor, now: DateTimeUtc) -> Result<Halt> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Problem::on("reason", "release_reason_missing").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let halt = halts::current(&txn).await?.ok_or_else(|| Error::conflict("desk_not_halted"))?;
    if halt.cause.needs_reconciliation() {
        check_reconciled(&halt)?;
    }
    let act = Act {
        action: "desk_released",
        subject: format!("halt:{}", halt.id),
        case_id: None,
        detail: json!({ "reason": reason }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    if !halts::release(&txn, &halt, actor.key(), reason.to_owned(), now).await? {
        return Err(Error::conflict("desk_not_halted"));
    }
    txn.commit().await?;
    tracing::warn!(halt.id, "the desk goes on");
    Ok(halt)
}

fn check_reconciled(halt: &Halt) -> Result<()> {
    match (halt.reconciled_at, halt.unanswered) {
        (None, _) | (_, None) => Err(Error::conflict("desk_not_reconciled")),
        (Some(_), Some(0)) => Ok(()),
        (Some(_), Some(n)) => Err(Error::Conflict(Problem::new("desk_unanswered").with("n", n))),
    }
}
