//! Webhooks: which events of a case other programs are told, how a delivery is signed, what an answer means and when to try
//! again.
//!
//! The form is that of Standard Webhooks: a receiver can use any library that knows it.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use ring::hmac;

use super::case::CaseEvent;
use super::named::named;
use super::problem::Problem;
use super::retry;

/// For how long the secret before the present one signs, too.
pub const FORMER_SECRET: TimeDelta = TimeDelta::hours(24);
/// What is delivered to try a webhook out.
pub const TEST: &str = "webhook.test";
/// Octets of a secret.
pub const SECRET_BYTES: usize = 32;
/// Attempts with one delivery. Their distances add up to more than three days.
pub const ATTEMPTS: u32 = 14;
/// Seconds between two attempts at most.
const LONGEST_DELAY_SECONDS: u32 = 24 * 60 * 60;
/// Refusals in a row after which a receiver is left alone for a while. One that does not answer is at once.
const FAILURES: u32 = 5;
/// Marks a secret, so that people and scanners recognise it.
const SECRET_PREFIX: &str = "whsec_";
/// What stands before the name of the act that the audit log records.
const PREFIX: &str = "case.";

/// Something that happens to a case, by the name of its act in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventKind(&'static str);

impl EventKind {
    /// The filing, and every step from state to state.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once("filed").chain(CaseEvent::ALL.map(CaseEvent::as_str)).map(Self)
    }

    /// `None`: nobody outside is told of it.
    pub fn of_action(action: &str) -> Option<Self> {
        Self::all().find(|kind| kind.0 == action)
    }

    /// The act in the audit log.
    pub fn action(self) -> &'static str {
        self.0
    }
}

/// As receivers know it: `case.filed`.
impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.0)
    }
}

impl FromStr for EventKind {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let found = text.strip_prefix(PREFIX).and_then(Self::of_action);
        found.ok_or_else(|| Problem::on("events", "webhook_event_unknown").with("value", text))
    }
}

/// What both sides know.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes.to_vec())
    }

    /// As it is shown and kept.
    pub fn text(&self) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(&self.0))
    }

    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.strip_prefix(SECRET_PREFIX)?).ok().map(Self)
    }

    /// `v1,…` over the delivery's id, the second of the attempt and the body.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

named! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum DeliveryStatus {
        Waiting = "waiting",
        Delivered = "delivered",
        /// Tried for the last time.
        GivenUp = "given_up",
    }
    else |text| Problem::new("value_unknown").with("value", text)
}

named! {
    /// What came of an attempt.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Answer {
        /// 2xx.
        Taken = "taken",
        /// 410: the receiver is gone for good.
        Gone = "gone",
        /// 3xx: nobody follows.
        Redirected = "redirected",
        /// Any other status.
        Refused = "refused",
        /// A status that says: not now.
        Busy = "busy",
        TimedOut = "timed_out",
        /// No connection.
        Unreachable = "unreachable",
        /// The name leads to no address of the internet.
        NotPublic = "not_public",
    }
    else |text| Problem::new("value_unknown").with("value", text)
}

impl Answer {
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Taken,
            300..=399 => Self::Redirected,
            410 => Self::Gone,
            429 | 502..=504 => Self::Busy,
            _ => Self::Refused,
        }
    }

    /// Failures in a row of a receiver after this answer. What is about the receiver as a whole, and not about the one
    /// delivery, is enough by itself: another delivery would fare no better now.
    pub fn failures_after(self, failures: u32) -> u32 {
        match self {
            Self::Taken => 0,
            Self::Gone | Self::Redirected | Self::Refused => failures.saturating_add(1),
            Self::Busy | Self::TimedOut | Self::Unreachable | Self::NotPublic => {
                failures.saturating_add(1).max(FAILURES)
            }
        }
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Retry(TimeDelta),
    GivenUp,
}

/// After the `attempt`th attempt, counted from 1. Where the receiver is gone the delivery waits: somebody may switch the
/// webhook on again.
pub fn verdict(answer: Answer, attempt: u32, seed: u64) -> Verdict {
    match answer {
        Answer::Taken => Verdict::Delivered,
        Answer::Gone => Verdict::Retry(TimeDelta::zero()),
        Answer::Redirected
        | Answer::Refused
        | Answer::Busy
        | Answer::TimedOut
        | Answer::Unreachable
        | Answer::NotPublic => {
            if attempt >= ATTEMPTS {
                Verdict::GivenUp
            } else {
                Verdict::Retry(retry::backoff_up_to(LONGEST_DELAY_SECONDS, attempt, seed))
            }
        }
    }
}

/// For how long a receiver is left alone after so many failures in a row: an hour at most, so that one that is back gets
/// soon what waits for it.
pub fn rest(failures: u32, seed: u64) -> Option<TimeDelta> {
    let beyond = failures.checked_sub(FAILURES)?;
    Some(retry::backoff(beyond + 1, seed))
}
