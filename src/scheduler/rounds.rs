//! What goes on beside the schedule until the process ends: the bell, and looks at short intervals.

use std::time::Duration;

use tokio::sync::MutexGuard;

use super::Scheduler;
use crate::actions::compare_head::compare_head;
use crate::actions::erase_personal_data::erase_personal_data;
use crate::actions::fold_contacts::fold_contacts;
use crate::actions::follow_up::follow_up;
use crate::actions::mark_interrupted::mark_interrupted;
use crate::actions::publish_revocations::publish_revocations;
use crate::actions::purge::purge;
use crate::actions::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::models::columns::RunCause;

/// Between two looks at drafts of yesterday.
const HOUSEKEEPING: Duration = Duration::from_mins(10);
/// Between two looks at runs that have gone silent.
const TAKING_UP: Duration = Duration::from_mins(1);
/// Between two looks at the end of the audit log: what is lost in a crash between two is not noticed after a restore.
const WATCH: Duration = Duration::from_secs(5);
/// Between two looks at the settings. What an administrator saves counts on every node within 10 s.
const SETTINGS: Duration = Duration::from_secs(5);
/// Between two looks for revocations that are on no CRL. One is to be seen 5 s after the CA accepted it, also when the
/// node that should have published it is gone, and while a long run goes on.
const PUBLISHING: Duration = Duration::from_secs(2);

impl Scheduler {
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
    pub(super) async fn watch_runs(self) {
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(TAKING_UP)).await.is_some() {
            match mark_interrupted(&self.desk, self.desk.clock.now()).await {
                Ok(_) => self.catch_up().await,
                Err(error) => tracing::error!(cause = %error, "silent runs could not be marked"),
            }
        }
    }

    /// Every few seconds: whether the database is the one that was seen before. What a halt kept back is made good when it
    /// ends.
    pub(super) async fn keep_watch(self) {
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
    pub(super) async fn keep_published(self) {
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

    /// Every few seconds: the settings and the calendar as administrators changed them meanwhile, here or on another node.
    pub(super) async fn keep_settings(self) {
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(SETTINGS)).await.is_some() {
            if let Err(error) = take_over_settings(&self.desk).await {
                tracing::error!(cause = %error, "the settings could not be read");
            }
        }
    }

    /// Now and then: what has served its time.
    pub(super) async fn keep_house(self) {
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(HOUSEKEEPING)).await.is_some() {
            if let Err(error) = fold_contacts(&self.desk).await {
                tracing::error!(cause = %error, "contacts could not be made ready for the search");
            }
            if let Err(error) = purge(&self.desk, self.desk.clock.now()).await {
                tracing::error!(cause = %error, "what has served its time could not be deleted");
            }
            if let Err(error) = erase_personal_data(&self.desk, &Actor::batch(), self.desk.clock.now()).await {
                tracing::error!(cause = %error, "data about people could not be erased");
            }
        }
    }
}
