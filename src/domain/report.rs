//! The supervisor's figures: the period they are asked for, shares, and how many calls a day holds.

use chrono::{Datelike, Days, NaiveDate};

use super::problem::Problem;

/// Days that a report covers at most.
pub const LONGEST: i64 = 92;
/// Days up to today that it covers unless asked otherwise.
const USUAL: u64 = 28;
/// Weeks in the picture of first calls.
pub const WEEKS: u64 = 8;

/// Japanese calendar days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Period {
    /// The four weeks that end today.
    pub fn usual(today: NaiveDate) -> Self {
        Self { from: back(today, USUAL - 1), to: today }
    }

    /// What was asked for; nothing asked is the usual period.
    pub fn read(from: &str, to: &str, today: NaiveDate) -> Result<Self, Vec<Problem>> {
        if from.is_empty() && to.is_empty() {
            return Ok(Self::usual(today));
        }
        let mut problems = Vec::new();
        let mut day = |field: &'static str, text: &str| {
            text.parse::<NaiveDate>().map_err(|_| problems.push(Problem::on(field, "report_day_malformed")))
        };
        let (from, to) = (day("from", from), day("to", to));
        let (Ok(from), Ok(to)) = (from, to) else { return Err(problems) };
        let period = Self { from, to };
        match period {
            _ if to < from => Err(vec![Problem::on("to", "report_period_reversed")]),
            _ if from > today => Err(vec![Problem::on("from", "report_period_ahead").with("today", today)]),
            _ if period.days() > LONGEST => Err(vec![Problem::on("to", "report_period_long").with("days", LONGEST)]),
            _ => Ok(period),
        }
    }

    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// As many days right before.
    #[must_use]
    pub fn previous(self) -> Self {
        let days = u64::try_from(self.days()).unwrap_or(1);
        Self { from: back(self.from, days), to: back(self.from, 1) }
    }

    /// The Mondays of the weeks up to the one in which the period ends, oldest first.
    pub fn weeks(self) -> Vec<NaiveDate> {
        let last = back(self.to, u64::from(self.to.weekday().num_days_from_monday()));
        (0..WEEKS).rev().map(|n| back(last, n * 7)).collect()
    }
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// How many out of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub hits: i64,
    pub of: i64,
}

impl Share {
    /// In tenths of a per cent, rounded half up; nothing of nothing is no share.
    pub fn per_mille(self) -> Option<i64> {
        (self.of > 0).then(|| (self.hits * 2000 + self.of) / (self.of * 2))
    }
}

impl std::ops::AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.of += other.of;
    }
}

/// How many cases the people of the desk can take on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    pub people: u64,
    /// Cases that one person takes on a day [setting].
    pub each: u64,
}

impl Capacity {
    pub fn cases(self) -> u64 {
        self.people * self.each
    }

    /// 混雑: more than the people can take. Without people nothing is known.
    pub fn is_exceeded_by(self, cases: u64) -> bool {
        self.people > 0 && cases > self.cases()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn codes(problems: Vec<Problem>) -> Vec<(Option<&'static str>, &'static str)> {
        problems.into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn a_report_covers_the_last_four_weeks_unless_asked_otherwise() {
        let today = day("2026-11-24");
        let usual = Period { from: day("2026-10-28"), to: today };
        assert_eq!(Period::read("", "", today), Ok(usual));
        assert_eq!(usual.days(), 28);
        assert_eq!(usual.previous(), Period { from: day("2026-09-30"), to: day("2026-10-27") });
    }

    #[test]
    fn a_period_is_read_up_to_its_limits() {
        let today = day("2026-11-24");
        for (from, to, refused) in [
            ("2026-11-24", "2026-11-24", vec![]),
            ("2026-08-25", "2026-11-24", vec![]),
            ("2026-11-24", "2026-12-24", vec![]),
            ("2026-08-24", "2026-11-24", vec![(Some("to"), "report_period_long")]),
            ("2026-11-24", "2026-11-23", vec![(Some("to"), "report_period_reversed")]),
            ("2026-11-25", "2026-11-25", vec![(Some("from"), "report_period_ahead")]),
            ("2026-11-31", "x", vec![(Some("from"), "report_day_malformed"), (Some("to"), "report_day_malformed")]),
            ("2026-11-24", "", vec![(Some("to"), "report_day_malformed")]),
        ] {
            let read = Period::read(from, to, today);
            assert_eq!(
                read.map(|_| ()).map_err(codes),
                if refused.is_empty() { Ok(()) } else { Err(refused) },
                "{from} {to}"
            );
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_end_with_the_period() {
        for (to, first, last) in [
            ("2026-11-22", "2026-09-28", "2026-11-16"),
            ("2026-11-23", "2026-10-05", "2026-11-23"),
            ("2026-11-24", "2026-10-05", "2026-11-23"),
        ] {
            let weeks = Period { from: day("2026-11-01"), to: day(to) }.weeks();
            assert_eq!((weeks.len(), weeks[0], weeks[7]), (8, day(first), day(last)), "{to}");
        }
    }

    #[test]
    fn a_share_is_rounded_half_up_and_nothing_of_nothing_is_none() {
        for (hits, of, expected) in [
            (0, 0, None),
            (0, 7, Some(0)),
            (7, 7, Some(1000)),
            (2, 3, Some(667)),
            (1, 3, Some(333)),
            (1, 2000, Some(1)),
            (1, 2001, Some(0)),
        ] {
            assert_eq!(Share { hits, of }.per_mille(), expected, "{hits}/{of}");
        }
    }

    #[test]
    fn a_day_is_crowded_above_what_the_people_can_take() {
        for (people, cases, crowded) in [(2, 40, false), (2, 41, true), (1, 20, false), (1, 21, true), (0, 500, false)]
        {
            assert_eq!(Capacity { people, each: 20 }.is_exceeded_by(cases), crowded, "{people} {cases}");
        }
    }
}
