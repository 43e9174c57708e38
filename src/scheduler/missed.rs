//! What a start and a gap make good: runs that were cut off, and the last one that did not happen.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;

use super::{Job, Scheduler};
use crate::actions::mark_interrupted::mark_interrupted_at_start;
use crate::domain::calendar::jst_date;
use crate::domain::ring_times::RingTimes;
use crate::errors::Result;
use crate::models::batch_runs;
use crate::models::columns::RunCause;

impl Scheduler {
    /// The work of a start: runs that were cut off are marked, cases left in execution are finished, a CRL in force is
    /// published, a run that was missed is made good.
    pub async fn start_up(self) {
        let now = self.desk.clock.now();
        if let Err(error) = mark_interrupted_at_start(&self.desk, now).await {
            tracing::error!(cause = %error, "runs that were cut off could not be marked");
        }
        self.ring(Job::RescueStuck).await;
        self.ring(Job::PublishCrl).await;
        self.catch_up().await;
    }

    /// Makes good the last revocation run, when its time came and it did not happen.
    pub async fn catch_up(&self) {
        let _ca = self.ca.lock().await;
        if self.desk.stop.is_cancelled() || self.is_halted().await || self.is_paused().await {
            return;
        }
        if let Err(error) = self.revoke_missed(self.desk.clock.now()).await {
            tracing::error!(cause = %error, "the missed run could not be made good");
        }
    }

    /// The business date of the last ring for revocations.
    fn last_expected(&self, now: DateTimeUtc) -> Result<Option<NaiveDate>> {
        let times = RingTimes::parse(&self.desk.settings.schedule.revoke_due)?;
        Ok(times.last(now).map(jst_date))
    }

    async fn revoke_missed(&self, now: DateTimeUtc) -> Result<()> {
        let Some(expected) = self.last_expected(now)? else { return Ok(()) };
        let (db, task) = (&self.desk.db, Job::RevokeDue.as_str());
        let goes_on = batch_runs::running_of(db, task, expected).await?.is_some();
        if !goes_on && batch_runs::has_run_since(db, task, expected).await? {
            return Ok(());
        }
        tracing::info!(batch.business_date = %expected, goes_on, "making good a missed revocation run, or taking part in it");
        self.revoke(expected, RunCause::CatchUp, now).await
    }
}
