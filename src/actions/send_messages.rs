//! Sends what is due in the outbox.

use chrono::{DateTime, Duration, Utc};
use futures::stream::{self, StreamExt};
use sea_orm::DatabaseConnection;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::mail::Recipient;
use crate::domain::problem::Problem;
use crate::domain::retry;
use crate::errors::Result;
use crate::mail::envelope::{Draft, Envelope, UnfitMessage};
use crate::mail::{SendError, Transport};
use crate::models::messages::{self, Addressee, Message, Verdict};
use crate::settings::Settings;

/// Mails on their way at the same time.
const SIDE_BY_SIDE: usize = 8;
/// Mails claimed at once. Each is under way for `SEND_TIMEOUT` (1 minute) at most, so the last of a round is through
/// after `ROUND / SIDE_BY_SIDE` minutes: well within the lease.
const ROUND: u64 = 16;
const LEASE: Duration = Duration::minutes(5);
/// RFC 5321, 4.5.4.1: at least four to five days.
const GIVE_UP_AFTER: Duration = Duration::days(5);

/// Whose name the mails carry.
#[derive(Debug, Clone)]
pub struct Sender {
    pub from: Recipient,
    pub reply_to: Recipient,
}

impl Sender {
    pub fn from_settings(settings: &Settings) -> Result<Self, Problem> {
        let name = format!("{}{}", settings.desk.short_name, settings.desk.service_name);
        Ok(Self {
            from: Recipient::new(&name, &settings.mail.from)?,
            reply_to: Recipient::new(&name, &settings.desk.email)?,
        })
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

/// Sends every mail that is due when the run begins; safe beside other runs. A mail that fails is put off or marked
/// and holds up no other. Takes the clock, because leases must be right however long the run lasts. Once `stop` is
/// set, what is under way is finished and nothing more is begun.
pub async fn send_messages(
    db: &DatabaseConnection,
    transport: &Transport,
    sender: &Sender,
    stop: &CancellationToken,
    clock: Clock,
) -> Result<Counts> {
    let due_by = clock.now();
    let mut counts = Counts::default();
    while !stop.is_cancelled() {
        let claimed = messages::claim_due(db, due_by, ROUND, LEASE, clock.now()).await?;
        if claimed.is_empty() {
            break;
        }
        let ends: Vec<End> = stream::iter(claimed)
            .map(|message| send_one(db, transport, sender, message, clock))
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        for end in &ends {
            counts.add(*end);
        }
        // Trying the rest would only use up its attempts.
        if ends.iter().all(|end| *end == End::Unreachable) {
            counts.unreachable = true;
            break;
        }
    }
    Ok(counts)
}

/// How it went with one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Sent,
    Retried,
    Unreachable,
    Failed,
    Superseded,
}

impl Counts {
    /// For the metrics.
    pub fn by_end(&self) -> [(&'static str, u64); 4] {
        [("sent", self.sent), ("retried", self.retried), ("failed", self.failed), ("superseded", self.superseded)]
    }

    fn add(&mut self, end: End) {
        match end {
            End::Sent => self.sent += 1,
            End::Retried | End::Unreachable => self.retried += 1,
            End::Failed => self.failed += 1,
            End::Superseded => self.superseded += 1,
        }
    }
}

async fn send_one(
    db: &DatabaseConnection,
    transport: &Transport,
    sender: &Sender,
    message: Message,
    clock: Clock,
) -> End {
    let attempt = attempt(transport, sender, &message, clock).await;
    let verdict = verdict(&message, &attempt, clock.now());
    match messages::record(db, &message, &attempt.addressees, &verdict, clock.now()).await {
        Ok(true) => end_of(&message, &verdict, attempt.unreachable),
        Ok(false) => End::Superseded,
        Err(error) => {
            // The lease runs out and the mail is sent again with the same Message-ID: twice is better than never.
            tracing::error!(message.id, %error, "the result of a mail could not be recorded");
            End::Retried
        }
    }
}

/// The addressees after the attempt and, when not all of them have the mail, why.
struct Attempt {
    addressees: Vec<Addressee>,
    error: Option<String>,
    /// No attempt can ever succeed.
    hopeless: bool,
    unreachable: bool,
}

impl Attempt {
    fn hopeless(error: String) -> Self {
        Self { addressees: Vec::new(), error: Some(error), hopeless: true, unreachable: false }
    }
}

async fn attempt(transport: &Transport, sender: &Sender, message: &Message, clock: Clock) -> Attempt {
    let mut addressees = match message.addressees() {
        Ok(addressees) => addressees,
        Err(error) => return Attempt::hopeless(error.to_string()),
    };
    let envelope = match envelope(sender, message, &addressees) {
        Ok(envelope) => envelope,
        Err(unfit) => return Attempt::hopeless(unfit.to_string()),
    };
    let mut open: Vec<&mut Addressee> = addressees.iter_mut().filter(|addressee| addressee.is_open()).collect();
    let to: Vec<Recipient> = open.iter().map(|addressee| addressee.recipient.clone()).collect();
    let answers = if to.is_empty() { Vec::new() } else { transport.deliver(&envelope, &to).await };
    let mut unreachable = false;
    let mut error = None;
    for (addressee, answer) in open.iter_mut().zip(answers) {
        match answer {
            Ok(()) => addressee.delivered_at = Some(clock.now()),
            Err(SendError::Refused(words)) => addressee.refused = Some(words),
            Err(SendError::TryLater(words) | SendError::Unknown(words)) => error = Some(words),
            Err(SendError::Unreachable(words)) => {
                unreachable = true;
                error = Some(words);
            }
        }
    }
    let refused = addressees.iter().find_map(|addressee| addressee.refused.clone());
    Attempt { error: error.or(refused), addressees, hopeless: false, unreachable }
}

fn envelope(sender: &Sender, message: &Message, addressees: &[Addressee]) -> Result<Envelope, UnfitMessage> {
    let to: Vec<Recipient> = addressees.iter().map(|addressee| addressee.recipient.clone()).collect();
    Envelope::new(&Draft {
        from: &sender.from,
        reply_to: &sender.reply_to,
        to: &to,
        subject: &message.subject,
        text: &message.body_text,
        html: &message.body_html,
        message_id: &message.message_id,
        date: message.created_at,
    })
}

fn verdict(message: &Message, attempt: &Attempt, now: DateTime<Utc>) -> Verdict {
    let Some(error) = attempt.error.clone() else {
        return Verdict::Sent;
    };
    let nobody_left = !attempt.addressees.iter().any(Addressee::is_open);
    if attempt.hopeless || nobody_left || now - message.created_at >= GIVE_UP_AFTER {
        return Verdict::Failed { error };
    }
    let wait = retry::backoff(u32::try_from(message.attempts).unwrap_or(1), message.id.unsigned_abs());
    Verdict::Retry { at: now + wait, error }
}

fn end_of(message: &Message, verdict: &Verdict, unreachable: bool) -> End {
    match verdict {
        Verdict::Sent => End::Sent,
        Verdict::Retry { at, .. } => {
            tracing::warn!(message.id, message.attempts, next_attempt_at = %at, "a mail was put off");
            if unreachable { End::Unreachable } else { End::Retried }
        }
        Verdict::Failed { .. } => {
            tracing::error!(message.id, message.attempts, "a mail cannot be delivered");
            End::Failed
        }
    }
}
