//! Finishes revocations that were begun and not ended: a crash between intent and receipt, a CA out of reach.

use sea_orm::prelude::DateTimeUtc;

use super::attempting::{self, By};
use crate::domain::actor::Actor;
use crate::domain::case::CaseState;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases;
use crate::services::Services;

/// Counts: done = revoked, failed = refused or faulty, skipped = still waiting for the CA or taken by another node.
pub async fn rescue_stuck(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let stuck = revocation_cases::stuck(&desk.db, now).await?;
    let mut counts = Counts { target: i64::try_from(stuck.len()).unwrap_or(i64::MAX), ..Counts::default() };
    for case in stuck {
        match attempting::resume(desk, &case, By { actor, batch_run: None }, now).await {
            Ok(settled) if settled.state == CaseState::Revoked => counts.done += 1,
            Ok(settled) if settled.state == CaseState::Revoking => counts.skipped += 1,
            Ok(_) => counts.failed += 1,
            Err(Error::Conflict(_)) => counts.skipped += 1,
            Err(error) => {
                tracing::error!(case.reception_number = %case.reception_number, cause = %error, "rescue failed");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}
