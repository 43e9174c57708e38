//! The walk over the open cases, in chunks: the CA is asked with no transaction open, each case is written by itself.

use futures::stream::{self, StreamExt};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveValue::Set, DatabaseTransaction};
use serde_json::json;

use crate::ca::{CaError, CaStatus};
use crate::domain::actor::Actor;
use crate::domain::application::CrlReason;
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::halt::Finding;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::columns::AttemptOutcome;
use crate::models::halts::{self, Halt};
use crate::models::revocation_cases::{self, ActiveModel, Case, advance, clear_lease};
use crate::models::{attempts, certificates, transaction};
use crate::services::Services;

/// Cases read at a time.
const CHUNK: u64 = 200;
/// Questions to the CA at the same time.
const SIDE_BY_SIDE: usize = 8;

/// What the CA shows of both certificates of a case.
struct Answers {
    case: Case,
    source: Result<CaStatus, CaError>,
    replacement: Option<Result<CaStatus, CaError>>,
}

/// The number of cases looked at.
pub async fn walk(
    desk: &Services,
    halt: &Halt,
    progress: &(dyn Fn(Counts) + Send + Sync),
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<i64> {
    let target = revocation_cases::count_open(&desk.db).await?;
    let mut counts = Counts { target: i64::try_from(target).unwrap_or(i64::MAX), ..Counts::default() };
    let mut after = 0;
    loop {
        let cases = revocation_cases::open_after(&desk.db, after, CHUNK).await?;
        let Some(last) = cases.last() else { return Ok(counts.done) };
        after = last.id;
        let asked: Vec<Result<Answers>> =
            stream::iter(cases).map(|case| ask(desk, case)).buffered(SIDE_BY_SIDE).collect().await;
        for answers in asked {
            write(desk, halt, &answers?, actor, now).await?;
            counts.done += 1;
            progress(counts);
        }
    }
}

async fn ask(desk: &Services, case: Case) -> Result<Answers> {
    let source = certificates::by_id(&desk.db, case.source_certificate_id).await?;
    let source = desk.ca.status(&source.identity()).await;
    let replacement = match case.replacement_certificate_id {
        Some(id) => Some(desk.ca.status(&certificates::by_id(&desk.db, id).await?.identity()).await),
        None => None,
    };
    Ok(Answers { case, source, replacement })
}

async fn write(desk: &Services, halt: &Halt, answers: &Answers, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    halts::forget_silence(&txn, halt.id, answers.case.id).await?;
    let replacement = note_replacement(&txn, answers).await?;
    let source = match judge(&txn, answers, actor, now).await {
        // An in-flight receipt of the time before the halt came first; it is the CA's word too.
        Err(Error::Conflict(_)) => return Ok(()),
        judged => judged?,
    };
    for finding in source.into_iter().chain(replacement) {
        halts::note(&txn, halt.id, answers.case.id, finding, now).await?;
    }
    txn.commit().await?;
    Ok(())
}

async fn note_replacement(txn: &DatabaseTransaction, answers: &Answers) -> Result<Option<Finding>> {
    match (&answers.replacement, answers.case.replacement_certificate_id) {
        (Some(Ok(CaStatus::Revoked { at, reason })), Some(id)) => {
            let certificate = certificates::by_id(txn, id).await?;
            if certificate.revoked_at.is_none() {
                certificates::mark_revoked(txn, &certificate, *at, *reason).await?;
            }
            Ok(Some(Finding::ReplacementRevoked))
        }
        (Some(Err(_)), _) => Ok(Some(Finding::NoAnswer)),
        (Some(Ok(_)) | None, _) => Ok(None),
    }
}

async fn judge(
    txn: &DatabaseTransaction,
    answers: &Answers,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<Finding>> {
    let case = &answers.case;
    let shown = match &answers.source {
        Ok(CaStatus::Revoked { at, reason }) => Some((*at, *reason)),
        // What the CA does not know it has not revoked.
        Ok(CaStatus::Good | CaStatus::Unknown) => None,
        Err(_) => return Ok(Some(Finding::NoAnswer)),
    };
    match (case.state, shown) {
        (
            CaseState::AwaitingReissue
            | CaseState::AwaitingCall
            | CaseState::Confirmed
            | CaseState::OnHold
            | CaseState::Revoking,
            Some(revoked),
        ) => take_over(txn, case, revoked, actor, now).await,
        (CaseState::Confirmed | CaseState::Revoking, None) => void(txn, case, actor, now).await,
        (CaseState::AwaitingReissue, None) => Ok(Some(Finding::IssueUnsure)),
        (CaseState::Revoked, None) => {
            let good = matches!(answers.source, Ok(CaStatus::Good));
            Ok(good.then_some(Finding::NotRevokedAtCa))
        }
        (CaseState::AwaitingCall | CaseState::OnHold, None)
        | (CaseState::Revoked, Some(_))
        | (CaseState::Completed | CaseState::Withdrawn | CaseState::Expired, _) => Ok(None),
    }
}

/// The CA revoked it, whoever asked for it.
async fn take_over(
    txn: &DatabaseTransaction,
    case: &Case,
    (revoked_at, reason): (DateTimeUtc, Option<CrlReason>),
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Option<Finding>> {
    let source = certificates::by_id(txn, case.source_certificate_id).await?;
    certificates::mark_revoked(txn, &source, revoked_at, reason).await?;
    let event = if case.state == CaseState::Revoking {
        answer_open_attempt(txn, case, AttemptOutcome::AlreadyRevoked, "the status shows it revoked", now).await?;
        CaseEvent::RevocationAccepted
    } else {
        CaseEvent::FoundRevoked
    };
    let change = |row: &mut ActiveModel| {
        row.revoked_at = Set(Some(revoked_at));
        row.next_attempt_at = Set(None);
        clear_lease(row);
    };
    advance(txn, case, event, change, json!({ "revoked_at": revoked_at }), actor, now).await?;
    Ok(Some(Finding::FoundRevoked))
}

/// Back to the call, except after a report of key compromise: that one nobody can have withdrawn (BR 4.9.1.1).
async fn void(txn: &DatabaseTransaction, case: &Case, actor: &Actor, now: DateTimeUtc) -> Result<Option<Finding>> {
    if case.compromise_reported_at.is_some() {
        return Ok(Some(Finding::CompromiseStays));
    }
    answer_open_attempt(txn, case, AttemptOutcome::Unavailable, "restored: not revoked at the CA", now).await?;
    let change = |row: &mut ActiveModel| {
        row.next_attempt_at = Set(None);
        clear_lease(row);
    };
    advance(txn, case, CaseEvent::ConfirmationVoided, change, json!({}), actor, now).await?;
    Ok(Some(Finding::ConfirmationVoided))
}

async fn answer_open_attempt(
    txn: &DatabaseTransaction,
    case: &Case,
    outcome: AttemptOutcome,
    words: &str,
    now: DateTimeUtc,
) -> Result<()> {
    let newest = attempts::of_case(txn, case.id).await?.pop();
    match newest.filter(|attempt| attempt.outcome.is_none()) {
        Some(open) => attempts::answer(txn, &open, outcome, words, now).await,
        None => Ok(()),
    }
}
