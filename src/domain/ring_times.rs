//! When a schedule rings: cron expressions with seconds, in Japanese time.
//!
//! Owns the reading of `schedule` in the settings. A ring only says that it is time to look; what is due is a query.

use chrono::{DateTime, SubsecRound, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds};

use super::calendar::JST;
use super::problem::Problem;

#[derive(Debug, Clone)]
pub struct RingTimes(Cron);

impl RingTimes {
    /// `second minute hour day month weekday`, as the scheduler reads it.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let parser = CronParser::builder().seconds(Seconds::Required).dom_and_dow(true).build();
        parser.parse(text).map(Self).map_err(|_| Problem::new("cron_malformed").with("value", text))
    }

    /// The last ring at or before `now`.
    pub fn last(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ring = self.0.find_previous_occurrence(&now.with_timezone(&JST), true);
        ring.ok().map(|ring| ring.to_utc().trunc_subsecs(0))
    }

    /// The next ring after `now`.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ring = self.0.find_next_occurrence(&now.with_timezone(&JST), false);
        ring.ok().map(|ring| ring.to_utc().trunc_subsecs(0))
    }
}
