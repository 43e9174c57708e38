//! The program as people meet it who want what is not theirs: every route for everybody, broken input, payloads, floods.
//!
//! A new route needs one line in [`routes::ROUTES`]; without it the tests fail and name it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]
#![allow(
    clippy::large_futures,
    clippy::match_same_arms,
    clippy::format_collect,
    clippy::print_stdout,
    reason = "walks are long, say what they sent, and list each case on a line of its own"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/fake_ca.rs"]
mod fake_ca;

mod broken;
mod buttons;
mod database_role;
mod guests;
mod isolation;
mod listed;
mod logs;
mod mutations;
mod pages;
mod rates;
mod routes;
mod samples;
mod town;
mod wall;
