//! The only place that reads the clock.
//!
//! Handlers and tasks read the time once and pass it on; everything below takes `now` as an argument. Durations are
//! measured with a [`Stopwatch`].

use std::time::Instant;

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// Where the time comes from. A shifted clock lets a whole program run on another day (acceptance tests,
/// the manual's own example dates).
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    shift: Duration,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that runs on from `instant`.
    pub fn starting_at(instant: DateTime<Utc>) -> Self {
        Self { shift: instant - read() }
    }

    /// The current instant, in microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        self.shifted(read())
    }

    /// An instant that another clock read, the database's for instance, as this clock shows it.
    pub fn shifted(&self, instant: DateTime<Utc>) -> DateTime<Utc> {
        (instant + self.shift).trunc_subsecs(6)
    }
}

#[allow(clippy::disallowed_methods, reason = "the one reading of the clock")]
fn read() -> DateTime<Utc> {
    Utc::now()
}

/// Measures how long something takes; never what time it is.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods, reason = "the one reading of the stopwatch")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}
