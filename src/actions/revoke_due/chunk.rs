//! One chunk after the other: claim with all guards and intents in one transaction, ask the CA with none open, write the
//! receipts in one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use fail::fail_point;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use sea_orm::ActiveValue::Set;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::RevokeDue;
use super::one_by_one::{ending_of_refusal, has_lapsed, revoke_one_by_one};
use super::receipts::{Asked, write_receipts};
use super::tally::{Ending, Tally};
use crate::actions::attempting::{self, By, INTENT_LEASE};
use crate::actions::guards::Facts;
use crate::domain::actor::Actor;
use crate::domain::case::CaseEvent;
use crate::errors::{Error, Result};
use crate::models::attempts::{self, Attempt};
use crate::models::batch_runs;
use crate::models::case_chunks::{self, Place, Step, advance_many};
use crate::models::revocation_cases::{self, Case, clear_lease};
use crate::models::{desk_settings, halts, instant, outage, transaction};
use crate::services::Services;

/// What the workers of this process share.
pub(super) struct Drain {
    pub desk: Services,
    pub today: NaiveDate,
    dry_run: bool,
    pub run_id: i64,
    pub actor: Actor,
    pub stop: CancellationToken,
    /// How far the walk has come; `None` at its end.
    place: Mutex<Option<Place>>,
    /// Calls of the CA that may be under way.
    calls: Semaphore,
}

/// What a claim brought: cases to ask the CA about, and those that ended without.
struct Claimed {
    intents: Vec<Intent>,
    tally: Tally,
}

/// A case in execution and what exactly shall be revoked.
pub(super) struct Intent {
    pub case: Case,
    pub attempt: Attempt,
    source_der: Vec<u8>,
}

impl Drain {
    pub fn new(desk: &Services, input: &RevokeDue<'_>, run_id: i64, actor: &Actor) -> Self {
        Self {
            desk: desk.clone(),
            today: input.today,
            dry_run: input.dry_run,
            run_id,
            actor: actor.clone(),
            stop: input.stop.clone(),
            place: Mutex::new(Some(Place::START)),
            calls: Semaphore::new(desk.settings.revocation.parallel as usize),
        }
    }

    pub fn by(&self) -> By<'_> {
        By { actor: &self.actor, batch_run: Some(self.run_id) }
    }

    /// Takes chunks until nothing is left, and tells what became of each.
    pub async fn work(self: Arc<Self>, tell: mpsc::Sender<Tally>) -> Result<()> {
        loop {
            self.heed_pause().await;
            if self.stop.is_cancelled() {
                break;
            }
            let claimed = match self.claim().await {
                Ok(Some(claimed)) => claimed,
                Ok(None) => break,
                Err(error) => {
                    self.outlast(error).await?;
                    continue;
                }
            };
            let mut tally = claimed.tally;
            if !claimed.intents.is_empty() {
                let asked = self.ask(claimed.intents).await;
                write_receipts(&self, asked, &mut tally).await;
            }
            if tell.send(tally).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Stops this process's part of the run when a person wants the run to stop. A database that does not answer stops
    /// nothing.
    pub async fn heed_pause(&self) {
        if batch_runs::is_to_pause(&self.desk.db, self.run_id).await.unwrap_or_default() {
            self.stop.cancel();
        }
    }

    /// Waits while the database is away; any other error ends the run.
    pub async fn outlast(&self, error: Error) -> Result<()> {
        if !outage::is_outage(&error) {
            return Err(error);
        }
        tracing::warn!(batch.run = self.run_id, cause = %error, "the run waits for the database");
        match self.stop.run_until_cancelled(outage::until_back(&self.desk.db)).await {
            Some(true) | None => Ok(()),
            Some(false) => Err(error),
        }
    }

    /// The next chunk, with its intents committed. `None`: the walk is at its end.
    async fn claim(&self) -> Result<Option<Claimed>> {
        let mut place = self.place.lock().await;
        let Some(from) = *place else { return Ok(None) };
        let limit = u64::from(self.desk.settings.revocation.chunk);
        let txn = transaction::begin(&self.desk.db).await?;
        if !self.dry_run && desk_settings::ca_pause(&txn).await?.is_some() {
            // What is left stays unjudged: the run counts as interrupted and is made good after the pause.
            tracing::warn!(batch.run = self.run_id, "the run ends early: the CA is paused");
            *place = None;
            return Ok(None);
        }
        let (cases, next) = case_chunks::next_due(&txn, self.today, from, limit, !self.dry_run).await?;
        if cases.is_empty() {
            *place = None;
            return Ok(None);
        }
        *place = Some(next);
        drop(place);
        match self.intend(txn, &cases).await {
            Ok(claimed) => Ok(Some(claimed)),
            Err(error) if halts::has_refused(&error) => Err(error),
            Err(error) => {
                tracing::warn!(batch.run = self.run_id, cause = %error, "a chunk is taken case by case");
                if outage::is_outage(&error) {
                    self.outlast(error).await?;
                }
                Ok(Some(Claimed { intents: Vec::new(), tally: revoke_one_by_one(self, &cases).await }))
            }
        }
    }

    /// Reads every guard for every case and writes the intents of those that pass.
    async fn intend(&self, txn: DatabaseTransaction, cases: &[Case]) -> Result<Claimed> {
        let facts = Facts::of(&txn, cases).await?;
        let mut tally = Tally::default();
        let (mut passed, mut lapsed) = (Vec::new(), Vec::new());
        for case in cases {
            match facts.check(&self.desk, case, self.today) {
                Ok(Ok(())) if self.dry_run => tally.note(case.reception_number, &Ending::Revoked),
                Ok(Ok(())) => passed.push((case, facts.source(case)?)),
                Ok(Err(refused)) => {
                    tally.note(case.reception_number, &ending_of_refusal(&refused));
                    if has_lapsed(&refused) {
                        lapsed.push(case);
                    }
                }
                Err(error) => tally.note(case.reception_number, &Ending::of_error(error)),
            }
        }
        if self.dry_run {
            return Ok(Claimed { intents: Vec::new(), tally });
        }
        let now = instant::of_leases(&txn, self.desk.clock).await?;
        let attempts = attempts::insert_many(&txn, &passed, &self.actor, Some(self.run_id), now).await?;
        let start = passed.iter().map(|(case, source)| Step {
            case,
            detail: json!({ "serial": source.serial.to_string(), "sha256": source.sha256.to_string() }),
            revoked_at: None,
        });
        let change = |row: &mut revocation_cases::ActiveModel| {
            row.next_attempt_at = Set(Some(now + INTENT_LEASE));
            clear_lease(row);
        };
        let started = advance_many(&txn, start.collect(), CaseEvent::ExecutionStarted, change, now).await?;
        let back = lapsed.into_iter().map(|case| Step { case, detail: json!({}), revoked_at: None });
        let back = advance_many(&txn, back.collect(), CaseEvent::ConfirmationLapsed, clear_lease, now).await?;
        back.record(&txn, &self.actor, now).await?;
        let started = started.record(&txn, &self.actor, now).await?;
        if started.len() != passed.len() {
            // The rows are locked: nobody can have been faster.
            return Err(Error::internal("a claimed case moved"));
        }
        fail_point!("revoke::intent_uncommitted");
        txn.commit().await?;
        fail_point!("revoke::intent_committed");
        let sources = passed.into_iter().map(|(case, source)| (case.id, source.der.clone())).collect();
        Ok(Claimed { intents: paired(started, attempts, sources), tally })
    }

    /// Asks the CA about every intent, some at once. Intents that take long are kept from others meanwhile.
    async fn ask(&self, intents: Vec<Intent>) -> Vec<Asked> {
        let kept: Vec<Case> = intents.iter().map(|intent| intent.case.clone()).collect();
        let lost = Mutex::new(HashSet::new());
        let mut calls: FuturesUnordered<_> = intents.into_iter().map(|intent| self.call(intent, &lost)).collect();
        let mut asked = Vec::with_capacity(kept.len());
        let mut renewal = tokio::time::interval(std::time::Duration::from_secs(30));
        renewal.reset();
        loop {
            tokio::select! {
                call = calls.next() => match call {
                    Some(call) => asked.push(call),
                    None => return asked,
                },
                _ = renewal.tick() => self.keep(&kept, &lost).await,
            }
        }
    }

    async fn call(&self, intent: Intent, lost: &Mutex<HashSet<i64>>) -> Asked {
        let Ok(_permit) = self.calls.acquire().await else { return Asked { intent, answer: None } };
        if self.stop.is_cancelled() || lost.lock().await.contains(&intent.case.id) {
            return Asked { intent, answer: None };
        }
        let mut intent = intent;
        let source_der = std::mem::take(&mut intent.source_der);
        let answer = match attempting::order(&intent.attempt, source_der, self.desk.clock.now()) {
            Ok(order) => self.desk.ca.revoke(&order).await,
            Err(error) => Err(crate::ca::CaError::Unavailable(error.to_string())),
        };
        fail_point!("revoke::ca_answered");
        Asked { intent, answer: Some(answer) }
    }

    /// Puts the end of the lease off. A case that somebody else has taken over is not asked about any more.
    async fn keep(&self, cases: &[Case], lost: &Mutex<HashSet<i64>>) {
        match self.kept_until(cases, INTENT_LEASE).await {
            Ok(kept) => {
                let kept: HashSet<i64> = kept.iter().map(|case| case.id).collect();
                lost.lock().await.extend(cases.iter().map(|case| case.id).filter(|id| !kept.contains(id)));
            }
            Err(error) => tracing::warn!(batch.run = self.run_id, cause = %error, "a lease was not renewed"),
        }
    }

    pub async fn kept_until(&self, cases: &[Case], lease: chrono::Duration) -> Result<Vec<Case>> {
        let now: DateTimeUtc = instant::of_leases(&self.desk.db, self.desk.clock).await?;
        let cases: Vec<&Case> = cases.iter().collect();
        Ok(case_chunks::keep_in_execution(&self.desk.db, &cases, now + lease).await?)
    }
}

/// Each case with its attempt and the certificate that is meant.
fn paired(mut cases: Vec<Case>, mut attempts: Vec<Attempt>, mut sources: HashMap<i64, Vec<u8>>) -> Vec<Intent> {
    cases.sort_unstable_by_key(|case| case.id);
    attempts.sort_unstable_by_key(|attempt| attempt.case_id);
    let intents = cases.into_iter().zip(attempts).map(|(case, attempt)| {
        let source_der = sources.remove(&case.id).unwrap_or_default();
        Intent { case, attempt, source_der }
    });
    intents.collect()
}
