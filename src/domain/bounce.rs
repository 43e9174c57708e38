//! Mails that come back: the address they come back to, and what a report on a delivery (RFC 3464) means.
//!
//! Owns the mark in the envelope sender by which a bounce is tied to its mail (VERP). The mark is sealed: nobody who has
//! not received a mail can say that it did not arrive. Reading a report's text is `mail/report.rs`.

use std::fmt;

use ring::hmac;
use subtle::ConstantTimeEq;

use super::mail::{address, is_unfit_for_a_line};
use super::named::named;
use super::problem::Problem;

/// Octets of the seal. Who guesses has one try for each mail to the desk; 96 bits are far more than that needs.
const SEAL: usize = 12;
/// Octets: `+`, the longest number of a mail, `.` and the seal in hexadecimal.
const MARK: usize = 1 + 19 + 1 + 2 * SEAL;
const MAX_LOCAL_PART: usize = 64;
/// Characters of a report's words that are kept.
const MAX_WORDS: usize = 300;

/// The mailbox to which mails come back: `bounce@ca.example`. Each mail has its own address there,
/// `bounce+4711.0123456789abcdef01234567@ca.example`, all in lower case as some servers change letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnMailbox {
    local: String,
    domain: String,
}

/// What seals the marks. The same for all nodes.
#[derive(Clone)]
pub struct SealKey(hmac::Key);

/// The mail that an address names, and the seal that proves that we made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub message: i64,
    seal: [u8; SEAL],
}

impl ReturnMailbox {
    /// The local part needs room for the mark behind it, and no `+` of its own.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let address = address(&text.to_ascii_lowercase())?;
        let (local, domain) = address.rsplit_once('@').unwrap_or_default();
        if local.contains('+') || local.len() + MARK > MAX_LOCAL_PART {
            return Err(Problem::on("email", "email_malformed"));
        }
        Ok(Self { local: local.to_owned(), domain: domain.to_owned() })
    }

    /// Where a mail with this mark comes back to.
    pub fn address(&self, mark: Mark) -> String {
        format!("{}+{}.{}@{}", self.local, mark.message, hex::encode(mark.seal), self.domain)
    }

    /// The mark of the first of our addresses in a header's value, whatever else stands there.
    pub fn find(&self, value: &str) -> Option<Mark> {
        let value = value.to_ascii_lowercase();
        let mut words = value.split(|found: char| found.is_whitespace() || "<>,;:\"()".contains(found));
        words.find_map(|word| self.mark(word))
    }

    fn mark(&self, word: &str) -> Option<Mark> {
        let local = word.strip_suffix(&self.domain)?.strip_suffix('@')?;
        let (message, seal) = local.strip_prefix(&self.local)?.strip_prefix('+')?.split_once('.')?;
        let seal = hex::decode(seal).ok()?.try_into().ok()?;
        Some(Mark { message: message.parse().ok()?, seal })
    }
}

impl SealKey {
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The mark of a mail. Its Message-ID is sealed too: after a restore, the number may be another mail's.
    pub fn mark(&self, message: i64, message_id: &str) -> Mark {
        let tag = hmac::sign(&self.0, format!("bounce\n{message}\n{message_id}").as_bytes());
        let mut seal = [0; SEAL];
        seal.copy_from_slice(&tag.as_ref()[..SEAL]);
        Mark { message, seal }
    }

    pub fn made(&self, mark: Mark, message_id: &str) -> bool {
        self.mark(mark.message, message_id).seal.ct_eq(&mark.seal).into()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

named!(
    /// What a report says of one recipient. Of the five actions of RFC 3464 (2.3.3) the others say that all is well.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum BounceAction {
        /// Given up, whether the status is 5.x or 4.x (tried for too long).
        Failed = "failed",
        /// Still being tried.
        Delayed = "delayed",
    }
    else |text| Problem::new("value_unknown").with("value", text)
);

/// The fields of one recipient in a report, as written there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipientFields {
    pub original_recipient: String,
    pub final_recipient: String,
    pub action: String,
    pub status: String,
    pub diagnostic: String,
}

/// What a report says of one recipient, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// Where the mail was to go, as we wrote it and as the last server had it. Empty: not told.
    pub recipients: Vec<String>,
    pub action: BounceAction,
    /// RFC 3463, such as `5.1.1`; empty when there is none.
    pub status: String,
    /// The server's words, on one line.
    pub words: String,
}

/// `None`: nothing that anybody has to know, or that can be told.
pub fn judge(fields: &RecipientFields) -> Option<Bounce> {
    let status = status_code(&fields.status);
    let action = match fields.action.trim().to_ascii_lowercase().as_str() {
        "failed" => BounceAction::Failed,
        "delayed" => BounceAction::Delayed,
        "delivered" | "relayed" | "expanded" => return None,
        // Without an action that we know, the status tells.
        _ if status.starts_with('5') => BounceAction::Failed,
        _ if status.starts_with('4') => BounceAction::Delayed,
        _ => return None,
    };
    let recipients = [&fields.original_recipient, &fields.final_recipient];
    let recipients =
        recipients.into_iter().map(|field| typed(field).to_ascii_lowercase()).filter(|one| !one.is_empty());
    let diagnostic = one_line(typed(&fields.diagnostic));
    let words = if diagnostic.is_empty() { status.clone() } else { diagnostic };
    Some(Bounce { recipients: recipients.collect(), action, status, words })
}

/// `rfc822; hana@example.jp` → `hana@example.jp`
fn typed(field: &str) -> &str {
    let value = field.split_once(';').map_or(field, |(_, value)| value);
    value.trim().trim_matches(['<', '>'])
}

/// `5.1.1 (no such user)` → `5.1.1`
fn status_code(field: &str) -> String {
    let code = field.split_whitespace().next().unwrap_or_default();
    let parts: Vec<&str> = code.split('.').collect();
    let numbers = parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    if parts.len() == 3 && numbers && ["2", "4", "5"].contains(&parts[0]) { code.to_owned() } else { String::new() }
}

/// Servers write what they like, over several lines.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|found| if is_unfit_for_a_line(found) { ' ' } else { found }).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_WORDS).collect()
}
