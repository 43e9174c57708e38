//! Use cases against a real database, and what they say in mails.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/fake_ca.rs"]
mod fake_ca;
#[path = "../support/mail_sink.rs"]
mod mail_sink;

mod audit;
mod builders_reach_states;
mod imports;
mod invariants;
mod mail_envelopes;
mod mail_texts;
mod scheduler;
mod send_messages;
mod tasks;
