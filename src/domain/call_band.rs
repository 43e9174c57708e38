//! 電話の時間帯: the part of the business day in which a customer would like to be called.
//!
//! A wish, not a gate: it orders the queue and is shown to the agent; a call at another time counts just the same.

use chrono::{DateTime, NaiveTime, Utc};

use super::calendar::JST;
use super::named::named;
use super::problem::Problem;

named! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum CallBand {
        Morning = "morning",
        EarlyAfternoon = "early_afternoon",
        LateAfternoon = "late_afternoon",
    }
    else |text| Problem::on("call_band", "call_band_unknown").with("value", text)
}

impl CallBand {
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
