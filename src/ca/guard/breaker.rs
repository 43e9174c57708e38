//! The circuit breaker of one CA: after failures in a row nobody asks for a while, then one call tries.
//!
//! Values in, values out; the instant is an argument.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// In a row, until it opens.
    failures: u32,
    rest: Duration,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed {
        failed: u32,
    },
    Open {
        until: Instant,
    },
    /// The one call is under way.
    HalfOpen,
}

/// What people see of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// With the failures in a row so far.
    Closed {
        failed: u32,
    },
    /// With the time that is left.
    Open {
        left: Duration,
    },
    HalfOpen,
}

impl Breaker {
    pub fn new(failures: u32, rest: Duration) -> Self {
        Self { failures, rest, state: State::Closed { failed: 0 } }
    }

    /// Whether a call may begin; otherwise how long to wait at least.
    pub fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        match self.state {
            State::Closed { .. } => Ok(()),
            State::Open { until } if until <= now => {
                self.state = State::HalfOpen;
                Ok(())
            }
            State::Open { until } => Err(until - now),
            State::HalfOpen => Err(Duration::ZERO),
        }
    }

    pub fn succeeded(&mut self) {
        self.state = State::Closed { failed: 0 };
    }

    pub fn failed(&mut self, now: Instant) {
        self.state = match self.state {
            State::Closed { failed } if failed + 1 < self.failures => State::Closed { failed: failed + 1 },
            // A late answer does not make the rest longer.
            State::Open { until } => State::Open { until },
            State::Closed { .. } | State::HalfOpen => State::Open { until: now + self.rest },
        };
    }

    pub fn state(&self, now: Instant) -> BreakerState {
        match self.state {
            State::Closed { failed } => BreakerState::Closed { failed },
            State::Open { until } => BreakerState::Open { left: until.saturating_duration_since(now) },
            State::HalfOpen => BreakerState::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(30);

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(2, REST);
        breaker.failed(now);
        breaker.failed(now);
        breaker
    }

    #[tokio::test]
    async fn it_opens_at_the_last_failure_in_a_row_and_not_before() {
        let now = Instant::now();
        let mut breaker = Breaker::new(3, REST);
        for failed in 0..3 {
            assert_eq!(breaker.state(now), BreakerState::Closed { failed });
            assert_eq!(breaker.admit(now), Ok(()));
            breaker.failed(now);
        }
        assert_eq!(breaker.state(now), BreakerState::Open { left: REST });

        let mut mended = Breaker::new(3, REST);
        for _ in 0..10 {
            mended.failed(now);
            mended.failed(now);
            mended.succeeded();
        }
        assert_eq!(mended.state(now), BreakerState::Closed { failed: 0 });
    }

    #[tokio::test]
    async fn one_call_tries_when_the_rest_is_over() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let just_before = now + REST - Duration::from_millis(1);
        assert_eq!(breaker.admit(just_before), Err(Duration::from_millis(1)));
        assert_eq!(breaker.admit(now + REST), Ok(()));
        assert_eq!(breaker.state(now + REST), BreakerState::HalfOpen);
        assert_eq!(breaker.admit(now + REST), Err(Duration::ZERO), "one, not two");
    }

    #[tokio::test]
    async fn the_call_that_tries_decides() {
        let now = Instant::now();
        let (mut good, mut bad) = (opened(now), opened(now));
        let later = now + REST;
        good.admit(later).unwrap();
        good.succeeded();
        assert_eq!(good.admit(later), Ok(()));
        bad.admit(later).unwrap();
        bad.failed(later);
        assert_eq!(bad.admit(later + REST / 2), Err(REST / 2));
        assert_eq!(bad.admit(later + REST), Ok(()));
    }

    #[tokio::test]
    async fn a_late_failure_does_not_make_the_rest_longer() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.failed(now + REST / 2);
        assert_eq!(breaker.admit(now + REST), Ok(()));
    }
}
