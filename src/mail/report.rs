//! Reads what comes to the return mailbox: reports on deliveries (RFC 3464), and everything else that lands there.
//!
//! Owns MIME and the fields of a report. What they mean is `domain/bounce.rs`. Bytes come from anybody: nothing here may
//! panic, and nothing is believed but the mark in the address, whose seal is checked against the mail.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

use crate::domain::bounce::{Bounce, Mark, RecipientFields, ReturnMailbox, judge};

/// Where servers write the address that a mail was for, as it was at the last one.
const ADDRESSES: [&str; 5] = ["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to"];
/// Recipients of one report that are read. No mail of ours has more.
const MAX_RECIPIENTS: usize = 50;

/// What came to the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    Report {
        mark: Mark,
        bounces: Vec<Bounce>,
    },
    /// A report that names no mail of ours.
    Stray,
    /// Nothing that anybody has to know: a holiday notice, an advertisement, a report that all is well.
    Other,
}

pub fn read(bytes: &[u8], mailbox: &ReturnMailbox) -> Incoming {
    let Some(message) = MessageParser::default().parse(bytes) else { return Incoming::Other };
    let bounces: Vec<Bounce> = message
        .parts
        .iter()
        .filter(|part| is_report(part))
        .flat_map(|part| recipients(&String::from_utf8_lossy(part.contents())))
        .take(MAX_RECIPIENTS)
        .filter_map(|fields| judge(&fields))
        .collect();
    if bounces.is_empty() {
        return Incoming::Other;
    }
    match mark(&message, mailbox) {
        Some(mark) => Incoming::Report { mark, bounces },
        None => Incoming::Stray,
    }
}

/// RFC 3464 and, for addresses in other letters, RFC 6533.
fn is_report(part: &MessagePart<'_>) -> bool {
    part.is_content_type("message", "delivery-status") || part.is_content_type("message", "global-delivery-status")
}

fn mark(message: &Message<'_>, mailbox: &ReturnMailbox) -> Option<Mark> {
    let addressed = |name: &str| ADDRESSES.iter().any(|known| known.eq_ignore_ascii_case(name));
    message.headers_raw().filter(|(name, _)| addressed(name)).find_map(|(_, value)| mailbox.find(value))
}

/// Groups of fields with blank lines between them; the first one is about the mail as a whole.
fn recipients(text: &str) -> Vec<RecipientFields> {
    let mut groups = vec![RecipientFields::default()];
    for (name, value) in fields(text) {
        let Some(group) = groups.last_mut() else { break };
        match name.as_str() {
            "" => groups.push(RecipientFields::default()),
            "original-recipient" => group.original_recipient = value,
            "final-recipient" => group.final_recipient = value,
            "action" => group.action = value,
            "status" => group.status = value,
            "diagnostic-code" => group.diagnostic = value,
            _ => {}
        }
    }
    groups.retain(|group| *group != RecipientFields::default());
    groups
}

/// Names in lower case with their unfolded values; a blank line has no name.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.split_once(':'), fields.last_mut()) {
            _ if line.trim().is_empty() => fields.push(Default::default()),
            (_, Some((name, value))) if line.starts_with([' ', '\t']) && !name.is_empty() => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (Some((name, value)), _) => fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            (None, _) => {}
        }
    }
    fields
}
