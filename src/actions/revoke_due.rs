//! The daily run: revokes every confirmed case whose day has come.
//!
//! Due-ness is a query, so a missed run is made good by the next one and a second run finds nothing. One failing case
//! never stops the others. Above the brake limit nothing is revoked and a supervisor is asked.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::revoke_case::{RevokeCase, check_guards, revoke_case};
use crate::domain::actor::Actor;
use crate::domain::case::{CaseEvent, CaseState, ExecutionRefused};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::{self, BatchRun, Counts, NewRun};
use crate::models::columns::{RunCause, RunStatus};
use crate::models::revocation_cases::{self, advance};
use crate::models::{certificates, transaction};
use crate::services::Services;

pub struct RevokeDue<'a> {
    /// The day that counts as today, JST.
    pub today: NaiveDate,
    pub cause: RunCause,
    /// Judges every case and changes nothing.
    pub dry_run: bool,
    /// A supervisor has looked at what is due and lets more than the brake limit pass.
    pub brake_lifted: bool,
    /// Set when the process is asked to end: the running case is finished, the next one is not begun.
    pub stop: &'a CancellationToken,
    /// Told after each case.
    pub progress: &'a (dyn Fn(Counts) + Send + Sync),
}

/// How one case of the run ended.
enum Ending {
    Revoked,
    /// Not revoked, and a person has to know why.
    Failed(String),
    /// Not revoked, for a reason that takes care of itself.
    Skipped(String),
}

/// The finished run, or `None` when today's scheduled run belongs to another node.
pub async fn revoke_due(
    desk: &Services,
    input: RevokeDue<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<BatchRun>> {
    let due = revocation_cases::due_ids(&desk.db, CaseState::Confirmed, input.today).await?;
    let Some(run) = start(desk, &input, due.len(), actor, now).await? else { return Ok(None) };
    if due.len() > desk.settings.revocation.brake_limit as usize && !input.dry_run && !input.brake_lifted {
        return brake(desk, &run, due.len(), actor, now).await.map(Some);
    }
    let mut counts = Counts { target: run.target, ..Counts::default() };
    let mut detail = Vec::new();
    for case_id in due {
        if input.stop.is_cancelled() {
            break;
        }
        let at = desk.clock.now();
        let (number, ending) = one_case(desk, &input, &run, case_id, actor, at).await?;
        match ending {
            Ending::Revoked => counts.done += 1,
            Ending::Failed(code) => {
                counts.failed += 1;
                detail.push(json!({ "reception_number": number, "result": "failed", "code": code }));
            }
            Ending::Skipped(code) => {
                counts.skipped += 1;
                detail.push(json!({ "reception_number": number, "result": "skipped", "code": code }));
            }
        }
        batch_runs::heartbeat(&desk.db, &run, counts, at).await?;
        (input.progress)(counts);
    }
    let status = ending_status(counts, input.stop.is_cancelled());
    desk.metrics.run_ended("revoke_due", status.as_str(), desk.clock.now() - now);
    let detail = serde_json::Value::from(detail).to_string();
    Ok(Some(batch_runs::finish(&desk.db, &run, status, counts, detail, desk.clock.now()).await?))
}

fn ending_status(counts: Counts, stopped: bool) -> RunStatus {
    if stopped && counts.done + counts.failed + counts.skipped < counts.target {
        RunStatus::Interrupted
    } else if counts.failed > 0 {
        RunStatus::Failed
    } else {
        RunStatus::Finished
    }
}

async fn start(
    desk: &Services,
    input: &RevokeDue<'_>,
    target: usize,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<BatchRun>> {
    let new = NewRun {
        task: "revoke_due",
        business_date: input.today,
        started_by: actor.key(),
        cause: input.cause,
        dry_run: input.dry_run,
        target: i64::try_from(target).unwrap_or(i64::MAX),
    };
    Ok(batch_runs::start(&desk.db, new, now).await?)
}

/// Stops before the first revocation. The run's row and the log are the alarm; a supervisor lifts the limit.
async fn brake(desk: &Services, run: &BatchRun, due: usize, actor: &Actor, now: DateTimeUtc) -> Result<BatchRun> {
    let limit = desk.settings.revocation.brake_limit;
    desk.metrics.run_ended("revoke_due", RunStatus::Braked.as_str(), desk.clock.now() - now);
    tracing::error!(batch.run = run.id, batch.due = due, batch.limit = limit, "the brake stopped the revocation run");
    let txn = transaction::begin(&desk.db).await?;
    let detail = json!({ "due": due, "limit": limit });
    let act = Act { action: "run_braked", subject: format!("batch_run:{}", run.id), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    let counts = Counts { target: run.target, skipped: run.target, ..Counts::default() };
    let code = json!([{ "result": "braked", "due": due, "limit": limit }]).to_string();
    let run = batch_runs::finish(&txn, run, RunStatus::Braked, counts, code, now).await?;
    txn.commit().await?;
    Ok(run)
}

async fn one_case(
    desk: &Services,
    input: &RevokeDue<'_>,
    run: &BatchRun,
    case_id: i64,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(String, Ending)> {
    let number = revocation_cases::by_id(&desk.db, case_id).await?.reception_number.to_string();
    let ending = match judge(desk, input, case_id, actor, now).await {
        Ok(None) if input.dry_run => Ending::Revoked,
        Ok(None) => {
            let order = RevokeCase { case_id, today: input.today, click: None, batch_run: Some(run.id) };
            ending_of(revoke_case(desk, order, actor, now).await)
        }
        Ok(Some(ending)) => ending,
        Err(error) => ending_of(Err(error)),
    };
    if let Ending::Failed(code) = &ending {
        tracing::error!(case.reception_number = %number, cause = %code, "not revoked");
    }
    Ok((number, ending))
}

/// Looks at the guards before anything is written. A confirmation that has grown too old goes back to the call.
async fn judge(
    desk: &Services,
    input: &RevokeDue<'_>,
    case_id: i64,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<Ending>> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_id(&txn, case_id).await?;
    let source = certificates::by_id(&txn, case.source_certificate_id).await?;
    let Err(refused) = check_guards(&txn, desk, &case, &source, input.today).await? else { return Ok(None) };
    match &refused {
        ExecutionRefused::ConfirmationLapsed { .. } => {
            if !input.dry_run {
                let change = |row: &mut revocation_cases::ActiveModel| revocation_cases::clear_lease(row);
                advance(&txn, &case, CaseEvent::ConfirmationLapsed, change, json!({}), actor, now).await?;
                txn.commit().await?;
            }
            Ok(Some(Ending::Skipped(refused.problem().code.to_owned())))
        }
        // Withdrawn, revoked or moved since the list was read.
        ExecutionRefused::NotConfirmed(_) | ExecutionRefused::NotDue { .. } => {
            Ok(Some(Ending::Skipped(refused.problem().code.to_owned())))
        }
        ExecutionRefused::NoAuthorization
        | ExecutionRefused::AuthorizationVoid { .. }
        | ExecutionRefused::NoReplacement
        | ExecutionRefused::TargetDiffers
        | ExecutionRefused::TargetIsNewest => Ok(Some(Ending::Failed(refused.problem().code.to_owned()))),
    }
}

fn ending_of(result: Result<revocation_cases::Case>) -> Ending {
    match result {
        Ok(case) => match case.state {
            CaseState::Revoked | CaseState::Completed => Ending::Revoked,
            CaseState::Revoking => Ending::Failed("ca_unavailable".to_owned()),
            CaseState::OnHold => Ending::Failed("ca_refused".to_owned()),
            CaseState::AwaitingReissue
            | CaseState::AwaitingCall
            | CaseState::Confirmed
            | CaseState::Withdrawn
            | CaseState::Expired => Ending::Failed("unexpected_state".to_owned()),
        },
        // Somebody else was faster: a withdrawal, an agent's click, another node.
        Err(Error::Conflict(Problem { code, .. })) => Ending::Skipped(code.to_owned()),
        Err(error) => Ending::Failed(error.to_string()),
    }
}
