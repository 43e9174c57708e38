//! One ring: the guard against overlaps and halts, and which function does the work of which job.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use tracing::Instrument;

use super::{Job, Scheduler};
use crate::actions::export_head::export_head;
use crate::actions::follow_up::send;
use crate::actions::mark_interrupted::mark_interrupted;
use crate::actions::publish_crls::publish_crls;
use crate::actions::raise_alarms::raise_broken_promises;
use crate::actions::record_run::{Run, record_run};
use crate::actions::revoke_due::RevokeDue;
use crate::actions::run_revocations::run_revocations;
use crate::actions::send_webhooks::send_webhooks;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::errors::Result;
use crate::models::batch_runs;
use crate::models::columns::RunCause;
use crate::tasks::Counted;

impl Scheduler {
    /// Lets `job` run now. `false`: it is running already, or the process is about to end.
    pub async fn ring(&self, job: Job) -> bool {
        let Ok(_same_job) = self.jobs[job as usize].try_lock() else {
            tracing::debug!(job = job.as_str(), "still running");
            return false;
        };
        self.desk.metrics.rang(job.as_str(), self.desk.clock.now().timestamp());
        let _ca = if job.works_with_the_ca() { Some(self.ca.lock().await) } else { None };
        if self.desk.stop.is_cancelled() {
            return false;
        }
        if !job.only_looks() && self.is_halted().await {
            tracing::warn!(job = job.as_str(), "not run: the desk is halted");
            return false;
        }
        if job == Job::RevokeDue && self.is_paused().await {
            tracing::warn!(job = job.as_str(), "not run: the CA is paused");
            return false;
        }
        // Boxed: the largest job would make every caller large.
        let node = batch_runs::node_name();
        let span = tracing::info_span!("job", job = job.as_str(), node);
        if let Err(error) = Box::pin(self.run(job)).instrument(span).await {
            tracing::error!(job = job.as_str(), cause = %error, "a scheduled run failed");
        }
        true
    }

    async fn run(&self, job: Job) -> Result<()> {
        let (desk, actor, now) = (&self.desk, Actor::batch(), self.desk.clock.now());
        let (today, cause) = (jst_date(now), RunCause::Schedule);
        match job {
            Job::RevokeDue => self.revoke(today, cause, now).await,
            // Without a mailbox there is nothing to read.
            Job::ReadBounces if desk.settings.mail.bounces.is_none() => Ok(()),
            Job::ReadBounces => Counted::ReadBounces.work(desk, today, cause, &actor, now).await.map(drop),
            Job::Prove => Counted::Prove.work(desk, today, cause, &actor, now).await.map(drop),
            Job::Remind => Counted::Remind.work(desk, today, cause, &actor, now).await.map(drop),
            Job::Expire => Counted::Expire.work(desk, today, cause, &actor, now).await.map(drop),
            Job::RunImports => Counted::RunImports.work(desk, today, cause, &actor, now).await.map(drop),
            Job::CheckInstallations => {
                Counted::CheckInstallations.work(desk, today, cause, &actor, now).await.map(drop)
            }
            Job::RescueStuck => {
                let rescued = Counted::RescueStuck.work(desk, today, cause, &actor, now).await?;
                let issued = Counted::IssuePending.work(desk, today, cause, &actor, now).await?;
                if rescued.done + issued.done > 0 {
                    desk.nudge();
                }
                Ok(())
            }
            Job::SendMessages => {
                let run = Run { task: job.as_str(), today, cause };
                record_run(desk, run, send(desk, &self.desk.stop), &actor, now).await.map(drop)
            }
            Job::SendWebhooks => send_webhooks(desk, &actor).await.map(drop),
            Job::PublishCrl => publish_crls(desk, now).await.map(drop),
            Job::ExportAuditHead => export_head(desk, now).await.map(drop),
            Job::CheckInvariants => {
                let run = Run { task: job.as_str(), today, cause };
                record_run(desk, run, raise_broken_promises(desk, today, now), &actor, now).await.map(drop)
            }
        }
    }

    pub(super) async fn revoke(&self, today: NaiveDate, cause: RunCause, now: DateTimeUtc) -> Result<()> {
        // A run whose nodes are all gone keeps the day no longer.
        mark_interrupted(&self.desk, now).await?;
        let input =
            RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &self.desk.stop, progress: &|_| () };
        run_revocations(&self.desk, input, &Actor::batch(), now).await.map(drop)
    }
}
