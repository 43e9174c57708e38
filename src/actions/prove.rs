//! Proves revocations: looks for revoked cases in the issuer's CRL and closes those that it lists.
//!
//! One CRL per issuer is fetched and verified with no transaction open; then each case is judged and, when proven,
//! closed with its evidence and its mail in one transaction. Not visible yet means: look again later.

use std::collections::{BTreeMap, HashSet};

use chrono::Duration;
use fail::fail_point;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

use super::letters;
use crate::domain::actor::Actor;
use crate::domain::authorization::AuthorizationKind;
use crate::domain::case::CaseEvent;
use crate::domain::evidence::{Verdict, judge};
use crate::errors::{Error, Result};
use crate::mail::letter::Occasion;
use crate::models::attempts;
use crate::models::batch_runs::Counts;
use crate::models::certificates::{self, Certificate};
use crate::models::columns::EvidenceKind;
use crate::models::evidence::{self, NewDocument};
use crate::models::revocation_cases::{self, Case, advance};
use crate::models::{authorizations, transaction};
use crate::proof::FetchedCrl;
use crate::services::Services;

/// After this long without proof somebody is told; after twice as long it is a breach (BR 4.9.5).
const ALARM_AFTER: Duration = Duration::hours(12);
const BREACH_AFTER: Duration = Duration::hours(24);

/// Counts: done = proven and closed, skipped = not visible yet, failed = the CRL says otherwise or cannot be used.
pub async fn prove(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let mut counts = Counts::default();
    for (issuer, cases) in revoked_by_issuer(desk).await? {
        counts.target += i64::try_from(cases.len()).unwrap_or(i64::MAX);
        let serials: HashSet<_> = cases.iter().map(|(_, source)| source.serial.clone()).collect();
        let crl = match desk.proof.crl(&issuer, &serials).await {
            Ok(crl) => crl,
            Err(error) => {
                tracing::error!(certificate.issuer = %issuer, cause = %error, "no proof to be had");
                counts.failed += i64::try_from(cases.len()).unwrap_or(i64::MAX);
                continue;
            }
        };
        for (case, source) in cases {
            match prove_one(desk, &case, &source, &crl, actor, now).await {
                Ok(Verdict::Proven { .. }) => counts.done += 1,
                Ok(Verdict::NotYetVisible) => {
                    warn_when_late(&case, now);
                    counts.skipped += 1;
                }
                Ok(Verdict::Disagrees(_) | Verdict::Unusable(_)) => counts.failed += 1,
                // Another run was faster.
                Err(Error::Conflict(_)) => counts.skipped += 1,
                Err(error) => {
                    tracing::error!(case.reception_number = %case.reception_number, cause = %error, "proof not kept");
                    counts.failed += 1;
                }
            }
        }
    }
    Ok(counts)
}

async fn revoked_by_issuer(desk: &Services) -> Result<BTreeMap<String, Vec<(Case, Certificate)>>> {
    let mut by_issuer: BTreeMap<String, Vec<(Case, Certificate)>> = BTreeMap::new();
    for case in revocation_cases::unproven(&desk.db).await? {
        let source = certificates::by_id(&desk.db, case.source_certificate_id).await?;
        by_issuer.entry(source.issuer.clone()).or_default().push((case, source));
    }
    Ok(by_issuer)
}

async fn prove_one(
    desk: &Services,
    case: &Case,
    source: &Certificate,
    crl: &FetchedCrl,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Verdict> {
    // A revocation that was only found carries the reason of whoever ordered it.
    let ordered_by_us = attempts::accepted(&desk.db, case.id).await?;
    let view = crl.views.get(&source.serial);
    let verdict = judge(view, None, ordered_by_us.then_some(case.revocation_reason), now);
    match &verdict {
        Verdict::Proven { revoked_at, .. } => {
            let reason = view.and_then(|view| view.entries.first()).and_then(|entry| entry.reason);
            let proof = Proof { crl, revoked_at: *revoked_at, reason, ordered_by_us };
            close(desk, case, source, &proof, actor, now).await?;
        }
        Verdict::NotYetVisible => {}
        Verdict::Disagrees(why) => tracing::error!(
            case.reception_number = %case.reception_number, evidence.disagreement = why.as_str(),
            "the CRL disagrees with the books"
        ),
        Verdict::Unusable(fault) => tracing::error!(
            case.reception_number = %case.reception_number, evidence.fault = fault.as_str(), "the CRL cannot be used"
        ),
    }
    Ok(verdict)
}

/// What the CRL shows, and whether it was our order.
struct Proof<'a> {
    crl: &'a FetchedCrl,
    revoked_at: DateTimeUtc,
    /// The CRLReason as listed.
    reason: Option<u8>,
    ordered_by_us: bool,
}

async fn close(
    desk: &Services,
    case: &Case,
    source: &Certificate,
    proof: &Proof<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let &Proof { crl, revoked_at, .. } = proof;
    let txn = transaction::begin(&desk.db).await?;
    let document = NewDocument {
        kind: EvidenceKind::Crl,
        sha256: crl.sha256.clone(),
        source: crl.source.clone(),
        bytes: &crl.bytes,
        this_update: crl.this_update,
        next_update: crl.next_update,
    };
    let document_id = evidence::keep_document(&txn, document, now).await?;
    evidence::ActiveModel {
        case_id: Set(case.id),
        document_id: Set(document_id),
        serial: Set(source.serial.clone()),
        revocation_reason: Set(proof.reason.map(i32::from)),
        revoked_at: Set(revoked_at),
        judged_at: Set(now),
        ..Default::default()
    }
    .insert(&txn)
    .await?;
    let permitted_by = authorizations::newest(&txn, case.id).await?.filter(|_| proof.ordered_by_us);
    let confirmed_by_phone = permitted_by.is_some_and(|row| row.kind == AuthorizationKind::PhoneConfirmation);
    let detail = json!({ "document": document_id, "sha256": crl.sha256 });
    let completed = advance(&txn, case, CaseEvent::ProofSeen, |_| {}, detail, actor, now).await?;
    let occasion = Occasion::RevocationCompleted { revoked_at, confirmed_by_phone };
    letters::queue(&txn, desk, &completed, occasion, "proven", now).await?;
    fail_point!("prove::uncommitted");
    txn.commit().await?;
    fail_point!("prove::committed");
    Ok(())
}

fn warn_when_late(case: &Case, now: DateTimeUtc) {
    let waiting = now - case.revoked_at.unwrap_or(now);
    if waiting >= BREACH_AFTER {
        tracing::error!(case.reception_number = %case.reception_number, "revoked 24 h ago and still not published");
    } else if waiting >= ALARM_AFTER {
        tracing::warn!(case.reception_number = %case.reception_number, "revoked 12 h ago and not published yet");
    }
}
