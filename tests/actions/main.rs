//! Use cases against a real database, and what they say in mails.

#[path = "../support/mail_sink.rs"]
mod mail_sink;

mod mail_envelopes;
mod mail_texts;
mod send_messages;
