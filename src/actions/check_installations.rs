//! Looks at the sites of waiting cases whose turn has come, where administrators have turned that on.
//!
//! Any number of nodes may look at once: a case that one of them has claimed is left to it. One failing case does not stop
//! the others.

use chrono::Duration;
use sea_orm::prelude::DateTimeUtc;

use super::looking;
use crate::domain::actor::Actor;
use crate::domain::installation::InstallationRules;
use crate::errors::Result;
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases::Case;
use crate::models::{desk_settings, installation, transaction};
use crate::services::Services;

/// Cases of one run at most: the next one is minutes away.
const MOST_CASES: i64 = 500;
/// Cases that are claimed at once.
const CHUNK: u64 = 50;
/// For how long: longer than the looks at so many cases take, each with a few names that do not answer.
const CLAIMED_FOR: Duration = Duration::hours(1);

/// Counts: done = looked at and kept, skipped = gone on meanwhile, failed = not written.
pub async fn check_installations(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let mut counts = Counts::default();
    while counts.target < MOST_CASES && !desk.stop.is_cancelled() {
        // Asked each time: whoever turns it off means at once.
        let rules = desk_settings::installation(&desk.db).await?;
        if !rules.on {
            break;
        }
        let claimed = claim(desk, now).await?;
        if claimed.is_empty() {
            break;
        }
        counts.target += i64::try_from(claimed.len()).unwrap_or(i64::MAX);
        look_at(desk, claimed, &rules, &mut counts, (actor, now)).await?;
    }
    Ok(counts)
}

async fn claim(desk: &Services, now: DateTimeUtc) -> Result<Vec<Case>> {
    let txn = transaction::begin(&desk.db).await?;
    let claimed = installation::claim_due(&txn, CHUNK, now + CLAIMED_FOR, now).await?;
    txn.commit().await?;
    Ok(claimed)
}

async fn look_at(
    desk: &Services,
    cases: Vec<Case>,
    rules: &InstallationRules,
    counts: &mut Counts,
    (actor, now): (&Actor, DateTimeUtc),
) -> Result<()> {
    for looked in looking::look(desk, cases, rules).await? {
        let id = looked.case.id;
        match looking::keep(desk, looked, rules, actor, now).await {
            Ok(true) => counts.done += 1,
            Ok(false) => counts.skipped += 1,
            Err(error) => {
                tracing::error!(case.id = id, cause = %error, "what its sites showed was not kept");
                counts.failed += 1;
            }
        }
    }
    Ok(())
}
