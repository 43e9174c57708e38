//! What became of the cases of a run: counts, and a bounded list of those that need a person.

use std::collections::HashSet;

use sea_orm::ConnectionTrait;
use sea_orm::prelude::DateTimeUtc;
use serde_json::{Value, json};

use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::batch_runs::{self, BatchRun, Counts};
use crate::models::{instant, transaction};
use crate::services::Services;

/// The list of a run names so many cases at most; the counts say how many there are.
const LISTED: usize = 500;

/// How one case of the run ended.
#[derive(Debug)]
pub(super) enum Ending {
    Revoked,
    /// Not revoked, and a person has to know why.
    Failed(String),
    /// Not revoked, for a reason that takes care of itself.
    Skipped(String),
    /// Left as it was or given back: the process is about to end.
    NotBegun,
}

impl Ending {
    pub fn of_error(error: Error) -> Self {
        match error {
            // Somebody else was faster: a withdrawal, an agent's click, another node.
            Error::Conflict(Problem { code, .. }) => Self::Skipped(code.to_owned()),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// The endings of some cases.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Counts,
    left: Vec<Value>,
}

impl Tally {
    pub fn note(&mut self, number: ReceptionNumber, ending: &Ending) {
        let (result, code) = match ending {
            Ending::Revoked => {
                self.counts.done += 1;
                return;
            }
            Ending::NotBegun => return,
            Ending::Failed(code) => {
                tracing::error!(case.reception_number = %number, cause = %code, "not revoked");
                self.counts.failed += 1;
                ("failed", code)
            }
            Ending::Skipped(code) => {
                self.counts.skipped += 1;
                ("skipped", code)
            }
        };
        if self.left.len() < LISTED {
            self.left.push(json!({ "reception_number": number.to_string(), "result": result, "code": code }));
        }
    }
}

/// The cases that a run has listed; `None` when the list is full and others may be missing from it.
pub(super) fn all_listed(run: &BatchRun) -> Option<HashSet<ReceptionNumber>> {
    let listed = listed(run);
    let number = |entry: &Value| entry["reception_number"].as_str()?.parse().ok();
    (listed.len() < LISTED).then(|| listed.iter().filter_map(number).collect())
}

/// The cases that a run has listed as failed.
pub fn failed_in(run: &BatchRun) -> Vec<ReceptionNumber> {
    let failed = |entry: &&Value| entry["result"] == "failed";
    let number = |entry: &Value| entry["reception_number"].as_str()?.parse().ok();
    listed(run).iter().filter(failed).filter_map(number).collect()
}

/// Whether a case or the run itself failed.
pub(super) fn lists_a_failure(run: &BatchRun) -> bool {
    run.failed > 0 || listed(run).iter().any(|entry| entry["result"] == "failed")
}

fn listed(run: &BatchRun) -> Vec<Value> {
    serde_json::from_str(&run.detail).unwrap_or_default()
}

/// The books of this process's part of a run.
pub(super) struct Ledger {
    run_id: i64,
    /// Of this process so far.
    pub counts: Counts,
    /// What is not in the run's row yet.
    pending: Tally,
}

impl Ledger {
    pub fn of(run: &BatchRun) -> Self {
        let counts = Counts { target: run.target, ..Counts::default() };
        Self { run_id: run.id, counts, pending: Tally::default() }
    }

    pub fn add(&mut self, tally: Tally) {
        for sum in [&mut self.counts, &mut self.pending.counts] {
            sum.done += tally.counts.done;
            sum.failed += tally.counts.failed;
            sum.skipped += tally.counts.skipped;
        }
        let room = LISTED.saturating_sub(self.pending.left.len());
        self.pending.left.extend(tally.left.into_iter().take(room));
    }

    /// What kept the run from going on.
    pub fn fault(&mut self, fault: &Error) {
        self.pending.left.push(json!({ "result": "failed", "code": fault.to_string() }));
    }

    /// Adds what is new to the row, which is also a sign of life. What cannot be written now is written later.
    pub async fn write(&mut self, desk: &Services) {
        if let Err(error) = self.try_to_write(desk).await {
            tracing::warn!(batch.run = self.run_id, cause = %error, "the counts of a run are written later");
        }
    }

    async fn try_to_write(&mut self, desk: &Services) -> Result<()> {
        let now = instant::of_leases(&desk.db, desk.clock).await?;
        if self.pending.left.is_empty() {
            batch_runs::add(&desk.db, self.run_id, self.pending.counts, now).await?;
        } else {
            let txn = transaction::begin(&desk.db).await?;
            self.write_pending(&txn, now).await?;
            txn.commit().await?;
        }
        self.pending = Tally::default();
        Ok(())
    }

    /// The same as part of a transaction.
    pub async fn write_in(&mut self, txn: &impl ConnectionTrait, now: DateTimeUtc) -> Result<()> {
        self.write_pending(txn, now).await?;
        self.pending = Tally::default();
        Ok(())
    }

    async fn write_pending(&self, txn: &impl ConnectionTrait, now: DateTimeUtc) -> Result<()> {
        if !self.pending.left.is_empty() {
            let row = batch_runs::locked(txn, self.run_id).await?;
            let mut listed = listed(&row);
            let room = LISTED.saturating_sub(listed.len());
            listed.extend(self.pending.left.iter().take(room).cloned());
            batch_runs::set_detail(txn, self.run_id, Value::from(listed).to_string()).await?;
        }
        Ok(batch_runs::add(txn, self.run_id, self.pending.counts, now).await?)
    }
}
