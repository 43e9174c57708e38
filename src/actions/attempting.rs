//! One attempt to revoke, in its three parts: intent, call of the CA, receipt.
//!
//! Intent and receipt each commit on their own; the CA is asked between them with no transaction open. An intent
//! without a receipt means "unknown": [`resume`] asks the CA before it asks for anything.

use chrono::Duration;
use fail::fail_point;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

use super::letters;
use crate::ca::{CaError, CaStatus, Receipt, RevocationOrder};
use crate::domain::actor::Actor;
use crate::domain::case::{CaseEvent, HoldReason};
use crate::domain::certificate::{CertificateIdentity, Fingerprint};
use crate::domain::retry::backoff;
use crate::errors::{Error, Result};
use crate::mail::letter::{Failure, Occasion};
use crate::models::attempts::{self, Attempt};
use crate::models::certificates::{self, Certificate};
use crate::models::columns::AttemptOutcome;
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

/// How long an intent may stay without its receipt before somebody else takes the case over. Longer than any CA call.
pub(super) const INTENT_LEASE: Duration = Duration::minutes(2);

/// The answer as the books have it.
pub(super) const ALREADY_REVOKED: &str = "already revoked";

/// Who acts, and in which run.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub actor: &'a Actor,
    pub batch_run: Option<i64>,
}

/// Writes the intent for a case that has passed the guards: `confirmed → revoking`, what exactly shall be revoked, and
/// whether somebody said that the customer was told of sites that still show it.
pub(super) async fn intend(
    txn: &DatabaseTransaction,
    case: &Case,
    source: &Certificate,
    (by, old_in_use_told): (By<'_>, bool),
    now: DateTimeUtc,
) -> Result<(Case, Attempt)> {
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.next_attempt_at = Set(Some(now + INTENT_LEASE));
        clear_lease(row);
    };
    let mut detail = json!({ "serial": source.serial.to_string(), "sha256": source.sha256.to_string() });
    if old_in_use_told {
        detail["old_in_use_told"] = json!(true);
    }
    let case = advance(txn, case, CaseEvent::ExecutionStarted, change, detail, by.actor, now).await?;
    let attempt = insert_attempt(txn, &case, source, by, now).await?;
    Ok((case, attempt))
}

async fn insert_attempt(
    txn: &DatabaseTransaction,
    case: &Case,
    source: &Certificate,
    by: By<'_>,
    now: DateTimeUtc,
) -> Result<Attempt> {
    let identity = source.identity();
    let row = attempts::ActiveModel {
        case_id: Set(case.id),
        case_version: Set(case.version),
        request_id: Set(Uuid::new_v4().to_string()),
        batch_run_id: Set(by.batch_run),
        actor: Set(by.actor.key()),
        actor_name: Set(by.actor.name().to_owned()),
        issuer: Set(identity.issuer),
        serial: Set(identity.serial),
        sha256: Set(identity.fingerprint),
        revocation_reason: Set(case.revocation_reason),
        intended_at: Set(now),
        ..Default::default()
    };
    Ok(row.insert(txn).await?)
}

/// Sends the intent to the CA and writes the receipt.
pub(super) async fn execute(
    desk: &Services,
    case: &Case,
    attempt: &Attempt,
    by: By<'_>,
    now: DateTimeUtc,
) -> Result<Case> {
    let source = certificates::by_id(&desk.db, case.source_certificate_id).await?;
    let answer = desk.ca.revoke(&order(attempt, source.der, now)?).await;
    settle(desk, case, attempt, answer, by, now).await
}

/// Takes up a case whose last attempt has no good end: asks what the CA knows, then adopts that or sends again.
pub(super) async fn resume(desk: &Services, case: &Case, by: By<'_>, now: DateTimeUtc) -> Result<Case> {
    let (case, attempt) = take_over(desk, case, by, now).await?;
    match desk.ca.status(&identity(&attempt)).await {
        Ok(CaStatus::Revoked { at, .. }) => {
            let receipt = Receipt { revoked_at: at, text: "the status shows it revoked".to_owned() };
            settle(desk, &case, &attempt, Ok(receipt), by, now).await
        }
        Ok(CaStatus::Good) => execute(desk, &case, &attempt, by, now).await,
        Ok(CaStatus::Unknown) => {
            let answer = Err(CaError::Unavailable("the CA does not know the certificate".to_owned()));
            settle(desk, &case, &attempt, answer, by, now).await
        }
        Err(error) => settle(desk, &case, &attempt, Err(error), by, now).await,
    }
}

/// Claims a stuck case: its next taker is `INTENT_LEASE` away, and writes of its former one no longer count.
async fn take_over(desk: &Services, case: &Case, by: By<'_>, now: DateTimeUtc) -> Result<(Case, Attempt)> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::take_over_execution(&txn, case, now + INTENT_LEASE).await?;
    let open = attempts::of_case(&txn, case.id).await?.pop().filter(|attempt| attempt.outcome.is_none());
    let attempt = if let Some(attempt) = open {
        attempt
    } else {
        let source = certificates::by_id(&txn, case.source_certificate_id).await?;
        insert_attempt(&txn, &case, &source, by, now).await?
    };
    txn.commit().await?;
    Ok((case, attempt))
}

fn identity(attempt: &Attempt) -> CertificateIdentity {
    CertificateIdentity {
        issuer: attempt.issuer.clone(),
        serial: attempt.serial.clone(),
        fingerprint: attempt.sha256.clone(),
    }
}

/// `certificate_der`: of the source, which must still be what the intent names.
pub(super) fn order(attempt: &Attempt, certificate_der: Vec<u8>, now: DateTimeUtc) -> Result<RevocationOrder> {
    if Fingerprint::of(&certificate_der) != attempt.sha256 {
        return Err(Error::internal(format!("attempt {} is about another certificate", attempt.id)));
    }
    Ok(RevocationOrder {
        certificate: identity(attempt),
        certificate_der,
        reason: attempt.revocation_reason,
        request_id: Uuid::parse_str(&attempt.request_id).map_err(Error::internal)?,
        now,
    })
}

/// Writes the CA's answer: receipt, state, audit event and mail together.
pub(super) async fn settle(
    desk: &Services,
    case: &Case,
    attempt: &Attempt,
    answer: Result<Receipt, CaError>,
    by: By<'_>,
    now: DateTimeUtc,
) -> Result<Case> {
    fail_point!("revoke::ca_answered");
    let txn = transaction::begin(&desk.db).await?;
    let settled = match answer {
        Ok(receipt) => {
            attempts::answer(&txn, attempt, AttemptOutcome::Accepted, &receipt.text, now).await?;
            revoked(&txn, case, attempt, receipt.revoked_at, by, now).await?
        }
        Err(CaError::AlreadyRevoked { at, .. }) => {
            attempts::answer(&txn, attempt, AttemptOutcome::AlreadyRevoked, ALREADY_REVOKED, now).await?;
            revoked(&txn, case, attempt, at, by, now).await?
        }
        Err(CaError::Refused(words) | CaError::Unsupported(words)) => {
            attempts::answer(&txn, attempt, AttemptOutcome::Refused, &words, now).await?;
            refused(&txn, desk, case, &words, by, now).await?
        }
        Err(CaError::Unavailable(words)) => {
            attempts::answer(&txn, attempt, AttemptOutcome::Unavailable, &words, now).await?;
            unavailable(&txn, desk, case, &words, by, now).await?
        }
    };
    fail_point!("revoke::receipt_uncommitted");
    txn.commit().await?;
    fail_point!("revoke::receipt_committed");
    Ok(settled)
}

async fn revoked(
    txn: &DatabaseTransaction,
    case: &Case,
    attempt: &Attempt,
    revoked_at: DateTimeUtc,
    by: By<'_>,
    now: DateTimeUtc,
) -> Result<Case> {
    let source = certificates::by_id(txn, case.source_certificate_id).await?;
    certificates::mark_revoked(txn, &source, revoked_at, Some(attempt.revocation_reason)).await?;
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.revoked_at = Set(Some(revoked_at));
        row.next_attempt_at = Set(None);
    };
    let detail = json!({ "attempt": attempt.id, "serial": attempt.serial.to_string() });
    advance(txn, case, CaseEvent::RevocationAccepted, change, detail, by.actor, now).await
}

async fn refused(
    txn: &DatabaseTransaction,
    desk: &Services,
    case: &Case,
    words: &str,
    by: By<'_>,
    now: DateTimeUtc,
) -> Result<Case> {
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.hold_reason = Set(Some(HoldReason::CaRefused));
        row.hold_note = Set(Some(words.to_owned()));
        row.next_attempt_at = Set(None);
    };
    let held = advance(txn, case, CaseEvent::CaRefused, change, json!({ "answer": words }), by.actor, now).await?;
    let alarm = Failure { error_code: "E-CA-REFUSED".to_owned(), ..failure(desk, &held, words, by) };
    let key = format!("version-{}", held.version);
    letters::queue(txn, desk, &held, Occasion::RevocationFailed(alarm), &key, now).await?;
    Ok(held)
}

async fn unavailable(
    txn: &DatabaseTransaction,
    desk: &Services,
    case: &Case,
    words: &str,
    by: By<'_>,
    now: DateTimeUtc,
) -> Result<Case> {
    let tries = attempts::of_case(txn, case.id).await?.len();
    let seed = u64::try_from(case.id).unwrap_or_default();
    let next = now + backoff(u32::try_from(tries).unwrap_or(u32::MAX), seed);
    let change = |row: &mut revocation_cases::ActiveModel| row.next_attempt_at = Set(Some(next));
    let waiting =
        advance(txn, case, CaseEvent::CaUnavailable, change, json!({ "answer": words }), by.actor, now).await?;
    let alarm = Failure {
        error_code: "E-CA-UNAVAILABLE".to_owned(),
        next_attempt_at: Some(next),
        ..failure(desk, &waiting, words, by)
    };
    // One alarm a day and case: the next tries are minutes apart.
    let key = format!("unavailable-{}", crate::domain::calendar::jst_date(now));
    letters::queue(txn, desk, &waiting, Occasion::RevocationFailed(alarm), &key, now).await?;
    Ok(waiting)
}

fn failure(desk: &Services, case: &Case, words: &str, by: By<'_>) -> Failure {
    Failure {
        batch_run: by.batch_run.map(|id| id.to_string()),
        error_code: String::new(),
        error_text: words.to_owned(),
        next_attempt_at: None,
        case_url: format!("{}/desk/cases/{}", desk.settings.public_url, case.reception_number),
    }
}
