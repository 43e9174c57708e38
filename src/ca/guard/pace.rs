//! So many calls a second: each call gets its place in a line, with the same distance between two.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    per_second: u32,
    /// The first place that is free.
    free: Option<Instant>,
}

impl Pace {
    pub fn new(per_second: u32) -> Self {
        Self { per_second, free: None }
    }

    pub fn per_second(&self) -> u32 {
        self.per_second
    }

    /// Counts from the next call on.
    pub fn change(&mut self, per_second: u32) {
        self.per_second = per_second;
    }

    /// Takes the next place if it is not further away than `patience`; otherwise says how far it is.
    pub fn take(&mut self, now: Instant, patience: Duration) -> Result<Instant, Duration> {
        let place = self.free.filter(|free| *free > now).unwrap_or(now);
        if place - now > patience {
            return Err(place - now);
        }
        self.free = Some(place + Duration::from_secs(1) / self.per_second.max(1));
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_keep_their_distance_and_a_pause_saves_nothing_up() {
        let start = Instant::now();
        let patience = Duration::from_secs(1);
        let mut pace = Pace::new(4);
        let distance = Duration::from_millis(250);
        for place in 0..3 {
            assert_eq!(pace.take(start, patience), Ok(start + distance * place));
        }
        let later = start + Duration::from_mins(1);
        assert_eq!(pace.take(later, patience), Ok(later));
        assert_eq!(pace.take(later, patience), Ok(later + distance));
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_not_joined() {
        let start = Instant::now();
        let mut pace = Pace::new(1);
        for _ in 0..3 {
            pace.take(start, Duration::from_secs(2)).unwrap();
        }
        assert_eq!(pace.take(start, Duration::from_secs(2)), Err(Duration::from_secs(3)));
        assert_eq!(pace.take(start, Duration::from_secs(3)), Ok(start + Duration::from_secs(3)));
    }

    #[tokio::test]
    async fn a_new_rate_counts_from_the_next_call_on() {
        let start = Instant::now();
        let mut pace = Pace::new(1);
        pace.take(start, Duration::ZERO).unwrap();
        pace.change(100);
        let patience = Duration::from_secs(5);
        assert_eq!(pace.take(start, patience), Ok(start + Duration::from_secs(1)));
        assert_eq!(pace.take(start, patience), Ok(start + Duration::from_millis(1010)));
    }
}
