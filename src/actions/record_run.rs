//! Leaves the trace of a run in `batch_runs`.
//!
//! A run that found nothing to do leaves none, unless a person asked for it: the ten-minute runs would bury the rest.
//! `revoke_due` keeps its own row, which is also its claim and its sign of life.

use std::future::Future;

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::batch_runs::{self, Counts, NewRun};
use crate::models::columns::{RunCause, RunStatus};
use crate::services::Services;

/// What the row says besides the counts.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub task: &'a str,
    /// The day that counts as today, JST.
    pub today: NaiveDate,
    pub cause: RunCause,
}

/// The outcome of `work`, with its row written when there is something to tell.
pub async fn record_run(
    desk: &Services,
    run: Run<'_>,
    work: impl Future<Output = Result<Counts>>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Counts> {
    let outcome = work.await;
    let counts = outcome.as_ref().copied().unwrap_or_default();
    let by_hand = matches!(run.cause, RunCause::Task | RunCause::Api | RunCause::Desk);
    if by_hand || outcome.is_err() || counts.done > 0 || counts.failed > 0 {
        let new = NewRun {
            task: run.task,
            business_date: run.today,
            started_by: actor.key(),
            cause: run.cause,
            dry_run: false,
            target: counts.target,
        };
        let detail = match &outcome {
            Ok(_) => json!([]),
            Err(error) => json!([{ "result": "failed", "code": error.to_string() }]),
        };
        let failed = outcome.is_err() || counts.failed > 0;
        let status = if failed { RunStatus::Failed } else { RunStatus::Finished };
        desk.metrics.run_ended(run.task, status.as_str(), desk.clock.now() - now);
        if let Some(row) = batch_runs::start(&desk.db, new, now).await? {
            batch_runs::finish(&desk.db, &row, status, counts, detail.to_string(), desk.clock.now()).await?;
        }
    }
    outcome
}
