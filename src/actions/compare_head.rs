//! Notices that the database was restored or swapped, and halts the desk then.
//!
//! Each node keeps the newest end of the audit log that it has seen outside the database (`witness.rs`). A log that does
//! not contain it any more knows less than the CA and the customers do.

use sea_orm::prelude::DateTimeUtc;

use super::halt_desk::{HaltDesk, halt_desk};
use crate::domain::actor::Actor;
use crate::domain::halt::HaltCause;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::halts::{self, Halt};
use crate::models::{audit_events, transaction};
use crate::services::Services;
use crate::witness::{Seen, Witness};

/// The halt in force after the comparison. Cheap: two rows read, a file written when the log has grown.
pub async fn compare_head(desk: &Services, now: DateTimeUtc) -> Result<Option<Halt>> {
    let witness = Witness::in_folder(&desk.settings.data_dir);
    let (sequence, hash) = audit_events::head(&desk.db).await?;
    let seen = witness.read()?;
    if let Some(seen) = &seen
        && !contains(desk, seen).await?
    {
        missing(desk, seen, now).await?;
        // Durably halted, or explained: from here on the log that is there counts.
        let (sequence, hash) = audit_events::head(&desk.db).await?;
        witness.write(&Seen { sequence, hash, seen_at: now })?;
    } else if seen.is_none_or(|seen| seen.sequence < sequence) {
        witness.write(&Seen { sequence, hash, seen_at: now })?;
    }
    Ok(halts::current(&desk.db).await?)
}

async fn contains(desk: &Services, seen: &Seen) -> Result<bool> {
    if seen.sequence == 0 {
        return Ok(true);
    }
    let event = audit_events::numbered(&desk.db, seen.sequence).await?;
    Ok(event.is_some_and(|event| event.hash == seen.hash))
}

/// Halts the desk, unless it was or is halted for this loss already.
async fn missing(desk: &Services, seen: &Seen, now: DateTimeUtc) -> Result<()> {
    let explained = halts::explains(&desk.db, seen.sequence, seen.seen_at).await?;
    match halts::current(&desk.db).await? {
        Some(halt) => {
            let txn = transaction::begin(&desk.db).await?;
            halts::note_loss(&txn, &halt, Some(seen.sequence), !explained).await?;
            txn.commit().await?;
            Ok(())
        }
        None if explained => Ok(()),
        None => {
            let input = HaltDesk {
                cause: HaltCause::Restored,
                reason: format!("audit event {} of {} is gone", seen.sequence, seen.seen_at.to_rfc3339()),
                lost_sequence: Some(seen.sequence),
            };
            match halt_desk(desk, input, &Actor::system(), now).await {
                // Another node was first.
                Ok(_) | Err(Error::Conflict(Problem { code: "desk_halted_already", .. })) => Ok(()),
                Err(error) => Err(error),
            }
        }
    }
}
