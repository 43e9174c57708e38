//! The run of an approved bulk revocation: each case on its own, several at once, through the same door as an agent's
//! click. One that fails or has changed meanwhile does not stop the others, and the run says why.
//!
//! A run that is cut off is called interrupted like any other. Its cases stay confirmed: the daily run takes them.

use futures::{StreamExt, stream};
use sea_orm::prelude::DateTimeUtc;
use serde_json::{Value, json};

use super::revoke_case::{RevokeCase, revoke_case};
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseState;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::batch_runs::{self, BatchRun, Counts};
use crate::models::bulk_acts::{self, BulkAct, BulkItem, Refusal};
use crate::models::columns::{ItemOutcome, RunStatus};
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::services::Services;

/// How one case ended, and its entry in the list of what was not done.
struct Ending {
    outcome: ItemOutcome,
    problem: Option<Problem>,
}

/// The run at its end. `actor` approved it.
pub async fn run_bulk(
    desk: &Services,
    act: &BulkAct,
    run: BatchRun,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<BatchRun> {
    let items = bulk_acts::items(&desk.db, act.id).await?;
    let open = items.into_iter().filter(BulkItem::is_open);
    let revocations = open.map(|item| revoke_one(desk, run.id, item, actor));
    let mut endings = stream::iter(revocations).buffer_unordered(desk.settings.revocation.parallel as usize);
    let mut fault = None;
    while let Some(ended) = endings.next().await {
        if let Err(error) = ended {
            tracing::error!(batch.run = run.id, cause = %error, "the end of a case could not be written");
            fault = Some(error);
        }
    }
    drop(endings);
    let run = finish(desk, &run, fault.is_some(), now).await?;
    desk.nudge();
    Ok(run)
}

async fn revoke_one(desk: &Services, run_id: i64, item: BulkItem, actor: &Actor) -> Result<()> {
    if desk.stop.is_cancelled() {
        return Ok(());
    }
    let case = revocation_cases::by_id(&desk.db, item.case_id).await?;
    let ending = if case.version == item.case_version {
        let now = desk.clock.now();
        let order = RevokeCase { case_id: case.id, today: jst_date(now), click: None, batch_run: Some(run_id) };
        ending_of(&case, revoke_case(desk, order, actor, now).await)
    } else {
        Ending { outcome: ItemOutcome::Skipped, problem: Some(Problem::new("bulk_case_changed")) }
    };
    note(desk, run_id, &item, &case, ending).await
}

fn ending_of(case: &Case, settled: Result<Case>) -> Ending {
    let failed = |code| Ending { outcome: ItemOutcome::Failed, problem: Some(Problem::new(code)) };
    match settled {
        Ok(settled) => match settled.state {
            CaseState::Revoked | CaseState::Completed => Ending { outcome: ItemOutcome::Done, problem: None },
            CaseState::Revoking => failed("bulk_ca_unavailable"),
            CaseState::OnHold => failed("bulk_ca_refused"),
            CaseState::AwaitingReissue
            | CaseState::AwaitingCall
            | CaseState::Confirmed
            | CaseState::Withdrawn
            | CaseState::Expired => failed("bulk_fault"),
        },
        // A guard, or somebody else who was faster.
        Err(Error::Conflict(problem)) => Ending { outcome: ItemOutcome::Skipped, problem: Some(problem) },
        Err(fault) => {
            tracing::error!(case.reception_number = %case.reception_number, cause = %fault, "not revoked");
            failed("bulk_fault")
        }
    }
}

/// Writes the end of one case with the counts of the run, which is also its sign of life.
async fn note(desk: &Services, run_id: i64, item: &BulkItem, case: &Case, ending: Ending) -> Result<()> {
    let now = desk.clock.now();
    let refusal = ending.problem.as_ref().map(Refusal::of);
    let txn = transaction::begin(&desk.db).await?;
    bulk_acts::settle(&txn, item, ending.outcome, refusal.as_ref()).await?;
    let mut counts = Counts::default();
    let result = match ending.outcome {
        ItemOutcome::Done => {
            counts.done = 1;
            None
        }
        ItemOutcome::Failed => {
            counts.failed = 1;
            Some("failed")
        }
        ItemOutcome::Skipped | ItemOutcome::LeftOut => {
            counts.skipped = 1;
            Some("skipped")
        }
    };
    if let (Some(result), Some(problem)) = (result, &ending.problem) {
        let number = case.reception_number.to_string();
        list(&txn, run_id, json!({ "reception_number": number, "result": result, "code": problem.code })).await?;
    }
    batch_runs::add(&txn, run_id, counts, now).await?;
    Ok(txn.commit().await?)
}

async fn list(txn: &impl sea_orm::ConnectionTrait, run_id: i64, entry: Value) -> Result<()> {
    let row = batch_runs::locked(txn, run_id).await?;
    let mut listed: Vec<Value> = serde_json::from_str(&row.detail).unwrap_or_default();
    listed.push(entry);
    Ok(batch_runs::set_detail(txn, run_id, Value::from(listed).to_string()).await?)
}

/// A run that has left cases without an end was interrupted.
async fn finish(desk: &Services, run: &BatchRun, faulty: bool, began: DateTimeUtc) -> Result<BatchRun> {
    let now = desk.clock.now();
    let txn = transaction::begin(&desk.db).await?;
    let row = batch_runs::locked(&txn, run.id).await?;
    let counts = Counts { target: row.target, done: row.done, failed: row.failed, skipped: row.skipped };
    let status = if counts.done + counts.failed + counts.skipped < counts.target {
        RunStatus::Interrupted
    } else if faulty || counts.failed > 0 {
        RunStatus::Failed
    } else {
        RunStatus::Finished
    };
    desk.metrics.run_ended(&row.task, status.as_str(), now - began);
    let ended = batch_runs::finish(&txn, &row, status, counts, row.detail.clone(), now).await?;
    txn.commit().await?;
    Ok(ended)
}
