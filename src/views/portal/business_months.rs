//! Months of business days beside a date field: each selectable day is a button that sends the form.
//!
//! Owns which days can be clicked and what the others say. The server judges whatever date arrives.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::domain::calendar::{Calendar, DayKind};
use crate::messages::{Texts, dates};

/// Months shown at once.
const SHOWN: u32 = 2;
/// The quick buttons: text and how far from today.
const QUICK: [(&str, Step); 3] = [
    ("months.in_a_week", Step::Days(7)),
    ("months.in_two_weeks", Step::Days(14)),
    ("months.in_a_month", Step::Months(1)),
];

/// The heads of the columns.
pub const WEEKDAYS: [&str; 7] = [
    "months.sunday",
    "months.monday",
    "months.tuesday",
    "months.wednesday",
    "months.thursday",
    "months.friday",
    "months.saturday",
];

enum Step {
    Days(u64),
    Months(u32),
}

/// Which days may be picked, and which one is.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub today: NaiveDate,
    /// The first and the last day that may be picked.
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub chosen: Option<NaiveDate>,
}

/// Buttons named `pick` carry a day (`2026-12-08`), buttons named `months` the month to show (`2027-01`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessMonths {
    pub quick: Vec<Pick>,
    pub months: Vec<Month>,
    pub earlier: Option<OtherMonths>,
    pub later: Option<OtherMonths>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// `2026年12月`
    pub caption: String,
    /// From Sunday to Saturday; `None` belongs to another month.
    pub weeks: Vec<[Option<Day>; 7]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub number: u32,
    pub is_today: bool,
    pub kind: Cell,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Before the first or after the last day, or open to nothing.
    Plain,
    /// The desk is closed; why, for those who do not see the mark.
    Closed(String),
    Open(Pick),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// `2026-12-08`
    pub value: String,
    pub label: String,
    pub day: String,
    pub chosen: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherMonths {
    /// `2027-01`
    pub value: String,
    pub label: String,
}

impl BusinessMonths {
    /// `from`: the first month to show, as a button asked for it. Without one: the months of the first day, or of the
    /// chosen day where that comes later.
    pub fn new(t: Texts, calendar: &Calendar, limits: Limits, from: Option<NaiveDate>) -> Self {
        let (first, last) = (first_of_month(limits.first), first_of_month(limits.last));
        let chosen = limits.chosen.map(first_of_month).filter(|month| *month >= later(first, SHOWN));
        let from = first_of_month(from.or(chosen).unwrap_or(first)).min(last).max(first);
        let months = (0..SHOWN).map(|n| later(from, n)).filter(|month| *month <= last);
        let next = later(from, SHOWN);
        let other = |month: NaiveDate, key: &str| OtherMonths {
            value: month.format("%Y-%m").to_string(),
            label: t.f(key, &[("month", &month.month())]),
        };
        Self {
            quick: quick(t, calendar, limits),
            months: months.map(|month| draw(t, calendar, limits, month)).collect(),
            earlier: (from > first).then(|| other(earlier(from).max(first), "months.earlier")),
            later: (next <= last).then(|| other(next, "months.later")),
        }
    }
}

/// The month that a button named `months` asked for.
pub fn parse_month(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok().filter(|_| text.len() == "2027-01".len())
}

fn quick(t: Texts, calendar: &Calendar, limits: Limits) -> Vec<Pick> {
    let days = QUICK.into_iter().filter_map(|(label, step)| {
        let wanted = match step {
            Step::Days(days) => limits.today.checked_add_days(Days::new(days)),
            Step::Months(months) => limits.today.checked_add_months(Months::new(months)),
        };
        Some((label, calendar.due_on(wanted?)))
    });
    days.filter(|(_, day)| (limits.first..=limits.last).contains(day))
        .map(|(label, day)| Pick { label: t.s(label).to_owned(), ..pick(t, limits, day) })
        .collect()
}

fn draw(t: Texts, calendar: &Calendar, limits: Limits, month: NaiveDate) -> Month {
    let mut weeks = Vec::new();
    let mut week: [Option<Day>; 7] = Default::default();
    for day in month.iter_days().take_while(|day| day.month() == month.month()) {
        let column = day.weekday().num_days_from_sunday();
        if column == 0 && day != month {
            weeks.push(std::mem::take(&mut week));
        }
        if let Some(cell) = week.get_mut(column as usize) {
            *cell = Some(draw_day(t, calendar, limits, day));
        }
    }
    weeks.push(week);
    Month { caption: t.f("months.caption", &[("year", &month.year()), ("month", &month.month())]), weeks }
}

fn draw_day(t: Texts, calendar: &Calendar, limits: Limits, day: NaiveDate) -> Day {
    let closed = |why: &str| Cell::Closed(t.f("months.closed", &[("why", &why)]));
    let kind = if (limits.first..=limits.last).contains(&day) {
        match calendar.day_kind(day) {
            DayKind::Business => Cell::Open(pick(t, limits, day)),
            DayKind::Weekend => closed(t.s("calendar.weekend")),
            DayKind::YearEnd => closed(t.s("calendar.year_end")),
            DayKind::Holiday(name) | DayKind::Closure(name) => closed(name),
        }
    } else {
        Cell::Plain
    };
    Day { number: day.day(), is_today: day == limits.today, kind }
}

fn pick(t: Texts, limits: Limits, day: NaiveDate) -> Pick {
    Pick {
        value: day.to_string(),
        label: t.f("months.pick", &[("day", &dates::without_year(t, day))]),
        day: dates::short(t, day),
        chosen: limits.chosen == Some(day),
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn later(month: NaiveDate, n: u32) -> NaiveDate {
    month.checked_add_months(Months::new(n)).unwrap_or(NaiveDate::MAX)
}

fn earlier(month: NaiveDate) -> NaiveDate {
    month.checked_sub_months(Months::new(SHOWN)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Texts = Texts::JA;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// On Tuesday 24 November 2026, for a certificate that ends on `last`.
    fn months(last: &str, chosen: Option<&str>, from: Option<&str>) -> BusinessMonths {
        let today = day("2026-11-24");
        let limits = Limits { today, first: today, last: day(last), chosen: chosen.map(day) };
        BusinessMonths::new(T, &Calendar::shipped(), limits, from.and_then(parse_month))
    }

    fn cell(months: &BusinessMonths, number: u32, month: usize) -> Day {
        let mut days = months.months[month].weeks.iter().flatten().flatten();
        days.find(|day| day.number == number).unwrap().clone()
    }

    #[test]
    fn business_days_within_the_limits_are_buttons_and_closed_days_say_why() {
        let months = months("2027-04-01", Some("2026-12-08"), None);

        let captions: Vec<_> = months.months.iter().map(|month| month.caption.as_str()).collect();
        assert_eq!(captions, ["2026年11月", "2026年12月"]);
        assert_eq!(cell(&months, 23, 0).kind, Cell::Plain, "over");
        assert!(cell(&months, 24, 0).is_today);
        assert_eq!(cell(&months, 28, 0).kind, Cell::Closed("土日のため休業".to_owned()));
        assert_eq!(cell(&months, 29, 1).kind, Cell::Closed("年末年始のため休業".to_owned()));
        let Cell::Open(chosen) = cell(&months, 8, 1).kind else { panic!("a Tuesday") };
        assert_eq!(
            (chosen.value.as_str(), chosen.label.as_str(), chosen.chosen),
            ("2026-12-08", "12月8日(火)を選ぶ", true)
        );
    }

    #[test]
    fn a_week_begins_on_sunday_and_a_month_fills_its_weeks() {
        let months = months("2027-04-01", None, None);
        let november = &months.months[0];
        assert_eq!(november.weeks.len(), 5);
        assert_eq!(november.weeks[0][0].as_ref().unwrap().number, 1, "1 November 2026 is a Sunday");
        assert_eq!(november.weeks[4][1].as_ref().unwrap().number, 30);
        assert!(november.weeks[4][2].is_none());
    }

    #[test]
    fn other_months_are_a_button_away_until_the_last_day() {
        for (last, chosen, from, shown, earlier, later) in [
            ("2027-04-01", None, None, 2, None, Some("2027-01")),
            ("2027-04-01", None, Some("2027-01"), 2, Some("2026-11"), Some("2027-03")),
            ("2027-04-01", None, Some("2027-03"), 2, Some("2027-01"), None),
            // Out of range: as near as there is.
            ("2027-04-01", None, Some("2031-01"), 1, Some("2027-02"), None),
            ("2027-04-01", None, Some("2020-01"), 2, None, Some("2027-01")),
            // A chosen day is shown.
            ("2027-04-01", Some("2027-02-03"), None, 2, Some("2026-12"), Some("2027-04")),
            ("2026-11-30", None, None, 1, None, None),
        ] {
            let drawn = months(last, chosen, from);
            let value = |other: &Option<OtherMonths>| other.as_ref().map(|other| other.value.clone());
            assert_eq!(drawn.months.len(), shown, "{last} {from:?}");
            assert_eq!(value(&drawn.earlier).as_deref(), earlier, "{last} {from:?}");
            assert_eq!(value(&drawn.later).as_deref(), later, "{last} {from:?}");
        }
    }

    #[test]
    fn the_quick_days_are_business_days_within_the_limits() {
        let values = |last| months(last, None, None).quick.into_iter().map(|pick| pick.value).collect::<Vec<_>>();
        assert_eq!(values("2027-04-01"), ["2026-12-01", "2026-12-08", "2026-12-24"]);
        assert_eq!(values("2026-12-07"), ["2026-12-01"]);
    }

    #[test]
    fn only_a_month_is_a_month() {
        assert_eq!(parse_month("2027-01"), Some(day("2027-01-01")));
        for text in ["", "2027", "2027-13", "2027-1", "+027-01-", "2027-01-01"] {
            assert_eq!(parse_month(text), None, "{text}");
        }
    }
}
