//! Sends what is due in the outbox.
//!
//! A steady stream, oldest first: mails are claimed ahead, delivered side by side over the transport's connections, and
//! their ends are written for many at once as soon as the last writing is through. What a killed process may send
//! twice are mails that the server took and whose end was not written: [`IN_HAND`] at most, with the same Message-ID.

mod attempt;
mod recording;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::attempt::{Claimed, Ended, Tools, send_one};
use self::recording::{Recorded, record};
use crate::clock::{Clock, Stopwatch};
use crate::domain::bounce::{ReturnMailbox, SealKey};
use crate::domain::mail::Recipient;
use crate::errors::{Error, Result};
use crate::mail::Transport;
use crate::mail::dkim::Signer;
use crate::models::instant;
use crate::models::messages::Message;
use crate::models::outbox::{self, Verdict};
use crate::settings::Settings;

/// Mails claimed with one statement. Claimed ahead of the deliveries are twice as many at most.
const BATCH: u64 = 128;
/// Mails begun and not yet recorded.
const IN_HAND: usize = 128;
const LEASE: Duration = Duration::from_mins(5);

/// Whose name the mails carry, and where they come back to.
#[derive(Debug, Clone)]
pub struct Sender {
    pub from: Recipient,
    pub reply_to: Recipient,
    /// Without it mails come back to `from`.
    pub returns: Option<ReturnPath>,
    /// Without it mails are not signed.
    pub signer: Option<Arc<Signer>>,
}

impl Sender {
    /// Unsigned mails that come back to whom they are from.
    pub fn plain(from: Recipient, reply_to: Recipient) -> Self {
        Self { from, reply_to, returns: None, signer: None }
    }

    pub fn from_settings(settings: &Settings) -> Result<Self> {
        let name = format!("{}{}", settings.desk.short_name, settings.desk.service_name);
        Ok(Self {
            from: Recipient::new(&name, &settings.mail.from)?,
            reply_to: Recipient::new(&name, &settings.desk.email)?,
            returns: ReturnPath::from_settings(settings)?,
            signer: Signer::from_settings(settings).map_err(Error::internal)?.map(Arc::new),
        })
    }
}

/// Each mail comes back to an address of its own.
#[derive(Debug, Clone)]
pub struct ReturnPath {
    pub mailbox: ReturnMailbox,
    pub key: SealKey,
}

impl ReturnPath {
    /// `None`: the settings name no mailbox.
    pub fn from_settings(settings: &Settings) -> Result<Option<Self>> {
        let Some(bounces) = &settings.mail.bounces else { return Ok(None) };
        let key = bounces.key.as_ref().map_or("", |key| key.reveal());
        let mailbox = ReturnMailbox::parse(&bounces.address)?;
        Ok(Some(Self { mailbox, key: SealKey::new(key.as_bytes()) }))
    }

    /// Where this mail comes back to.
    fn address(&self, message: &Message) -> String {
        self.mailbox.address(self.key.mark(message.id, &message.message_id))
    }
}

/// What became of the mails of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: u64,
    pub retried: u64,
    pub failed: u64,
    /// Taken over by another run, because this one was too slow.
    pub superseded: u64,
    /// The server could not be reached; the rest was left for the next run.
    pub unreachable: bool,
}

impl Counts {
    /// For the metrics.
    pub fn by_end(&self) -> [(&'static str, u64); 4] {
        [("sent", self.sent), ("retried", self.retried), ("failed", self.failed), ("superseded", self.superseded)]
    }
}

/// Sends every mail that is due when the run begins; safe beside other runs. A mail that fails is put off or marked
/// and holds up no other. Takes the clock, because leases must be right however long the run lasts. Once `stop` is
/// set, what is under way is finished, nothing more is begun, and what was claimed is given back.
pub async fn send_messages(
    db: &DatabaseConnection,
    transport: &Arc<Transport>,
    sender: &Sender,
    stop: &CancellationToken,
    clock: Clock,
) -> Result<Counts> {
    send_messages_telling(db, transport, sender, stop, clock, &|_| ()).await
}

/// The same; `progress` is told the counts as they grow.
pub async fn send_messages_telling(
    db: &DatabaseConnection,
    transport: &Arc<Transport>,
    sender: &Sender,
    stop: &CancellationToken,
    clock: Clock,
    progress: &(dyn Fn(Counts) + Send + Sync),
) -> Result<Counts> {
    let tools = Tools { transport: transport.clone(), sender: sender.clone(), clock, halt: stop.child_token() };
    let mut run = Run::new(db.clone(), tools);
    run.go_on();
    while let Some(event) = run.tasks.join_next().await {
        run.take(event);
        progress(run.counts);
        run.go_on();
    }
    run.outcome()
}

/// The mails in our hand: `ready` to be begun, under way, or `ended` and not yet recorded.
struct Run {
    db: DatabaseConnection,
    tools: Arc<Tools>,
    due_by: DateTime<Utc>,
    tasks: JoinSet<Event>,
    ready: VecDeque<Claimed>,
    under_way: usize,
    ended: Vec<Ended>,
    /// How many are being recorded.
    recording: usize,
    claiming: bool,
    /// Nothing more was due.
    drained: bool,
    unreachable_in_a_row: usize,
    counts: Counts,
    fault: Option<Error>,
}

/// A task came to its end.
enum Event {
    Claimed(Result<Vec<Claimed>>),
    Ended(Ended),
    Recorded(Vec<Ended>, Result<Recorded>),
}

impl Run {
    fn new(db: DatabaseConnection, tools: Tools) -> Self {
        Self {
            db,
            due_by: tools.clock.now(),
            tools: Arc::new(tools),
            tasks: JoinSet::new(),
            ready: VecDeque::new(),
            under_way: 0,
            ended: Vec::new(),
            recording: 0,
            claiming: false,
            drained: false,
            unreachable_in_a_row: 0,
            counts: Counts::default(),
            fault: None,
        }
    }

    /// Begins whatever may be begun now.
    fn go_on(&mut self) {
        if self.tools.halt.is_cancelled() {
            let untried = self.ready.drain(..).map(|claimed| Ended::untried(&claimed.message));
            self.ended.extend(untried);
        } else {
            self.deliver();
            self.claim();
        }
        if self.recording == 0 && !self.ended.is_empty() {
            self.record();
        }
    }

    fn deliver(&mut self) {
        // Twice the connections: the next mails are made while the last are under way.
        let side_by_side = 2 * self.tools.transport.connections();
        while self.under_way < side_by_side && self.under_way + self.ended.len() + self.recording < IN_HAND {
            let Some(claimed) = self.ready.pop_front() else { return };
            self.under_way += 1;
            let tools = self.tools.clone();
            self.tasks.spawn(async move { Event::Ended(send_one(&tools, claimed).await) }.in_current_span());
        }
    }

    fn claim(&mut self) {
        if self.claiming || self.drained || self.ready.len() as u64 > BATCH / 2 {
            return;
        }
        self.claiming = true;
        let (db, tools, due_by) = (self.db.clone(), self.tools.clone(), self.due_by);
        self.tasks.spawn(async move { Event::Claimed(claim(&db, &tools, due_by).await) }.in_current_span());
    }

    fn record(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        self.recording = ended.len();
        let db = self.db.clone();
        let recording = async move {
            let endings: Vec<_> = ended.iter().map(|ended| ended.ending.clone()).collect();
            let recorded = record(&db, &endings).await;
            Event::Recorded(ended, recorded)
        };
        self.tasks.spawn(recording.in_current_span());
    }

    fn take(&mut self, event: Result<Event, JoinError>) {
        match event {
            Ok(Event::Claimed(Ok(claimed))) => {
                self.claiming = false;
                self.drained = claimed.is_empty();
                self.ready.extend(claimed);
            }
            Ok(Event::Ended(ended)) => {
                self.under_way -= 1;
                self.note_whether_reachable(&ended);
                self.ended.push(ended);
            }
            Ok(Event::Recorded(ended, Ok(recorded))) => {
                self.recording = 0;
                if !recorded.written.is_empty() {
                    fail::fail_point!("mail::recorded");
                }
                for ended in &ended {
                    self.counts.add(ended, &recorded);
                }
            }
            Ok(Event::Claimed(Err(fault)) | Event::Recorded(_, Err(fault))) => self.fail(fault),
            Err(panicked) => self.fail(Error::internal(panicked)),
        }
    }

    /// Once each connection has failed, trying the rest would only use up its attempts.
    fn note_whether_reachable(&mut self, ended: &Ended) {
        match (&ended.ending.verdict, ended.unreachable) {
            (Verdict::Untried, _) => {}
            (_, false) => self.unreachable_in_a_row = 0,
            (_, true) => {
                self.unreachable_in_a_row += 1;
                if self.unreachable_in_a_row >= self.tools.transport.connections() {
                    self.tools.halt.cancel();
                }
            }
        }
    }

    /// Ends the run once what is under way is through.
    fn fail(&mut self, fault: Error) {
        self.recording = 0;
        self.tools.halt.cancel();
        self.fault.get_or_insert(fault);
    }

    fn outcome(self) -> Result<Counts> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Counts { unreachable: self.unreachable_in_a_row > 0, ..self.counts }),
        }
    }
}

async fn claim(db: &DatabaseConnection, tools: &Tools, due_by: DateTime<Utc>) -> Result<Vec<Claimed>> {
    let (since, begin_within) = (Stopwatch::start(), begin_within(tools.transport.patience()));
    let now = instant::of_leases(db, tools.clock).await?;
    let messages = outbox::claim_due(db, due_by, BATCH, LEASE, now).await?;
    if !messages.is_empty() {
        fail::fail_point!("mail::claimed");
    }
    Ok(messages.into_iter().map(|message| Claimed { message, since, begin_within }).collect())
}

/// Early enough that even a mail which takes all of `patience`, and is recorded late, is through within its lease.
fn begin_within(patience: Duration) -> Duration {
    LEASE.saturating_sub(patience).saturating_sub(recording::PATIENCE)
}

impl Counts {
    fn add(&mut self, ended: &Ended, recorded: &Recorded) {
        let id = ended.ending.id;
        match &ended.ending.verdict {
            Verdict::Untried => {}
            _ if recorded.unwritable.contains(&id) => self.retried += 1,
            _ if !recorded.written.contains(&id) => self.superseded += 1,
            Verdict::Sent { .. } => self.sent += 1,
            Verdict::Retry { .. } => self.retried += 1,
            Verdict::Failed { .. } => self.failed += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_begun_at_the_last_moment_is_through_within_its_lease() {
        for seconds in [0, 1, 60, 120] {
            let patience = Duration::from_secs(seconds);
            assert!(begin_within(patience) + patience + recording::PATIENCE <= LEASE);
            assert!(begin_within(patience) >= Duration::from_mins(2), "and there is time to begin");
        }
    }
}
