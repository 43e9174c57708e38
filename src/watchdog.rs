//! Looks every half minute for what a person has to be told, on every node, with or without the schedule.
//!
//! Owns its own loop, its own connections and its own sending: a schedule that stands still, a run that holds everything
//! up or a pool that is exhausted does not silence it. What is wrong is decided by `actions::raise_alarms`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::actions::raise_alarms::raise_alarms;
use crate::actions::send_messages::{Sender, send_messages};
use crate::domain::alarm::{Alarm, AlarmKind};
use crate::errors::Result;
use crate::services::Services;

/// Between two looks. The first one comes after this too: a start makes good what was missed.
const EVERY: Duration = Duration::from_secs(30);
/// For one look. A database that is away must not stop the loop.
const PATIENCE: Duration = Duration::from_secs(20);

/// Cheap to clone.
#[derive(Clone)]
pub struct Watchdog {
    desk: Services,
    sending: Arc<Mutex<()>>,
}

impl Watchdog {
    pub fn new(desk: Services) -> Self {
        Self { desk, sending: Arc::default() }
    }

    /// Looks until the process is asked to end.
    pub async fn watch(self) {
        while self.desk.stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            match tokio::time::timeout(PATIENCE, self.look()).await {
                // While the desk is halted, nobody else sends an alarm that did not get through.
                Ok(Ok(queued)) if queued > 0 || self.sees_a_halt() => {
                    let sender = self.clone();
                    self.desk.spawn(async move { sender.send().await });
                }
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::error!(cause = %error, "the watchdog could not look"),
                Err(_) => tracing::error!("the watchdog could not look: the database did not answer in time"),
            }
        }
    }

    fn sees_a_halt(&self) -> bool {
        self.desk.alarms().iter().any(|alarm| alarm.kind == AlarmKind::DeskHalted)
    }

    /// Looks once: what is wrong is kept for the pages, and mailed. Returns how many mails were queued.
    pub async fn look(&self) -> Result<usize> {
        let raised = raise_alarms(&self.desk, self.desk.clock.now()).await?;
        let known = self.desk.alarms();
        for alarm in raised.alarms.iter().filter(|alarm| !is_among(alarm, &known)) {
            tracing::error!(
                alarm = alarm.kind.as_str(),
                alarm.count,
                alarm.at = %alarm.instant,
                alarm.examples = alarm.examples.join(" "),
                batch.run = alarm.run,
                "something needs a person"
            );
        }
        for alarm in known.iter().filter(|alarm| !is_among(alarm, &raised.alarms)) {
            tracing::info!(alarm = alarm.kind.as_str(), batch.run = alarm.run, "what needed a person is over");
        }
        self.desk.replace_alarms(raised.alarms);
        Ok(raised.mails)
    }

    /// Sends what is due, alarms first, one such round at a time. Safe beside the schedule's own sending.
    async fn send(&self) {
        let Ok(_one_round) = self.sending.try_lock() else { return };
        let desk = &self.desk;
        let sender = match Sender::from_settings(&desk.settings) {
            Ok(sender) => sender,
            Err(problem) => return tracing::error!(cause = %problem, "the alarms could not be sent"),
        };
        match send_messages(&desk.probe, &desk.transport, &sender, &desk.stop, desk.clock).await {
            Ok(sent) => desk.metrics.mails(&sent.by_end()),
            Err(error) => tracing::error!(cause = %error, "the alarms could not be sent"),
        }
    }
}

fn is_among(alarm: &Alarm, others: &[Alarm]) -> bool {
    others.iter().any(|other| other.kind == alarm.kind && other.run == alarm.run)
}
