//! Finishes revocations that were begun and not ended: a crash between intent and receipt, a CA out of reach.

use futures::{StreamExt, stream};
use sea_orm::prelude::DateTimeUtc;

use super::attempting::{self, By};
use crate::domain::actor::Actor;
use crate::domain::case::CaseState;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases::Case;
use crate::models::{case_chunks, desk_settings};
use crate::services::Services;

/// Counts: done = revoked, failed = refused or faulty, skipped = still waiting for the CA or taken by another node.
/// While the CA is paused nothing is asked.
pub async fn rescue_stuck(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let revocation = &desk.settings.revocation;
    let mut counts = Counts::default();
    let mut seen = None;
    if desk_settings::ca_pause(&desk.db).await?.is_some() {
        return Ok(counts);
    }
    loop {
        let stuck = case_chunks::next_stuck(&desk.db, now, seen, u64::from(revocation.chunk)).await?;
        let Some(last) = stuck.last() else { return Ok(counts) };
        seen = Some((last.due_on, last.id));
        counts.target += i64::try_from(stuck.len()).unwrap_or(i64::MAX);
        let rescues = stuck.into_iter().map(|case| rescue(desk, case, actor, now));
        let mut rescues = stream::iter(rescues).buffer_unordered(revocation.parallel as usize);
        while let Some(state) = rescues.next().await {
            match state {
                Some(CaseState::Revoked) => counts.done += 1,
                Some(CaseState::Revoking) => counts.skipped += 1,
                _ => counts.failed += 1,
            }
        }
    }
}

/// The state that the case came to; `Revoking` also where somebody else has it now. `None`: it could not be judged.
async fn rescue(desk: &Services, case: Case, actor: &Actor, now: DateTimeUtc) -> Option<CaseState> {
    // Others of the chunk may have taken long.
    let now = now.max(desk.clock.now());
    match attempting::resume(desk, &case, By { actor, batch_run: None }, now).await {
        Ok(settled) => Some(settled.state),
        Err(Error::Conflict(_)) => Some(CaseState::Revoking),
        Err(error) => {
            tracing::error!(case.reception_number = %case.reception_number, cause = %error, "rescue failed");
            None
        }
    }
}
