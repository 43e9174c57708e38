//! The schedule: rings at the times of the settings (Asia/Tokyo) and lets the same functions run as the tasks.
//!
//! A ring may come twice, late or on several nodes: what is due is a query, and the daily revocation run is claimed in
//! the database. Here are the start and the wait for running work at the end. No rules.

mod cron;
mod job;
mod missed;
mod ring;
mod rounds;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use loco_rs::{
    app::{AppContext, Initializer},
    errors::Error as Fault,
};
use tokio::sync::Mutex;

pub use self::job::Job;
use crate::models::{desk_settings, halts};
use crate::services::Services;
use crate::watchdog::Watchdog;

/// How long the end of the process waits for the running case: longer than a CA call.
const PATIENCE: Duration = Duration::from_secs(75);

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
        scheduler.spawn(Scheduler::keep_settings);
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

    /// A database that does not answer is no reason to go on.
    async fn is_halted(&self) -> bool {
        !matches!(halts::current(&self.desk.db).await, Ok(None))
    }

    /// Nor is this one.
    async fn is_paused(&self) -> bool {
        !matches!(desk_settings::ca_pause(&self.desk.db).await, Ok(None))
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(Self) -> F) {
        self.desk.spawn(work(self.clone()));
    }
}
