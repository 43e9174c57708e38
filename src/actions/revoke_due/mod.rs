//! The daily run: revokes every confirmed case whose day has come.
//!
//! Due-ness is a query, so a missed run is made good by the next one and a second run finds nothing. One failing case
//! never stops the others. Above the brake limit nothing is revoked and a supervisor is asked. Any number of nodes take
//! part in a run: each claims chunks of what is left.

mod chunk;
mod one_by_one;
mod part;
mod receipts;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ConnectionTrait, DatabaseBackend};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::chunk::Drain;
pub(super) use self::part::{Part, take_part, with_signs_of_life};
use self::tally::Ledger;
pub use self::tally::failed_in;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::{self, BatchRun, Counts};
use crate::models::columns::{RunCause, RunStatus};
use crate::models::{case_chunks, instant, transaction};
use crate::services::Services;

pub struct RevokeDue<'a> {
    /// The day that counts as today, JST.
    pub today: NaiveDate,
    pub cause: RunCause,
    /// Judges every case and changes nothing.
    pub dry_run: bool,
    /// A supervisor has looked at what is due and lets more than the brake limit pass.
    pub brake_lifted: bool,
    /// Set when the process is asked to end: calls of the CA that are under way are finished, no other is begun.
    pub stop: &'a CancellationToken,
    /// Told now and then: the counts of this process.
    pub progress: &'a (dyn Fn(Counts) + Send + Sync),
}

/// A sign of life at least this often: see `mark_interrupted`.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Chunks in hand at the same time.
pub(super) fn chunks_at_once(desk: &Services) -> u32 {
    match desk.db.get_database_backend() {
        DatabaseBackend::Postgres => desk.settings.revocation.chunks,
        // One writer at a time.
        _ => 1,
    }
}

/// The run as it stands when this process leaves it: ended, or still going on elsewhere. `None`: today's scheduled run
/// is over.
pub async fn revoke_due(
    desk: &Services,
    input: RevokeDue<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<BatchRun>> {
    match take_part(desk, &input, actor, now).await? {
        Some(part) => {
            let span = part.span();
            revoke_in(desk, input, part, actor).instrument(span).await.map(Some)
        }
        None => Ok(None),
    }
}

/// Does this process's part of a run.
pub(super) async fn revoke_in(desk: &Services, input: RevokeDue<'_>, part: Part, actor: &Actor) -> Result<BatchRun> {
    let run = match part {
        Part::Joined(run) => run,
        Part::Started(run) => {
            let due = i64::try_from(case_chunks::count_due(&desk.db, input.today).await?).unwrap_or(i64::MAX);
            let now = instant::of_leases(&desk.db, desk.clock).await?;
            if due > i64::from(desk.settings.revocation.brake_limit) && !input.dry_run && !input.brake_lifted {
                return brake(desk, &run, due, actor, now).await;
            }
            batch_runs::open(&desk.db, &run, due, now).await?
        }
    };
    let stop = input.stop.child_token();
    let input = RevokeDue { stop: &stop, ..input };
    let mut ledger = Ledger::of(&run);
    let fault = revoke_chunks(desk, &input, &run, &mut ledger, actor).await.err();
    leave(desk, &input, &run, ledger, fault).await
}

/// Stops before the first revocation. The run's row and the log are the alarm; a supervisor lifts the limit.
async fn brake(desk: &Services, run: &BatchRun, due: i64, actor: &Actor, now: DateTimeUtc) -> Result<BatchRun> {
    let limit = desk.settings.revocation.brake_limit;
    desk.metrics.run_ended("revoke_due", RunStatus::Braked.as_str(), desk.clock.now() - now);
    tracing::error!(batch.run = run.id, batch.due = due, batch.limit = limit, "the brake stopped the revocation run");
    let txn = transaction::begin(&desk.db).await?;
    let counts = Counts { target: due, skipped: due, ..Counts::default() };
    let code = json!([{ "result": "braked", "due": due, "limit": limit }]).to_string();
    let run = batch_runs::finish(&txn, run, RunStatus::Braked, counts, code, now).await?;
    let detail = json!({ "due": due, "limit": limit });
    let act = Act { action: "run_braked", subject: format!("batch_run:{}", run.id), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(run)
}

/// Lets workers take chunks until nothing is left, and keeps the books of the run.
async fn revoke_chunks(
    desk: &Services,
    input: &RevokeDue<'_>,
    run: &BatchRun,
    ledger: &mut Ledger,
    actor: &Actor,
) -> Result<()> {
    let drain = Arc::new(Drain::new(desk, input, run.id, actor));
    let (tell, mut told) = mpsc::channel(16);
    let mut workers = JoinSet::new();
    for _ in 0..chunks_at_once(desk) {
        workers.spawn(drain.clone().work(tell.clone()).in_current_span());
    }
    drop(tell);
    let mut sign_of_life = tokio::time::interval(SIGN_OF_LIFE);
    loop {
        tokio::select! {
            tally = told.recv() => {
                let Some(tally) = tally else { break };
                ledger.add(tally);
                while let Ok(tally) = told.try_recv() {
                    ledger.add(tally);
                }
                (input.progress)(ledger.counts);
            }
            _ = sign_of_life.tick() => {}
        }
        ledger.write(desk).await;
        drain.heed_pause().await;
    }
    let mut outcome = Ok(());
    while let Some(ended) = workers.join_next().await {
        outcome = outcome.and(ended.map_err(Error::internal)?);
    }
    outcome
}

/// Leaves the run, and ends it when nobody else is at it.
async fn leave(
    desk: &Services,
    input: &RevokeDue<'_>,
    run: &BatchRun,
    mut ledger: Ledger,
    fault: Option<Error>,
) -> Result<BatchRun> {
    if let Some(fault) = fault {
        tracing::error!(batch.run = run.id, cause = %fault, "the run could not go on");
        ledger.fault(&fault);
    }
    let now = instant::of_leases(&desk.db, desk.clock).await?;
    let txn = transaction::begin(&desk.db).await?;
    ledger.write_in(&txn, now).await?;
    let left = batch_runs::leave(&txn, run.id, now).await?;
    let left = if left.workers <= 0 && left.status == RunStatus::Running {
        let counts = Counts { target: left.target, done: left.done, failed: left.failed, skipped: left.skipped };
        let status = ending_status(&txn, input, &left).await?;
        desk.metrics.run_ended("revoke_due", status.as_str(), now - left.started_at);
        batch_runs::finish(&txn, &left, status, counts, left.detail.clone(), now).await?
    } else {
        left
    };
    txn.commit().await?;
    tracing::info!(
        batch.status = left.status.as_str(),
        batch.target = left.target,
        batch.done = left.done,
        batch.failed = left.failed,
        "left the revocation run"
    );
    Ok(left)
}

/// A run that has left cases unjudged was interrupted, whatever the reason: its day is run again, without waiting for
/// tomorrow.
async fn ending_status(txn: &impl ConnectionTrait, input: &RevokeDue<'_>, run: &BatchRun) -> Result<RunStatus> {
    let judged = run.done + run.failed + run.skipped;
    let cut_short = input.stop.is_cancelled() && judged < run.target;
    Ok(if cut_short || !input.dry_run && has_overlooked(txn, input.today, run).await? {
        RunStatus::Interrupted
    } else if tally::lists_a_failure(run) {
        RunStatus::Failed
    } else {
        RunStatus::Finished
    })
}

/// Whether due cases are left that no process of the run has judged: somebody else was writing about them when the walk
/// passed, a claim was given back by a process that died, or the walk did not come to its end.
async fn has_overlooked(txn: &impl ConnectionTrait, today: NaiveDate, run: &BatchRun) -> Result<bool> {
    let Some(judged) = tally::all_listed(run) else {
        let left = i64::try_from(case_chunks::count_due(txn, today).await?).unwrap_or(i64::MAX);
        return Ok(left > run.failed + run.skipped);
    };
    let left = case_chunks::due_numbers(txn, today, judged.len() as u64 + 1).await?;
    Ok(left.iter().any(|number| !judged.contains(number)))
}
