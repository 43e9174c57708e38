//! The whole daily run: what was left half done, what is due today, and what follows both.

use sea_orm::prelude::DateTimeUtc;
use tracing::{Instrument, Span};

use super::compare_head::compare_head;
use super::find_revoked::find_revoked;
use super::follow_up::{FollowUp, follow_up_telling};
use super::record_run::{Run, record_run};
use super::rescue_stuck::rescue_stuck;
use super::revoke_due::{Part, RevokeDue, revoke_due, revoke_in, take_part, with_signs_of_life};
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::batch_runs::{BatchRun, Counts};
use crate::models::{desk_settings, halts};
use crate::services::Services;

#[derive(Debug)]
pub struct RevocationRun {
    /// Of cases that an earlier run or click left in execution.
    pub rescued: Result<Counts>,
    /// Cases that the CA already showed revoked. Whoever starts a run asks for all that take part.
    pub found: Result<Counts>,
    /// As this process left it. `None`: the scheduled run of this day is over.
    pub run: Option<BatchRun>,
    /// `None` for a dry run, which changes nothing.
    pub follow_up: Option<FollowUp>,
}

/// Rescues, revokes what is due, publishes, proves and sends; refused while the desk is halted or the CA paused. A dry run only judges
/// what is due.
pub async fn run_revocations(
    desk: &Services,
    input: RevokeDue<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<RevocationRun> {
    if input.dry_run {
        let run = revoke_due(desk, input, actor, now).await?;
        return Ok(RevocationRun {
            rescued: Ok(Counts::default()),
            found: Ok(Counts::default()),
            run,
            follow_up: None,
        });
    }
    halts::refuse(&desk.db).await?;
    desk_settings::refuse_paused(&desk.db).await?;
    let part = take_part(desk, &input, actor, now).await?;
    let span = part.as_ref().map_or_else(Span::current, Part::span);
    revoke_and_follow_up(desk, input, part, actor, now).instrument(span).await
}

async fn revoke_and_follow_up(
    desk: &Services,
    input: RevokeDue<'_>,
    part: Option<Part>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<RevocationRun> {
    let (today, cause, stop, progress) = (input.today, input.cause, input.stop, input.progress);
    let prepared = prepare(desk, Run { task: "", today, cause }, part.as_ref(), actor, now);
    let (rescued, found) = with_signs_of_life(desk, part.as_ref(), prepared).await;
    let run = match part {
        Some(part) => Some(revoke_in(desk, input, part, actor).await?),
        None => None,
    };
    let follow_up = follow_up_telling(desk, (today, cause), stop, progress, actor, desk.clock.now()).await;
    // What was revoked and mailed must not be forgotten by a restore: seen now, not at the next beat.
    if let Err(error) = compare_head(desk, desk.clock.now()).await {
        tracing::error!(cause = %error, "the end of the audit log could not be kept");
    }
    Ok(RevocationRun { rescued, found, run, follow_up: Some(follow_up) })
}

/// What comes before the first revocation. A step that fails does not keep the run from going on.
async fn prepare(
    desk: &Services,
    run: Run<'_>,
    part: Option<&Part>,
    actor: &Actor,
    now: DateTimeUtc,
) -> (Result<Counts>, Result<Counts>) {
    let rescuing = Run { task: "rescue_stuck", ..run };
    let rescued = record_run(desk, rescuing, rescue_stuck(desk, actor, now), actor, now).await;
    if let Some(Part::Joined(_)) = part {
        return (rescued, Ok(Counts::default()));
    }
    let finding = Run { task: "find_revoked", ..run };
    let found = record_run(desk, finding, find_revoked(desk, run.today, actor, now), actor, now).await;
    (rescued, found)
}
