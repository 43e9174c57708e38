//! Carries an act out on each of its cases: a new date, the last notice once more, another colleague. Each case is a
//! transaction of its own; one that refuses does not stop the others, and the act says what became of each.
//!
//! Revocations go another way: a second supervisor approves them (`approve_bulk`, `run_bulk`).

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::assign_case::{AssignCase, assign_case, check_colleague};
use super::bulk_verdicts::{Asked, Verdict, verdicts};
use super::reschedule::{Reschedule, reschedule};
use super::resend_message::{ResendMessage, resend_message};
use crate::domain::actor::Actor;
use crate::domain::bulk::{BulkKind, BulkOrder, BulkState};
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::bulk_acts::{self, BulkAct, Refusal};
use crate::models::columns::ItemOutcome;
use crate::models::messages;
use crate::models::revocation_cases::Case;
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ExecuteBulk {
    pub bulk_id: i64,
    pub version: i64,
    pub order: BulkOrder,
}

/// The act, done. Whoever sends the same form twice finds it begun.
pub async fn execute_bulk(desk: &Services, input: ExecuteBulk, actor: &Actor, now: DateTimeUtc) -> Result<BulkAct> {
    let act = begin(desk, &input, actor, now).await?;
    let asked = Asked { kind: act.kind, order: Some(input.order), today: jst_date(now) };
    let items = bulk_acts::items(&desk.db, act.id).await?;
    for verdict in verdicts(&desk.db, desk, items, asked).await? {
        let done = match &verdict.possible {
            Ok(()) => carry_out(desk, &verdict.case, input.order, actor, now).await,
            Err(problem) => Err(Error::Conflict(problem.clone())),
        };
        note(desk, &verdict, done).await?;
    }
    Ok(bulk_acts::advance(&desk.db, &act, BulkState::Running, BulkState::Done, |row| row.closed_at = Set(Some(now)))
        .await?)
}

/// Marks the act as begun, so that it begins once.
async fn begin(desk: &Services, input: &ExecuteBulk, actor: &Actor, now: DateTimeUtc) -> Result<BulkAct> {
    let txn = transaction::begin(&desk.db).await?;
    let act = bulk_acts::by_id(&txn, input.bulk_id).await?;
    if act.version != input.version || act.kind != input.order.kind() || act.kind == BulkKind::Revoke {
        return Err(Error::conflict("bulk_moved_on"));
    }
    if let BulkOrder::Assign(Some(colleague)) = input.order {
        check_colleague(&txn, colleague).await?;
    }
    let parameter = input.order.parameter();
    let begun = bulk_acts::advance(&txn, &act, BulkState::Prepared, BulkState::Running, |row| {
        row.parameter = Set(parameter.clone());
    })
    .await?;
    let record = Act {
        action: "bulk_executed",
        subject: act.audit_subject(),
        case_id: None,
        detail: json!({ "kind": act.kind.as_str(), "parameter": parameter }),
    };
    audit_events::append(&txn, record, actor, now).await?;
    txn.commit().await?;
    Ok(begun)
}

async fn carry_out(desk: &Services, case: &Case, order: BulkOrder, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    match order {
        BulkOrder::Reschedule(requested_on) => {
            let input = Reschedule { reception_number: case.reception_number, version: case.version, requested_on };
            reschedule(desk, input, actor, now).await.map(|_| ())
        }
        BulkOrder::Resend => {
            let last = messages::last_notices(&desk.db, &[case.id]).await?.pop();
            let last = last.ok_or_else(|| Error::conflict("bulk_no_notice"))?;
            resend_message(desk, ResendMessage::unchanged(last.id), actor, now).await.map(|_| ())
        }
        BulkOrder::Assign(colleague) => {
            let input = AssignCase { reception_number: case.reception_number, colleague };
            assign_case(desk, input, actor, now).await.map(|_| ())
        }
        BulkOrder::Revoke => Err(Error::conflict("bulk_moved_on")),
    }
}

async fn note(desk: &Services, verdict: &Verdict, done: Result<()>) -> Result<()> {
    let (outcome, refusal) = match done {
        Ok(()) => (ItemOutcome::Done, None),
        Err(error) => refused(desk, &verdict.case, error),
    };
    bulk_acts::settle(&desk.db, &verdict.item, outcome, refusal.as_ref()).await
}

/// A refusal is kept as it is; a fault goes to the log, and its number with the case.
fn refused(desk: &Services, case: &Case, error: Error) -> (ItemOutcome, Option<Refusal>) {
    match error {
        Error::Conflict(problem) | Error::NotFound(problem) | Error::Forbidden(problem) => {
            (ItemOutcome::Skipped, Some(Refusal::of(&problem)))
        }
        Error::Invalid(problems) => (ItemOutcome::Skipped, problems.first().map(Refusal::of)),
        fault => {
            desk.metrics.error("bulk");
            tracing::error!(case.reception_number = %case.reception_number, cause = %fault, "a case of an act on many failed");
            (ItemOutcome::Failed, Some(Refusal::of(&Problem::new("bulk_fault"))))
        }
    }
}
