//! What the CA said about a chunk, written in one transaction; refusals and failures each on their own.

use std::collections::HashMap;

use chrono::Duration;
use fail::fail_point;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::chunk::{Drain, Intent};
use super::one_by_one::ending_of;
use super::tally::{Ending, Tally};
use crate::actions::attempting;
use crate::ca::{CaError, Receipt};
use crate::domain::case::CaseEvent;
use crate::errors::Result;
use crate::models::attempts::{self, Answer};
use crate::models::case_chunks::{Step, advance_many};
use crate::models::columns::AttemptOutcome;
use crate::models::revocation_cases::{self, Case};
use crate::models::{certificates, outage, transaction};

/// An intent and the CA's answer. `None`: the call was not begun.
pub(super) struct Asked {
    pub intent: Intent,
    pub answer: Option<Result<Receipt, CaError>>,
}

/// A certificate that is revoked now.
struct Accepted {
    intent: Intent,
    outcome: AttemptOutcome,
    receipt: Receipt,
}

/// Writes what the CA said, and notes what became of each case.
pub(super) async fn write_receipts(drain: &Drain, asked: Vec<Asked>, tally: &mut Tally) {
    let (mut accepted, mut not_begun) = (Vec::new(), Vec::new());
    for Asked { intent, answer } in asked {
        match answer {
            Some(Ok(receipt)) => accepted.push(Accepted { intent, outcome: AttemptOutcome::Accepted, receipt }),
            Some(Err(CaError::AlreadyRevoked { at, .. })) => {
                let receipt = Receipt { revoked_at: at, text: attempting::ALREADY_REVOKED.to_owned() };
                accepted.push(Accepted { intent, outcome: AttemptOutcome::AlreadyRevoked, receipt });
            }
            Some(Err(error @ (CaError::Refused(_) | CaError::Unavailable(_) | CaError::Unsupported(_)))) => {
                let ending = settle_one(drain, &intent, Err(error)).await;
                tally.note(intent.case.reception_number, &ending);
            }
            None => {
                tally.note(intent.case.reception_number, &Ending::NotBegun);
                not_begun.push(intent.case);
            }
        }
    }
    settle_many(drain, accepted, tally).await;
    give_back(drain, &not_begun).await;
}

async fn settle_one(drain: &Drain, intent: &Intent, answer: Result<Receipt, CaError>) -> Ending {
    loop {
        let now = drain.desk.clock.now();
        let settled =
            attempting::settle(&drain.desk, &intent.case, &intent.attempt, answer.clone(), drain.by(), now).await;
        match settled {
            Err(error) if outage::is_outage(&error) => {
                if let Err(error) = drain.outlast(error).await {
                    return ending_of(Err(error));
                }
                if drain.stop.is_cancelled() {
                    return Ending::NotBegun;
                }
            }
            settled => return ending_of(settled),
        }
    }
}

async fn settle_many(drain: &Drain, accepted: Vec<Accepted>, tally: &mut Tally) {
    if accepted.is_empty() {
        return;
    }
    match try_to_settle(drain, &accepted).await {
        Ok(settled) => {
            for Accepted { intent, .. } in &accepted {
                let number = intent.case.reception_number;
                if settled.contains_key(&intent.case.id) {
                    tally.note(number, &Ending::Revoked);
                } else {
                    tracing::warn!(case.reception_number = %number, "a receipt came after the case was taken over");
                    tally.note(number, &Ending::Skipped("stale_version".to_owned()));
                }
            }
        }
        Err(error) => {
            tracing::warn!(batch.run = drain.run_id, cause = %error, "the receipts of a chunk are written one by one");
            for Accepted { intent, outcome, receipt } in accepted {
                let answer = match outcome {
                    AttemptOutcome::AlreadyRevoked => {
                        Err(CaError::AlreadyRevoked { at: receipt.revoked_at, reason: None })
                    }
                    AttemptOutcome::Accepted | AttemptOutcome::Refused | AttemptOutcome::Unavailable => Ok(receipt),
                };
                let ending = settle_one(drain, &intent, answer).await;
                tally.note(intent.case.reception_number, &ending);
            }
        }
    }
}

/// The cases that were still ours, by id.
async fn try_to_settle(drain: &Drain, accepted: &[Accepted]) -> Result<HashMap<i64, Case>> {
    let now: DateTimeUtc = drain.desk.clock.now();
    let txn = transaction::begin(&drain.desk.db).await?;
    let steps = accepted.iter().map(|Accepted { intent, receipt, .. }| Step {
        case: &intent.case,
        detail: json!({ "attempt": intent.attempt.id, "serial": intent.attempt.serial.to_string() }),
        revoked_at: Some(receipt.revoked_at),
    });
    let change = |row: &mut revocation_cases::ActiveModel| row.next_attempt_at = Set(None);
    let advanced = advance_many(&txn, steps.collect(), CaseEvent::RevocationAccepted, change, now).await?;
    let ours: HashMap<i64, Case> = advanced.cases.iter().map(|case| (case.id, case.clone())).collect();
    let still: Vec<&Accepted> = accepted.iter().filter(|one| ours.contains_key(&one.intent.case.id)).collect();
    let answers =
        still.iter().map(|one| Answer { attempt: &one.intent.attempt, outcome: one.outcome, text: &one.receipt.text });
    attempts::answer_many(&txn, &answers.collect::<Vec<_>>(), now).await?;
    let revoked: Vec<_> = still
        .iter()
        .map(|one| {
            let Intent { case, attempt, .. } = &one.intent;
            (case.source_certificate_id, one.receipt.revoked_at, attempt.revocation_reason)
        })
        .collect();
    certificates::mark_revoked_many(&txn, &revoked).await?;
    advanced.record(&txn, &drain.actor, now).await?;
    fail_point!("revoke::receipt_uncommitted");
    txn.commit().await?;
    fail_point!("revoke::receipt_committed");
    Ok(ours)
}

/// Whoever looks for stuck cases next takes these, without waiting for the end of our lease.
async fn give_back(drain: &Drain, cases: &[Case]) {
    if cases.is_empty() {
        return;
    }
    if let Err(error) = drain.kept_until(cases, Duration::zero()).await {
        tracing::warn!(batch.run = drain.run_id, cause = %error, "cases were not given back; their lease ends by itself");
    }
}
