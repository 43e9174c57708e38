//! Use cases against a real database, and what they say in mails.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/fake_ca.rs"]
mod fake_ca;

mod builders_reach_states;
mod mail_texts;
