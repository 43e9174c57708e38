//! Issues replacements that were applied for and not issued yet: the CA was out of reach, or the process ended.

use sea_orm::prelude::DateTimeUtc;

use super::issue_replacement::issue_replacement;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::{desk_settings, revocation_cases};
use crate::services::Services;

/// Counts: done = issued, skipped = taken by somebody else meanwhile, failed = the CA does not issue (now).
///
/// While the CA is paused nothing is issued. Applications that need a re-examination, or whose CSR is not known, are not touched.
pub async fn issue_pending(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    if desk_settings::ca_pause(&desk.db).await?.is_some() {
        return Ok(Counts::default());
    }
    let pending = revocation_cases::issuable_ids(&desk.db).await?;
    let mut counts = Counts { target: i64::try_from(pending.len()).unwrap_or(i64::MAX), ..Counts::default() };
    for id in pending {
        match issue_replacement(desk, id, actor, now).await {
            Ok(_) => counts.done += 1,
            Err(Error::Conflict(problem)) if problem.code == "stale_version" => counts.skipped += 1,
            Err(error) => {
                tracing::error!(case.id = id, cause = %error, "no replacement was issued");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}
