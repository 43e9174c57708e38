//! One chunk of cases of one issuer: judged, and closed or noted as contradicted, in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use fail::fail_point;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::exhibits::{self, Kept};
use super::looking::{Sight, Sights};
use super::{count, number};
use crate::actions::letters;
use crate::domain::actor::Actor;
use crate::domain::alarm::{PROOF_BREACH, PROOF_LATE};
use crate::domain::authorization::AuthorizationKind;
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::certificate::SerialNumber;
use crate::domain::evidence::{Disagreement, ProofKind, Verdict, judge};
use crate::errors::Result;
use crate::mail::letter::Occasion;
use crate::models::audit_events::{self, Act};
use crate::models::authorizations::{self, AuthorizationRow};
use crate::models::batch_runs::Counts;
use crate::models::case_chunks::{self, Step, Unproven, advance_many};
use crate::models::evidence::{self, NewEvidence};
use crate::models::revocation_cases::Case;
use crate::models::{attempts, disagreements, outage, transaction};
use crate::services::Services;

/// What the chunks of an issuer's cases share.
pub struct Proving {
    pub desk: Services,
    pub actor: Actor,
    pub now: DateTimeUtc,
    pub sights: Sights,
    /// Some CAs revoke without a reason: then there is none to compare.
    pub keeps_reasons: bool,
}

/// What the world sees of a case, where that changes something.
#[derive(Default)]
struct Findings<'a> {
    proven: Vec<Proof<'a>>,
    contradicted: Vec<Contradiction<'a>>,
}

/// A revocation that is proven, and whether it was our order.
struct Proof<'a> {
    case: &'a Case,
    serial: &'a SerialNumber,
    reason: Option<u8>,
    revoked_at: DateTimeUtc,
    exhibit: usize,
    ordered_by_us: bool,
}

struct Contradiction<'a> {
    case: &'a Case,
    why: Disagreement,
    exhibit: usize,
}

impl Proving {
    /// A chunk that cannot be written together is taken case by case.
    pub async fn prove(self: Arc<Self>, chunk: Vec<Unproven>) -> Counts {
        match self.prove_chunk(&chunk).await {
            Ok(proven) => return proven,
            Err(error) => {
                tracing::warn!(cause = %error, "the proofs of a chunk are kept one by one");
                if outage::is_outage(&error) {
                    outage::until_back(&self.desk.db).await;
                }
            }
        }
        let mut counts = Counts::default();
        for case in &chunk {
            match self.prove_chunk(std::slice::from_ref(case)).await {
                Ok(proven) => count(&mut counts, proven),
                Err(error) => {
                    tracing::error!(case.id = case.id, cause = %error, "proof not kept");
                    counts.failed += 1;
                }
            }
        }
        counts
    }

    /// Judges a chunk and closes what is proven, together. What another run has in hand or has closed counts as skipped.
    async fn prove_chunk(&self, chunk: &[Unproven]) -> Result<Counts> {
        let txn = transaction::begin(&self.desk.db).await?;
        let cases =
            case_chunks::lock_in_state(&txn, chunk.iter().map(|case| case.id).collect(), CaseState::Revoked).await?;
        let mut counts = Counts { skipped: number(chunk.len() - cases.len()), ..Counts::default() };
        if cases.is_empty() {
            return Ok(counts);
        }
        let ordered_by_us = attempts::accepted(&txn, cases.iter().map(|case| case.id).collect()).await?;
        let serials: HashMap<i64, &SerialNumber> = chunk.iter().map(|case| (case.id, &case.serial)).collect();
        let mut findings = Findings::default();
        for case in &cases {
            let Some(serial) = serials.get(&case.id) else { continue };
            self.judge(case, serial, ordered_by_us.contains(&case.id), &mut findings, &mut counts);
        }
        if !(findings.proven.is_empty() && findings.contradicted.is_empty()) {
            counts.done += number(self.record(txn, &findings).await?);
        }
        Ok(counts)
    }

    fn judge<'a>(
        &self,
        case: &'a Case,
        serial: &'a SerialNumber,
        ordered_by_us: bool,
        findings: &mut Findings<'a>,
        counts: &mut Counts,
    ) {
        let nothing = Sight::default();
        let sight = self.sights.of(serial).unwrap_or(&nothing);
        // A revocation that was only found carries the reason of whoever ordered it.
        let reason = (ordered_by_us && self.keeps_reasons).then_some(case.revocation_reason);
        match judge(sight.crl(), sight.ocsp(), reason, self.now) {
            Verdict::Proven { by, revoked_at } => {
                let Some(exhibit) = sight.exhibit(by) else { return };
                let reason = sight.reason(by);
                findings.proven.push(Proof { case, serial, reason, revoked_at, exhibit, ordered_by_us });
            }
            Verdict::NotYetVisible => {
                warn_when_late(case, self.now);
                counts.skipped += 1;
            }
            Verdict::Disagrees(why) => {
                tracing::error!(case.reception_number = %case.reception_number,
                    evidence.disagreement = why.as_str(), "the proof disagrees with the books");
                counts.failed += 1;
                let by_crl = judge(sight.crl(), None, reason, self.now) == Verdict::Disagrees(why);
                let shown = sight.exhibit(if by_crl { ProofKind::Crl } else { ProofKind::Ocsp });
                findings.contradicted.extend(shown.map(|exhibit| Contradiction { case, why, exhibit }));
            }
            Verdict::Unusable(fault) => {
                tracing::error!(case.reception_number = %case.reception_number, evidence.fault = fault.as_str(),
                    "the proof cannot be used");
                counts.failed += 1;
            }
        }
    }

    /// Answers how many cases were closed.
    async fn record(&self, txn: DatabaseTransaction, findings: &Findings<'_>) -> Result<usize> {
        let proven = findings.proven.iter().map(|proof| proof.exhibit);
        let used = proven.chain(findings.contradicted.iter().map(|found| found.exhibit)).collect();
        let kept = exhibits::keep(&txn, &self.sights.exhibits, used, self.now).await?;
        let contradictions = self.note_contradictions(&txn, &findings.contradicted, &kept).await?;
        let closed = self.close(&txn, &findings.proven, &kept).await?;
        // Last: every other writer waits for the head of the audit log.
        audit_events::append_many(&txn, contradictions, &self.actor, self.now).await?;
        fail_point!("prove::uncommitted");
        txn.commit().await?;
        fail_point!("prove::committed");
        kept.committed();
        Ok(closed)
    }

    /// Notes each contradiction once; answers what is to be recorded.
    async fn note_contradictions(
        &self,
        txn: &DatabaseTransaction,
        contradicted: &[Contradiction<'_>],
        kept: &Kept<'_>,
    ) -> Result<Vec<Act<'static>>> {
        let mut acts = Vec::new();
        for Contradiction { case, why, exhibit } in contradicted {
            let Some(document) = kept.id(*exhibit) else { continue };
            if disagreements::keep(txn, case.id, *why, document, self.now).await? {
                acts.push(Act {
                    action: "proof_disagreed",
                    subject: format!("case:{}", case.id),
                    case_id: Some(case.id),
                    detail: json!({ "disagreement": why.as_str(), "document": document,
                        "sha256": self.sights.exhibits[*exhibit].document.sha256 }),
                });
            }
        }
        Ok(acts)
    }

    async fn close(&self, txn: &DatabaseTransaction, proven: &[Proof<'_>], kept: &Kept<'_>) -> Result<usize> {
        let now = self.now;
        if proven.is_empty() {
            return Ok(0);
        }
        let (mut rows, mut steps) = (Vec::with_capacity(proven.len()), Vec::with_capacity(proven.len()));
        for Proof { case, serial, reason, revoked_at, exhibit, .. } in proven {
            let Some(document_id) = kept.id(*exhibit) else { continue };
            let sha256 = &self.sights.exhibits[*exhibit].document.sha256;
            let detail = json!({ "document": document_id, "sha256": sha256 });
            steps.push(Step { case, detail, revoked_at: None });
            let (reason, revoked_at) = (*reason, *revoked_at);
            rows.push(NewEvidence { case_id: case.id, document_id, serial, reason, revoked_at });
        }
        evidence::insert_many(txn, rows.iter(), now).await?;
        let advanced = advance_many(txn, steps, CaseEvent::ProofSeen, |_| {}, now).await?;
        let permitted_by = authorizations::newest_of(txn, proven.iter().map(|proof| proof.case.id).collect()).await?;
        let told: HashMap<i64, &Case> = advanced.cases.iter().map(|case| (case.id, case)).collect();
        let events: Vec<_> = proven
            .iter()
            .filter_map(|proof| Some((*told.get(&proof.case.id)?, proof.occasion(permitted_by.get(&proof.case.id)))))
            .collect();
        letters::queue_many(txn, &self.desk, &events, "proven", now).await?;
        Ok(advanced.record(txn, &self.actor, now).await?.len())
    }
}

impl Proof<'_> {
    fn occasion(&self, permitted_by: Option<&AuthorizationRow>) -> Occasion {
        let permitted_by = permitted_by.filter(|_| self.ordered_by_us);
        let confirmed_by_phone = permitted_by.is_some_and(|row| row.kind == AuthorizationKind::PhoneConfirmation);
        Occasion::RevocationCompleted { revoked_at: self.revoked_at, confirmed_by_phone }
    }
}

fn warn_when_late(case: &Case, now: DateTimeUtc) {
    let waiting = now - case.revoked_at.unwrap_or(now);
    if waiting >= PROOF_BREACH {
        tracing::error!(case.reception_number = %case.reception_number, "revoked 24 h ago and still not published");
    } else if waiting >= PROOF_LATE {
        tracing::warn!(case.reception_number = %case.reception_number, "revoked 12 h ago and not published yet");
    }
}
