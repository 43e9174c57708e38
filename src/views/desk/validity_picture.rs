//! The picture of both validity periods: old over new on one axis, the day of revocation, and the days that are lost.
//!
//! Owns the geometry only; the template draws it and the sentences say the same in words.

use chrono::{Datelike, Months, NaiveDate};

use crate::messages::{Texts, dates};
pub use crate::views::parts::Period;

/// View box: 640 wide, the axis from 24 to 616.
const LEFT: f64 = 24.0;
const RIGHT: f64 = 616.0;
/// A date label must not run out of the box.
const LABEL_MARGIN: f64 = 90.0;

#[derive(Debug, Clone, PartialEq)]
pub struct ValidityPicture {
    pub ticks: Vec<Tick>,
    pub old: Bar,
    /// Where the old bar turns into lost days.
    pub lost: Option<Bar>,
    pub new: Option<Bar>,
    pub marker: Marker,
    pub old_label: String,
    pub new_label: String,
    pub lost_label_x: String,
    /// What the picture says, for those who do not see it.
    pub description: String,
    /// Below the picture: from which day a further reissue reaches the full term.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub x: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub x: String,
    pub width: String,
    pub text_x: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    pub x: String,
    pub text_x: String,
    pub label: String,
}

impl ValidityPicture {
    /// `revoke_on` is the requested day, or the day on which it was revoked.
    pub fn new(t: Texts, old: Period, new: Option<Period>, revoke_on: NaiveDate, today: NaiveDate) -> Self {
        let first = new.map_or(old.from, |new| old.from.min(new.from));
        let last = new.map_or(old.to, |new| old.to.max(new.to));
        let axis = Axis { first, last };
        let revoke_x = axis.x(revoke_on.clamp(old.from, old.to));
        let lost_days = (revoke_on < old.to).then(|| axis.bar_between(revoke_x, axis.x(old.to)));
        let marker_key = if revoke_on == today { "picture.marker_today" } else { "picture.marker" };
        Self {
            ticks: axis.ticks(),
            old: axis.bar_between(axis.x(old.from), if lost_days.is_some() { revoke_x } else { axis.x(old.to) }),
            new: new.map(|new| axis.bar_between(axis.x(new.from), axis.x(new.to))),
            marker: Marker {
                x: coordinate(revoke_x),
                text_x: coordinate(revoke_x.clamp(LEFT + LABEL_MARGIN, RIGHT - LABEL_MARGIN)),
                label: t.f(marker_key, &[("day", &dates::short(t, revoke_on))]),
            },
            old_label: period_label(old),
            new_label: new.map(period_label).unwrap_or_default(),
            lost_label_x: coordinate(axis.x(old.to)),
            lost: lost_days,
            description: describe(t, old, new, revoke_on),
            notes: Vec::new(),
        }
    }
}

fn period_label(period: Period) -> String {
    format!("{} – {}", dates::numeric(period.from), dates::numeric(period.to))
}

fn describe(t: Texts, old: Period, new: Option<Period>, revoke_on: NaiveDate) -> String {
    let mut sentences =
        vec![t.f("picture.old", &[("from", &dates::long(t, old.from)), ("to", &dates::long(t, old.to))])];
    if let Some(new) = new {
        sentences.push(t.f("picture.new", &[("from", &dates::long(t, new.from)), ("to", &dates::long(t, new.to))]));
    }
    let lost_days = (old.to - revoke_on).num_days();
    if lost_days > 0 {
        sentences.push(t.f("picture.lost_days", &[("day", &dates::long(t, revoke_on)), ("n", &lost_days)]));
    }
    sentences.concat()
}

struct Axis {
    first: NaiveDate,
    last: NaiveDate,
}

impl Axis {
    fn x(&self, day: NaiveDate) -> f64 {
        let days = |from: NaiveDate, to: NaiveDate| i32::try_from((to - from).num_days()).map_or(0.0, f64::from);
        let length = days(self.first, self.last).max(1.0);
        LEFT + days(self.first, day) / length * (RIGHT - LEFT)
    }

    #[allow(clippy::unused_self, reason = "bars belong to an axis")]
    fn bar_between(&self, from: f64, to: f64) -> Bar {
        Bar { x: coordinate(from), width: coordinate((to - from).max(1.0)), text_x: coordinate(from + 8.0) }
    }

    /// First days of months, thinned out so that at most six labels stand on the axis; the year on January and the
    /// first one.
    fn ticks(&self) -> Vec<Tick> {
        let months = (self.last.year() - self.first.year()) * 12 + self.last.month().cast_signed()
            - self.first.month().cast_signed();
        let step = u32::try_from(months).unwrap_or(0).div_ceil(5).max(1);
        let start = self.first.with_day(1).unwrap_or(self.first);
        (0..=6)
            .filter_map(|n| start.checked_add_months(Months::new(n * step)))
            .filter(|day| *day <= self.last)
            .enumerate()
            .map(|(n, day)| {
                let with_year = n == 0 || day.month() <= step;
                let label = if with_year { format!("{}/{}", day.year(), day.month()) } else { day.month().to_string() };
                Tick { x: coordinate(self.x(day.max(self.first))), label }
            })
            .collect()
    }
}

fn coordinate(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn the_old_bar_ends_and_the_lost_days_begin_on_the_day_of_revocation() {
        let old = Period { from: day(2026, 3, 2), to: day(2027, 4, 3) };
        let new = Period { from: day(2026, 8, 6), to: day(2027, 2, 21) };
        let revoke_on = day(2026, 11, 24);
        let picture = ValidityPicture::new(Texts::JA, old, Some(new), revoke_on, revoke_on);
        let number = |text: &str| text.parse::<f64>().unwrap();
        let lost = picture.lost.unwrap();
        assert!((number(&picture.old.x) + number(&picture.old.width) - number(&lost.x)).abs() < 0.2);
        assert!((number(&lost.x) + number(&lost.width) - RIGHT).abs() < 0.2);
        assert!(picture.description.contains("130日"), "{}", picture.description);
        assert!(picture.ticks.len() <= 6, "{:?}", picture.ticks);
    }

    #[test]
    fn nothing_is_lost_when_the_certificate_ends_on_that_day() {
        let old = Period { from: day(2026, 3, 2), to: day(2027, 4, 3) };
        let picture = ValidityPicture::new(Texts::JA, old, None, old.to, day(2026, 11, 24));
        assert_eq!(picture.lost, None);
        assert_eq!(picture.new, None);
    }
}
