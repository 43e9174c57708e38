//! Many processes, databases that go away, clocks that are wrong: nothing is lost, nothing happens twice.
//!
//! The real program on real databases, judged by what is in the books afterwards. The tests here are the short form;
//! `scripts/nodes full` runs the ignored ones, which are the same scenarios at full size.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "clippy.toml frees test functions, not their helpers")]
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "the full form prints its seed and its figures"
)]

#[path = "../support/builders.rs"]
mod builders;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/fake_ca.rs"]
mod fake_ca;
#[path = "../support/line.rs"]
mod line;

mod books;
mod cluster;
mod copies;
mod node;
mod office;
mod wait;

mod clock;
mod crowd;
mod disk_full;
mod doctor;
mod fail_over;
mod killed;
mod migrations;
mod published;
mod restore;
mod sealed;
mod upgrade;
mod waiting;
