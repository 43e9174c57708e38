//! From words to the message that travels (RFC 5322, MIME).
//!
//! Owns headers and encoding. The same row always makes the same bytes (but for the time in a signature), so that a mail
//! sent twice is the same mail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use lettre::message::header::{self, ContentTransferEncoding, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, Message, MultiPart, SinglePart};
use lettre::{Address, address};
use sha2::{Digest, Sha256};

use super::dkim::Signer;
use crate::domain::mail::{Recipient, one_line};

/// What a message is made of.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    pub from: &'a Recipient,
    /// Where answers go.
    pub reply_to: &'a Recipient,
    pub to: &'a [Recipient],
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    pub message_id: &'a str,
    /// When it was queued.
    pub date: DateTime<Utc>,
    /// Where it comes back to; without one, to `from`.
    pub returns_to: Option<&'a str>,
    pub signer: Option<&'a Signer>,
}

/// A message ready for a transport.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Envelope sender: not what readers see.
    pub from: Address,
    pub message_id: String,
    pub date: DateTime<Utc>,
    pub bytes: Vec<u8>,
}

/// Why a message cannot be made. It never will: trying again is useless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitMessage {
    #[error("the mail library refuses an address")]
    Address,
    #[error("a header would hold a line break or a control character")]
    Header,
    #[error("the mail library: {0}")]
    Library(String),
}

impl Envelope {
    pub fn new(draft: &Draft<'_>) -> Result<Self, UnfitMessage> {
        for text in [draft.subject, draft.message_id] {
            one_line("header", text).map_err(|_| UnfitMessage::Header)?;
        }
        // The library panics on some header values. One bad mail must not take the sender of all others down.
        catch_unwind(AssertUnwindSafe(|| build(draft)))
            .unwrap_or_else(|_| Err(UnfitMessage::Library("panicked".to_owned())))
    }
}

fn build(draft: &Draft<'_>) -> Result<Envelope, UnfitMessage> {
    let from = mailbox(draft.from)?;
    let sender = match draft.returns_to {
        Some(address) => address.parse().map_err(|_| UnfitMessage::Address)?,
        None => from.email.clone(),
    };
    let to = draft.to.iter().map(mailbox).collect::<Result<Mailboxes, _>>()?;
    let library = |error: lettre::error::Error| UnfitMessage::Library(error.to_string());
    let parts = MultiPart::alternative()
        .boundary(boundary(draft.message_id))
        .singlepart(part(SinglePart::builder().header(header::ContentType::TEXT_PLAIN), draft.text))
        .singlepart(part(SinglePart::builder().header(header::ContentType::TEXT_HTML), draft.html));
    let content_type = parts.headers().get::<header::ContentType>();
    let mut message = Message::builder()
        .date(draft.date.into())
        .header(header::From::from(Mailboxes::from(from)))
        .header(header::ReplyTo::from(Mailboxes::from(mailbox(draft.reply_to)?)))
        // All at once: adding one by one reads the header back and loses what it cannot read.
        .header(header::To::from(to.clone()))
        .subject(draft.subject)
        .message_id(Some(draft.message_id.to_owned()))
        // RFC 3834: holiday notices are not sent in answer.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
        .envelope(
            address::Envelope::new(Some(sender.clone()), to.iter().map(|mailbox| mailbox.email.clone()).collect())
                .map_err(library)?,
        )
        .multipart(parts)
        .map_err(library)?;
    if let (Some(signer), Some(content_type)) = (draft.signer, content_type) {
        signer.sign(&mut message, content_type);
    }
    Ok(Envelope { from: sender, message_id: draft.message_id.to_owned(), date: draft.date, bytes: message.formatted() })
}

/// Japanese text is shortest in base64, and base64 passes every server unchanged.
fn part(builder: lettre::message::SinglePartBuilder, body: &str) -> SinglePart {
    builder.header(ContentTransferEncoding::Base64).body(body.to_owned())
}

pub(super) fn mailbox(recipient: &Recipient) -> Result<Mailbox, UnfitMessage> {
    Ok(Mailbox::new(Some(recipient.name().to_owned()), address(recipient)?))
}

pub(super) fn address(recipient: &Recipient) -> Result<Address, UnfitMessage> {
    recipient.email().parse().map_err(|_| UnfitMessage::Address)
}

/// Does not occur in base64.
fn boundary(message_id: &str) -> String {
    format!("=_{}", hex::encode(&Sha256::digest(message_id.as_bytes())[..8]))
}
