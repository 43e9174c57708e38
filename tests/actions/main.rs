//! Use cases against a real database, and what they say in mails.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/mail_sink.rs"]
mod mail_sink;

mod mail_envelopes;
mod mail_texts;
mod send_messages;
