//! The schedule: rings at the times of the settings (Asia/Tokyo) and lets the same functions run as the tasks.
//!
//! A ring may come twice, late or on several nodes: what is due is a query, and the daily revocation run is claimed in
//! the database. Here are the start-up work, the guard against overlaps, the bell for what follows a revocation,
//! and the wait for running work at the end. No rules.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use loco_rs::{
    app::{AppContext, Initializer},
    errors::Error as Fault,
};
use sea_orm::prelude::DateTimeUtc;
use tokio::sync::{Mutex, MutexGuard};
use tokio_cron_scheduler::{Job as CronJob, JobScheduler};
use tracing::{Instrument, field::Empty};

use crate::actions::check_invariants::{Severity, check_invariants};
use crate::actions::compare_head::compare_head;
use crate::actions::follow_up::{follow_up, send};
use crate::actions::mark_interrupted::{mark_interrupted, mark_interrupted_at_start};
use crate::actions::publish_crls::publish_crls;
use crate::actions::publish_revocations::publish_revocations;
use crate::actions::purge::purge;
use crate::actions::raise_alarms::mail_alarms;
use crate::actions::record_run::{Run, record_run};
use crate::actions::revoke_due::RevokeDue;
use crate::actions::run_revocations::run_revocations;
use crate::domain::actor::Actor;
use crate::domain::alarm::{Alarm, AlarmKind};
use crate::domain::calendar::{JST, jst_date};
use crate::domain::problem::Problem;
use crate::domain::ring_times::RingTimes;
use crate::errors::Result;
use crate::models::batch_runs::{self, Counts};
use crate::models::columns::RunCause;
use crate::models::{halts, holidays};
use crate::services::Services;
use crate::tasks::Counted;
use crate::watchdog::Watchdog;

/// How long the end of the process waits for the running case: longer than a CA call.
const PATIENCE: Duration = Duration::from_secs(75);
/// Between two looks at the calendar and at drafts of yesterday.
const HOUSEKEEPING: Duration = Duration::from_mins(10);
/// Between two looks at runs that have gone silent.
const TAKING_UP: Duration = Duration::from_mins(1);
/// Between two looks at the end of the audit log: what is lost in a crash between two is not noticed after a restore.
const WATCH: Duration = Duration::from_secs(5);
/// Between two looks for revocations that are on no CRL. One is to be seen 5 s after the CA accepted it, also when the
/// node that should have published it is gone, and while a long run goes on.
const PUBLISHING: Duration = Duration::from_secs(2);

/// Broken promises that the mail about them names.
const EXAMPLES: usize = 10;

/// Whether `start` runs the schedule. Without this in the context (tasks, tests) nothing is started at all.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    pub on: bool,
}

/// Starts the bell and, unless switched off, the schedule.
pub struct Starter;

#[async_trait]
impl Initializer for Starter {
    fn name(&self) -> String {
        "scheduler".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> loco_rs::Result<()> {
        let Some(Schedule { on }) = ctx.shared_store.get::<Schedule>() else { return Ok(()) };
        let scheduler = Scheduler::new(Services::of(ctx)?);
        scheduler.spawn(Scheduler::listen);
        scheduler.spawn(Scheduler::keep_watch);
        scheduler.spawn(Scheduler::keep_published);
        let watchdog = Watchdog::new(Services::of(ctx)?);
        scheduler.desk.spawn(watchdog.watch());
        if on {
            scheduler.start_cron().await.map_err(Fault::wrap)?;
            scheduler.spawn(Scheduler::start_up);
            scheduler.spawn(Scheduler::keep_house);
            scheduler.spawn(Scheduler::watch_runs);
        }
        Ok(())
    }
}

/// Tells the runs to come to an end: the running case is finished, the next one is not begun.
pub fn stop(ctx: &AppContext) {
    if let Ok(desk) = Services::of(ctx) {
        desk.stop.cancel();
    }
}

/// Waits, within a limit, until nothing goes on in the background any more.
pub async fn finish(ctx: &AppContext) {
    let Ok(desk) = Services::of(ctx) else { return };
    desk.stop.cancel();
    if tokio::time::timeout(PATIENCE, desk.finished()).await.is_err() {
        tracing::warn!("a run did not end in time; the next start takes up what it left");
    }
}

/// What rings. The names are the keys of `schedule` in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    RevokeDue,
    Prove,
    SendMessages,
    Remind,
    RescueStuck,
    Expire,
    PublishCrl,
    CheckInvariants,
}

impl Job {
    pub const ALL: [Self; 8] = [
        Self::RevokeDue,
        Self::Prove,
        Self::SendMessages,
        Self::Remind,
        Self::RescueStuck,
        Self::Expire,
        Self::PublishCrl,
        Self::CheckInvariants,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RevokeDue => "revoke_due",
            Self::Prove => "prove",
            Self::SendMessages => "send_messages",
            Self::Remind => "remind",
            Self::RescueStuck => "rescue_stuck",
            Self::Expire => "expire",
            Self::PublishCrl => "publish_crl",
            Self::CheckInvariants => "check_invariants",
        }
    }

    /// Those that go on while the desk is halted.
    fn only_looks(self) -> bool {
        match self {
            Self::CheckInvariants => true,
            Self::RevokeDue
            | Self::Prove
            | Self::SendMessages
            | Self::Remind
            | Self::RescueStuck
            | Self::Expire
            | Self::PublishCrl => false,
        }
    }

    /// Those that change what the CA or its proof says run one after the other.
    fn works_with_the_ca(self) -> bool {
        match self {
            Self::RevokeDue | Self::Prove | Self::RescueStuck | Self::PublishCrl => true,
            Self::SendMessages | Self::Remind | Self::Expire | Self::CheckInvariants => false,
        }
    }
}

impl FromStr for Job {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|job| job.as_str() == text)
            .ok_or_else(|| Problem::new("value_unknown").with("value", text))
    }
}

/// The runs of this process. Cheap to clone.
#[derive(Clone)]
pub struct Scheduler {
    desk: Services,
    jobs: Arc<[Mutex<()>; Job::ALL.len()]>,
    ca: Arc<Mutex<()>>,
}

impl Scheduler {
    pub fn new(desk: Services) -> Self {
        Self { desk, jobs: Arc::default(), ca: Arc::default() }
    }

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
        // Boxed: the largest job would make every caller large.
        let node = batch_runs::node_name();
        let span = tracing::info_span!("job", job = job.as_str(), node, batch.run = Empty);
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
            Job::Prove => Counted::Prove.work(desk, today, cause, &actor, now).await.map(drop),
            Job::Remind => Counted::Remind.work(desk, today, cause, &actor, now).await.map(drop),
            Job::Expire => Counted::Expire.work(desk, today, cause, &actor, now).await.map(drop),
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
            Job::PublishCrl => publish_crls(desk, now).await.map(drop),
            Job::CheckInvariants => {
                let run = Run { task: job.as_str(), today, cause };
                record_run(desk, run, alarm(desk, today, now), &actor, now).await.map(drop)
            }
        }
    }

    async fn revoke(&self, today: NaiveDate, cause: RunCause, now: DateTimeUtc) -> Result<()> {
        // A run whose nodes are all gone keeps the day no longer.
        mark_interrupted(&self.desk, now).await?;
        let input =
            RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &self.desk.stop, progress: &|_| () };
        let outcome = run_revocations(&self.desk, input, &Actor::batch(), now).await?;
        if let Some(run) = outcome.run {
            tracing::info!(
                batch.run = run.id,
                batch.target = run.target,
                batch.done = run.done,
                batch.failed = run.failed,
                "revocation run ended"
            );
        }
        Ok(())
    }

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
        if self.desk.stop.is_cancelled() || self.is_halted().await {
            return;
        }
        if let Err(error) = self.revoke_missed(self.desk.clock.now()).await {
            tracing::error!(cause = %error, "the missed run could not be made good");
        }
    }

    /// A database that does not answer is no reason to go on.
    async fn is_halted(&self) -> bool {
        !matches!(halts::current(&self.desk.db).await, Ok(None))
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

    /// Answers the bell until the end: publishes, proves and sends, once for all rings since the last time.
    pub async fn listen(self) {
        while let Some(()) = self.desk.stop.run_until_cancelled(self.desk.nudged()).await {
            let _ca: MutexGuard<'_, ()> = self.ca.lock().await;
            if self.is_halted().await {
                continue;
            }
            let now = self.desk.clock.now();
            let done =
                follow_up(&self.desk, jst_date(now), RunCause::Schedule, &self.desk.stop, &Actor::batch(), now).await;
            for error in [done.published.err(), done.proven.err(), done.sent.err()].into_iter().flatten() {
                tracing::error!(cause = %error, "what follows a revocation failed; the schedule tries again");
            }
        }
    }

    /// Every minute: a run whose nodes have all gone silent, or that the database cut off, is taken up again.
    async fn watch_runs(self) {
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(TAKING_UP)).await.is_some() {
            match mark_interrupted(&self.desk, self.desk.clock.now()).await {
                Ok(_) => self.catch_up().await,
                Err(error) => tracing::error!(cause = %error, "silent runs could not be marked"),
            }
        }
    }

    /// Every few seconds: whether the database is the one that was seen before. What a halt kept back is made good when it
    /// ends.
    async fn keep_watch(self) {
        let mut halted = false;
        loop {
            match compare_head(&self.desk, self.desk.clock.now()).await {
                Ok(Some(halt)) => {
                    if !halted {
                        tracing::error!(halt.id, halt.reason, "the desk is halted: see `task reconcile`");
                    }
                    halted = true;
                }
                Ok(None) => {
                    if std::mem::take(&mut halted) {
                        self.catch_up().await;
                        self.desk.nudge();
                    }
                }
                Err(error) => tracing::error!(cause = %error, "the database could not be compared with what was seen"),
            }
            if self.desk.stop.run_until_cancelled(tokio::time::sleep(WATCH)).await.is_none() {
                return;
            }
        }
    }

    /// Publishes what is on no CRL yet, until the end. Says once what hinders it.
    async fn keep_published(self) {
        let mut hindrance = None;
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(PUBLISHING)).await.is_some() {
            match publish_revocations(&self.desk, self.desk.clock.now()).await {
                Ok(published) => {
                    hindrance = None;
                    if published.is_some() {
                        self.desk.nudge();
                    }
                }
                Err(error) => {
                    let cause = Some(error.to_string());
                    if cause != hindrance {
                        tracing::error!(cause = %error, "revocations are not on the CRL");
                    }
                    hindrance = cause;
                }
            }
        }
    }

    /// Now and then: the calendar as imported meanwhile, and what has served its time.
    async fn keep_house(self) {
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(HOUSEKEEPING)).await.is_some() {
            match holidays::calendar(&self.desk.db).await {
                Ok(calendar) => self.desk.replace_calendar(calendar),
                Err(error) => tracing::error!(cause = %error, "the calendar could not be read"),
            }
            if let Err(error) = purge(&self.desk, self.desk.clock.now()).await {
                tracing::error!(cause = %error, "what has served its time could not be deleted");
            }
        }
    }

    async fn start_cron(&self) -> Result<(), tokio_cron_scheduler::JobSchedulerError> {
        let mut cron = JobScheduler::new().await?;
        for (name, times) in self.desk.settings.schedule.entries() {
            let Ok(job) = name.parse::<Job>() else { continue };
            let scheduler = self.clone();
            let ring = move |_, _| {
                let scheduler = scheduler.clone();
                Box::pin(async move {
                    scheduler.spawn(|scheduler| async move {
                        scheduler.ring(job).await;
                    });
                }) as _
            };
            cron.add(CronJob::new_async_tz(times, JST, ring)?).await?;
        }
        cron.start().await?;
        self.spawn(|scheduler| async move {
            scheduler.desk.stop.cancelled().await;
            if let Err(error) = cron.shutdown().await {
                tracing::warn!(cause = %error, "the schedule did not stop");
            }
        });
        Ok(())
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(Self) -> F) {
        self.desk.spawn(work(self.clone()));
    }
}

/// Logs what must not be, and mails that there is something. Counts: failed = broken promises, skipped = warnings.
async fn alarm(desk: &Services, today: NaiveDate, now: DateTimeUtc) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut broken = Vec::new();
    for finding in check_invariants(desk, today, now).await? {
        counts.target += 1;
        match finding.severity {
            Severity::Violation => {
                tracing::error!(rule = finding.rule, subject = finding.subject, "a promise is broken");
                counts.failed += 1;
                broken.push(format!("{} {}", finding.rule, finding.subject));
            }
            Severity::Warning => {
                tracing::warn!(rule = finding.rule, subject = finding.subject, "needs a person soon");
                counts.skipped += 1;
            }
        }
    }
    if counts.failed > 0 {
        broken.truncate(EXAMPLES);
        let kind = AlarmKind::InvariantsBroken;
        let alarm = Alarm { kind, count: counts.failed, instant: now, examples: broken, run: None };
        mail_alarms(desk, &[alarm], now).await?;
    }
    Ok(counts)
}
