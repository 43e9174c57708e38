//! One attempt with one mail: made into a message, handed over, and what its end means.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use tokio_util::sync::CancellationToken;

use super::Sender;
use crate::clock::{Clock, Stopwatch};
use crate::domain::mail::Recipient;
use crate::domain::retry;
use crate::mail::envelope::{Draft, Envelope, UnfitMessage};
use crate::mail::{SendError, Transport};
use crate::models::messages::{Addressee, Message};
use crate::models::outbox::{Ending, Verdict};

/// RFC 5321, 4.5.4.1: at least four to five days.
const GIVE_UP_AFTER: Duration = Duration::days(5);

/// What every attempt of a run works with.
pub struct Tools {
    pub transport: Arc<Transport>,
    pub sender: Sender,
    pub clock: Clock,
    /// Once set, no delivery is begun.
    pub halt: CancellationToken,
}

/// A mail in our hand.
pub struct Claimed {
    pub message: Message,
    pub since: Stopwatch,
    /// Begun later after its claim, it might still be under way when its lease ends.
    pub begin_within: std::time::Duration,
}

/// A mail that is not under way any more and waits for its end to be written.
pub struct Ended {
    pub ending: Ending,
    /// There was no connection.
    pub unreachable: bool,
}

impl Ended {
    /// Given back as if it had never been claimed.
    pub fn untried(message: &Message) -> Self {
        Self { ending: Ending::new(message, Verdict::Untried, None), unreachable: false }
    }
}

/// Sends one mail. It is made while it waits for a connection, and given back when the wait was too long.
pub async fn send_one(tools: &Tools, claimed: Claimed) -> Ended {
    let Claimed { message, since, begin_within } = claimed;
    let ready = prepare(&tools.sender, &message);
    let line = tools.transport.line().await;
    if tools.halt.is_cancelled() || since.elapsed() >= begin_within {
        return Ended::untried(&message);
    }
    let attempt = match ready {
        Ok((addressees, envelope)) => deliver(&tools.transport, addressees, &envelope, tools.clock).await,
        Err(error) => Attempt::hopeless(error),
    };
    drop(line);
    let verdict = verdict(&message, &attempt, tools.clock.now());
    match &verdict {
        Verdict::Sent { .. } => fail::fail_point!("mail::delivered"),
        Verdict::Retry { at, .. } => {
            tracing::warn!(message.id, message.attempts, next_attempt_at = %at, "a mail was put off");
        }
        Verdict::Failed { .. } => tracing::error!(message.id, message.attempts, "a mail cannot be delivered"),
        Verdict::Untried => {}
    }
    Ended { ending: Ending::new(&message, verdict, attempt.recipients()), unreachable: attempt.unreachable }
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

    fn recipients(&self) -> Option<String> {
        if self.addressees.is_empty() { None } else { serde_json::to_string(&self.addressees).ok() }
    }
}

fn prepare(sender: &Sender, message: &Message) -> Result<(Vec<Addressee>, Envelope), String> {
    let addressees = message.addressees().map_err(|error| error.to_string())?;
    let envelope = envelope(sender, message, &addressees).map_err(|unfit| unfit.to_string())?;
    Ok((addressees, envelope))
}

fn envelope(sender: &Sender, message: &Message, addressees: &[Addressee]) -> Result<Envelope, UnfitMessage> {
    let to: Vec<Recipient> = addressees.iter().map(|addressee| addressee.recipient.clone()).collect();
    let returns_to = sender.returns.as_ref().map(|path| path.address(message));
    Envelope::new(&Draft {
        from: &sender.from,
        reply_to: &sender.reply_to,
        to: &to,
        subject: &message.subject,
        text: &message.body_text,
        html: &message.body_html,
        message_id: &message.message_id,
        date: message.created_at,
        returns_to: returns_to.as_deref(),
        signer: sender.signer.as_deref(),
    })
}

async fn deliver(transport: &Transport, mut addressees: Vec<Addressee>, envelope: &Envelope, clock: Clock) -> Attempt {
    let mut open: Vec<&mut Addressee> = addressees.iter_mut().filter(|addressee| addressee.is_open()).collect();
    let to: Vec<Recipient> = open.iter().map(|addressee| addressee.recipient.clone()).collect();
    let answers = if to.is_empty() { Vec::new() } else { transport.deliver(envelope, &to).await };
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

fn verdict(message: &Message, attempt: &Attempt, now: DateTime<Utc>) -> Verdict {
    let Some(error) = attempt.error.clone() else {
        return Verdict::Sent { at: now };
    };
    let nobody_left = !attempt.addressees.iter().any(Addressee::is_open);
    if attempt.hopeless || nobody_left || now - message.created_at >= GIVE_UP_AFTER {
        return Verdict::Failed { error };
    }
    let wait = retry::backoff(u32::try_from(message.attempts).unwrap_or(1), message.id.unsigned_abs());
    Verdict::Retry { at: now + wait, error }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeZone;
    use tempfile::TempDir;

    use super::*;
    use crate::mail::transport::FileTransport;
    use crate::models::columns::MessageStatus;

    fn tools(folder: &TempDir) -> Tools {
        let desk = Recipient::new("例示認証局", "desk@ca.example").unwrap();
        Tools {
            transport: Arc::new(Transport::Files(FileTransport::new(folder.path().join("mail")))),
            sender: Sender::plain(desk.clone(), desk),
            clock: Clock::system(),
            halt: CancellationToken::new(),
        }
    }

    fn message() -> Message {
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 1, 0, 0).unwrap();
        Message {
            id: 1,
            case_id: None,
            kind: "withdrawn".to_owned(),
            event_key: "version-1".to_owned(),
            recipients: r#"[{"name":"例文 花","email":"hana@example.jp"}]"#.to_owned(),
            subject: "件名".to_owned(),
            body_text: "本文".to_owned(),
            body_html: "<p>本文</p>".to_owned(),
            message_id: "<1@desk.example>".to_owned(),
            status: MessageStatus::Queued,
            attempts: 1,
            next_attempt_at: at,
            lease_until: None,
            fence: 1,
            last_error: None,
            resend_of: None,
            created_at: at,
            sent_at: None,
        }
    }

    #[tokio::test]
    async fn a_mail_is_begun_in_time_or_not_at_all() {
        let (soon, never) = (Duration::from_hours(1), Duration::ZERO);
        for (begin_within, halted, begun) in [(soon, false, true), (never, false, false), (soon, true, false)] {
            let folder = tempfile::tempdir().unwrap();
            let tools = tools(&folder);
            if halted {
                tools.halt.cancel();
            }

            let ended = send_one(&tools, Claimed { message: message(), since: Stopwatch::start(), begin_within }).await;

            assert_eq!(matches!(ended.ending.verdict, Verdict::Sent { .. }), begun);
            assert_eq!(ended.ending.verdict == Verdict::Untried, !begun);
            assert_eq!(folder.path().join("mail").exists(), begun);
        }
    }
}
