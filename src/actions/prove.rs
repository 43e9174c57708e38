//! Proves revocations: looks for revoked cases in the issuer's CRL and closes those that it lists.
//!
//! One CRL per issuer is fetched and verified with no transaction open; then chunks of cases, several at a time, are judged
//! and, when proven, closed with their evidence and their mails in one transaction each. Not visible yet means: look again
//! later. Any number of nodes may prove at once: a case that another one has in hand is left to it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use fail::fail_point;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinSet;

use super::letters;
use super::revoke_due::chunks_at_once;
use crate::domain::actor::Actor;
use crate::domain::alarm::{PROOF_BREACH, PROOF_LATE};
use crate::domain::authorization::AuthorizationKind;
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::evidence::{Verdict, judge};
use crate::errors::{Error, Result};
use crate::mail::letter::Occasion;
use crate::models::authorizations::{self, AuthorizationRow};
use crate::models::batch_runs::Counts;
use crate::models::case_chunks::{self, Step, Unproven, advance_many};
use crate::models::columns::EvidenceKind;
use crate::models::evidence::{self, NewDocument, NewEvidence};
use crate::models::revocation_cases::Case;
use crate::models::{attempts, outage, transaction};
use crate::proof::FetchedCrl;
use crate::services::Services;

/// Cases for which a CRL is looked through at once. A CRL is read anew for each so many.
const PAGE: u64 = 20_000;

/// Counts: done = proven and closed, skipped = not visible yet, failed = the CRL says otherwise or cannot be used.
pub async fn prove(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    prove_telling(desk, actor, now, &|_| ()).await
}

/// The same; `progress` is told the counts after each chunk.
pub async fn prove_telling(
    desk: &Services,
    actor: &Actor,
    now: DateTimeUtc,
    progress: &(dyn Fn(Counts) + Send + Sync),
) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut seen = None;
    loop {
        let page = case_chunks::next_unproven(&desk.db, seen, PAGE).await?;
        let Some(last) = page.last() else { return Ok(counts) };
        seen = Some((last.due_on, last.id));
        counts.target += number(page.len());
        for (issuer, cases) in by_issuer(page) {
            prove_by_issuer(desk, &issuer, cases, &mut counts, (actor, now), progress).await?;
        }
    }
}

fn by_issuer(page: Vec<Unproven>) -> BTreeMap<String, Vec<Unproven>> {
    let mut by_issuer: BTreeMap<String, Vec<Unproven>> = BTreeMap::new();
    for mut case in page {
        by_issuer.entry(std::mem::take(&mut case.issuer)).or_default().push(case);
    }
    by_issuer
}

async fn prove_by_issuer(
    desk: &Services,
    issuer: &str,
    cases: Vec<Unproven>,
    counts: &mut Counts,
    (actor, now): (&Actor, DateTimeUtc),
    progress: &(dyn Fn(Counts) + Send + Sync),
) -> Result<()> {
    let serials: HashSet<_> = cases.iter().map(|case| case.serial.clone()).collect();
    let crl = match desk.proof.crl(issuer, &serials).await {
        Ok(crl) => crl,
        Err(error) => {
            tracing::error!(certificate.issuer = %issuer, cause = %error, "no proof to be had");
            counts.failed += number(cases.len());
            return Ok(());
        }
    };
    drop(serials);
    let keeps_reasons = desk.authorities.keeps_reasons(issuer);
    let document = Mutex::default();
    let proving = Proving { desk: desk.clone(), actor: actor.clone(), now, crl, keeps_reasons, document };
    let proving = Arc::new(proving);
    let mut cases = cases.into_iter();
    let mut chunks = JoinSet::new();
    loop {
        while chunks.len() < chunks_at_once(desk) as usize {
            let chunk: Vec<Unproven> = cases.by_ref().take(desk.settings.revocation.chunk as usize).collect();
            if chunk.is_empty() {
                break;
            }
            chunks.spawn(proving.clone().prove(chunk));
        }
        let Some(proven) = chunks.join_next().await else { return Ok(()) };
        count(counts, proven.map_err(Error::internal)?);
        progress(*counts);
    }
}

fn count(counts: &mut Counts, chunk: Counts) {
    counts.done += chunk.done;
    counts.failed += chunk.failed;
    counts.skipped += chunk.skipped;
}

fn number(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// What the chunks of an issuer's cases share.
struct Proving {
    desk: Services,
    actor: Actor,
    now: DateTimeUtc,
    crl: FetchedCrl,
    /// Some CAs revoke without a reason: then there is none to compare.
    keeps_reasons: bool,
    /// The id of the stored CRL, once it is committed. Whoever stores it keeps this until then, so that a large CRL is
    /// sent to the database once.
    document: Mutex<Option<i64>>,
}

impl Proving {
    /// A chunk that cannot be written together is taken case by case.
    async fn prove(self: Arc<Self>, chunk: Vec<Unproven>) -> Counts {
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
        let serials: HashMap<i64, &Unproven> = chunk.iter().map(|case| (case.id, case)).collect();
        let mut proven = Vec::new();
        for case in &cases {
            // A revocation that was only found carries the reason of whoever ordered it.
            let ordered_by_us = ordered_by_us.contains(&case.id);
            let Some(Unproven { serial, .. }) = serials.get(&case.id) else { continue };
            let view = self.crl.views.get(serial);
            let reason = (ordered_by_us && self.keeps_reasons).then_some(case.revocation_reason);
            match judge(view, None, reason, self.now) {
                Verdict::Proven { revoked_at, .. } => {
                    let reason = view.and_then(|view| view.entries.first()).and_then(|entry| entry.reason);
                    let evidence = NewEvidence { case_id: case.id, serial, reason, revoked_at };
                    proven.push(Proof { case, evidence, ordered_by_us });
                }
                Verdict::NotYetVisible => {
                    warn_when_late(case, self.now);
                    counts.skipped += 1;
                }
                Verdict::Disagrees(why) => {
                    tracing::error!(case.reception_number = %case.reception_number,
                        evidence.disagreement = why.as_str(), "the CRL disagrees with the books");
                    counts.failed += 1;
                }
                Verdict::Unusable(fault) => {
                    tracing::error!(case.reception_number = %case.reception_number, evidence.fault = fault.as_str(),
                        "the CRL cannot be used");
                    counts.failed += 1;
                }
            }
        }
        if !proven.is_empty() {
            counts.done += number(self.close(txn, &proven).await?);
        }
        Ok(counts)
    }

    async fn close(&self, txn: DatabaseTransaction, proven: &[Proof<'_>]) -> Result<usize> {
        let now = self.now;
        let (document_id, stored) = self.keep_document(&txn).await?;
        evidence::insert_many(&txn, proven.iter().map(|proof| &proof.evidence), document_id, now).await?;
        let detail = json!({ "document": document_id, "sha256": self.crl.sha256 });
        let steps = proven.iter().map(|proof| Step { case: proof.case, detail: detail.clone(), revoked_at: None });
        let advanced = advance_many(&txn, steps.collect(), CaseEvent::ProofSeen, |_| {}, now).await?;
        let permitted_by = authorizations::newest_of(&txn, proven.iter().map(|proof| proof.case.id).collect()).await?;
        let told: HashMap<i64, &Case> = advanced.cases.iter().map(|case| (case.id, case)).collect();
        let events: Vec<_> = proven
            .iter()
            .filter_map(|proof| Some((*told.get(&proof.case.id)?, proof.occasion(permitted_by.get(&proof.case.id)))))
            .collect();
        letters::queue_many(&txn, &self.desk, &events, "proven", now).await?;
        let closed = advanced.record(&txn, &self.actor, now).await?.len();
        fail_point!("prove::uncommitted");
        txn.commit().await?;
        fail_point!("prove::committed");
        if let Some(mut document) = stored {
            *document = Some(document_id);
        }
        Ok(closed)
    }

    /// The id of the stored CRL; with it, where to note it when `txn`, which stored it, is committed.
    async fn keep_document(&self, txn: &DatabaseTransaction) -> Result<(i64, Option<MutexGuard<'_, Option<i64>>>)> {
        let kept = self.document.lock().await;
        if let Some(id) = *kept {
            return Ok((id, None));
        }
        let document = NewDocument {
            kind: EvidenceKind::Crl,
            sha256: self.crl.sha256.clone(),
            source: self.crl.source.clone(),
            bytes: &self.crl.bytes,
            this_update: self.crl.this_update,
            next_update: self.crl.next_update,
        };
        Ok((evidence::keep_document(txn, document, self.now).await?, Some(kept)))
    }
}

/// What the CRL shows about a case, and whether it was our order.
struct Proof<'a> {
    case: &'a Case,
    evidence: NewEvidence<'a>,
    ordered_by_us: bool,
}

impl Proof<'_> {
    fn occasion(&self, permitted_by: Option<&AuthorizationRow>) -> Occasion {
        let permitted_by = permitted_by.filter(|_| self.ordered_by_us);
        let confirmed_by_phone = permitted_by.is_some_and(|row| row.kind == AuthorizationKind::PhoneConfirmation);
        Occasion::RevocationCompleted { revoked_at: self.evidence.revoked_at, confirmed_by_phone }
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
