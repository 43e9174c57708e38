//! Halts the desk: nothing is revoked, issued, proven, mailed or recorded until a supervisor releases it.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::halt::HaltCause;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::halts::{self, Halt, NewHalt};
use crate::models::{sessions, transaction};
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct HaltDesk {
    pub cause: HaltCause,
    /// Shown to everybody who works.
    pub reason: String,
    /// The end of the audit log that was seen and is gone.
    pub lost_sequence: Option<i64>,
}

/// The halt. What is under way at the CA is still written down; nothing is begun. After a restore everybody is logged
/// out: sessions that ended since the backup would be valid again.
pub async fn halt_desk(desk: &Services, input: HaltDesk, actor: &Actor, now: DateTimeUtc) -> Result<Halt> {
    if input.reason.trim().is_empty() {
        return Err(Problem::on("reason", "halt_reason_missing").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    if let Some(halt) = halts::current(&txn).await? {
        return restored_while_halted(txn, &halt, input).await;
    }
    let new = NewHalt {
        cause: input.cause,
        reason: input.reason.trim().to_owned(),
        placed_by: actor.key(),
        lost_sequence: input.lost_sequence,
    };
    let halt = halts::place(&txn, new, now).await?.ok_or_else(|| Error::conflict("desk_halted_already"))?;
    if input.cause == HaltCause::Restored {
        sessions::delete_all(&txn).await?;
    }
    let act = Act {
        action: "desk_halted",
        subject: format!("halt:{}", halt.id),
        case_id: None,
        detail: json!({ "cause": halt.cause.as_str(), "found": halt.found_sequence, "lost": halt.lost_sequence }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    tracing::error!(halt.id, halt.cause = halt.cause.as_str(), halt.reason, "the desk is halted");
    Ok(halt)
}

/// A backup that was made during a halt brings it along, with a reconciliation that does not count any more.
async fn restored_while_halted(txn: DatabaseTransaction, halt: &Halt, input: HaltDesk) -> Result<Halt> {
    match input.cause {
        HaltCause::Ordered => Err(Error::conflict("desk_halted_already")),
        HaltCause::Restored => {
            let halt = halts::note_loss(&txn, halt, input.lost_sequence, true).await?;
            sessions::delete_all(&txn).await?;
            txn.commit().await?;
            Ok(halt)
        }
    }
}
