//! The program as a process: what is left when it is killed, and what the next start makes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/fake_ca.rs"]
mod fake_ca;

mod office;
#[cfg(feature = "failpoints")]
mod published;
