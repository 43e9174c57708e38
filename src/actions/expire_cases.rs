//! Ends cases whose source certificate has run out: there is nothing left to revoke.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::letters;
use crate::domain::actor::Actor;
use crate::domain::case::CaseEvent;
use crate::errors::{Error, Result};
use crate::mail::letter::Occasion;
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases::{self, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

/// One transaction per case; one that fails does not stop the others.
pub async fn expire_cases(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let run_out = revocation_cases::run_out(&desk.db, now).await?;
    let mut counts = Counts { target: i64::try_from(run_out.len()).unwrap_or(i64::MAX), ..Counts::default() };
    for id in run_out {
        match expire_one(desk, id, actor, now).await {
            Ok(true) => counts.done += 1,
            Ok(false) | Err(Error::Conflict(_)) => counts.skipped += 1,
            Err(error) => {
                tracing::error!(case.id = id, cause = %error, "the case was not ended");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}

/// `false`: the case has moved on since the list was read.
async fn expire_one(desk: &Services, id: i64, actor: &Actor, now: DateTimeUtc) -> Result<bool> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_id(&txn, id).await?;
    if case.state.after(CaseEvent::SourceExpired).is_err() {
        return Ok(false);
    }
    let ended = advance(&txn, &case, CaseEvent::SourceExpired, clear_lease, json!({}), actor, now).await?;
    letters::queue(&txn, desk, &ended, Occasion::CaseExpired, "expired", now).await?;
    txn.commit().await?;
    Ok(true)
}
