//! 電話の時間帯: the part of the business day in which a customer would like to be called.
//!
//! A wish, not a gate: it orders the queue and is shown to the agent; a call at another time counts just the same.

use std::str::FromStr;

use chrono::{DateTime, NaiveTime, Utc};

use super::calendar::JST;
use super::problem::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallBand {
    Morning,
    EarlyAfternoon,
    LateAfternoon,
}

impl CallBand {
    pub const ALL: [Self; 3] = [Self::Morning, Self::EarlyAfternoon, Self::LateAfternoon];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::EarlyAfternoon => "early_afternoon",
            Self::LateAfternoon => "late_afternoon",
        }
    }

    /// First minute of the band and the first one after it, JST.
    pub fn hours(self) -> (NaiveTime, NaiveTime) {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        match self {
            Self::Morning => (at(9), at(12)),
            Self::EarlyAfternoon => (at(13), at(15)),
            Self::LateAfternoon => (at(15), at(18)),
        }
    }

    pub fn is_open(self, now: DateTime<Utc>) -> bool {
        let (from, until) = self.hours();
        let time = now.with_timezone(&JST).time();
        from <= time && time < until
    }
}

impl FromStr for CallBand {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|band| band.as_str() == text)
            .ok_or_else(|| Problem::on("call_band", "call_band_unknown").with("value", text))
    }
}
