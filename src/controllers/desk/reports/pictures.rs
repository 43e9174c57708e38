//! The pictures of the report and their tables.

use chrono::{Datelike, NaiveDate};

use super::figures::{Numbers, tenths};
use crate::domain::calendar::Calendar;
use crate::domain::call::CallOutcome;
use crate::domain::report::Share;
use crate::messages::{Texts, dates};
use crate::models::counting::Count;
use crate::models::day_load::DayLoad;
use crate::views::charts::{Bars, DayBars, DayFigure, Line, Table};
use crate::views::parts::{counted, counted_items};

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Cases by the day on which they fall due.
pub fn days(t: Texts, loads: &[DayLoad], calendar: &Calendar, today: NaiveDate) -> (DayBars, Table) {
    let title = t.s("report.days").to_owned();
    let figures = loads.iter().enumerate().map(|(n, load)| DayFigure {
        lower: load.ev.number,
        upper: load.ov().number,
        // No room for a word.
        total: format!("{}{}", load.all.number, if load.all.more { "+" } else { "" }),
        day: day_label(load.day, n == 0),
        weekday: t.s(&format!("weekday.{}", WEEKDAYS[load.day.weekday().num_days_from_sunday() as usize])).to_owned(),
        closed: !calendar.is_business_day(load.day),
        strong: load.day == today,
    });
    let picture = DayBars::new(title.clone(), described(t, loads), figures.collect());
    let row = |load: &DayLoad| {
        vec![dates::table(t, load.day), counted(t, load.ev), counted(t, load.ov()), counted(t, load.all)]
    };
    let head = ["report.day", "report.ev", "report.ov", "report.total"].map(|key| t.s(key).to_owned());
    (picture, Table { caption: title, head: head.to_vec(), rows: loads.iter().map(row).collect() })
}

/// The month stands on the first day, on Mondays and on the first of a month.
fn day_label(day: NaiveDate, first: bool) -> String {
    if first || day.day() == 1 || day.weekday() == chrono::Weekday::Mon {
        format!("{}/{}", day.month(), day.day())
    } else {
        day.day().to_string()
    }
}

/// The three fullest days.
fn described(t: Texts, loads: &[DayLoad]) -> String {
    let mut fullest: Vec<&DayLoad> = loads.iter().filter(|load| !load.all.is_zero()).collect();
    fullest.sort_by_key(|load| (std::cmp::Reverse(load.all.number), load.day));
    let told =
        fullest.iter().take(3).map(|load| format!("{} {}", dates::short(t, load.day), counted_items(t, load.all)));
    match told.collect::<Vec<_>>() {
        none if none.is_empty() => t.s("report.days_empty").to_owned(),
        some => t.f("report.days_fullest", &[("days", &some.join("／"))]),
    }
}

pub fn weeks(t: Texts, weekly: &[(NaiveDate, Share)]) -> (Line, Table) {
    let caption = t.s("report.weeks").to_owned();
    let points: Vec<_> = weekly
        .iter()
        .map(|(monday, share)| (format!("{}/{}", monday.month(), monday.day()), share.per_mille()))
        .collect();
    let newest = weekly.iter().rev().find_map(|(monday, share)| Some((monday, share.per_mille()?)));
    let title = match newest {
        Some((monday, share)) => t.f(
            "report.weeks_title",
            &[("caption", &caption), ("week", &dates::without_year(t, *monday)), ("share", &tenths(share))],
        ),
        None => t.f("report.weeks_empty", &[("caption", &caption)]),
    };
    let row = |(monday, share): &(NaiveDate, Share)| {
        let value = share.per_mille().map_or_else(|| "–".to_owned(), |value| format!("{}%", tenths(value)));
        vec![dates::table(t, *monday), share.of.to_string(), share.hits.to_string(), value]
    };
    let head = ["report.week", "report.first_calls", "report.confirmed", "report.share"].map(|key| t.s(key).to_owned());
    (Line::new(title, &points), Table { caption, head: head.to_vec(), rows: weekly.iter().map(row).collect() })
}

/// The results of the calls of the period, in the order of the call form; and how many calls there were.
pub fn results(t: Texts, numbers: &Numbers) -> (Bars, Table, String) {
    let calls = numbers.calls.as_deref().unwrap_or_default();
    let kind = |outcome: CallOutcome| {
        let made = calls.iter().filter(|call| call.outcome == outcome).map(|call| call.calls).sum::<i64>();
        (t.s(&format!("outcome.{}", outcome.as_str())).to_owned(), u64::try_from(made).unwrap_or_default())
    };
    let kinds: Vec<(String, u64)> = CallOutcome::ALL.into_iter().map(kind).collect();
    let all = counted_items(t, Count::exactly(kinds.iter().map(|(_, made)| made).sum()));
    let caption = t.s("report.results").to_owned();
    let rows = kinds.iter().map(|(label, made)| vec![label.clone(), made.to_string()]).collect();
    let head = ["report.result", "report.calls"].map(|key| t.s(key).to_owned()).to_vec();
    let title = t.f("report.results_title", &[("n", &all)]);
    (Bars::new(title, kinds), Table { caption, head, rows }, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_told_fullest_first() {
        let load = |day: &str, all| DayLoad {
            day: day.parse().unwrap(),
            all: Count::exactly(all),
            ev: Count::exactly(all / 2),
        };
        let loads = [load("2026-11-24", 3), load("2026-11-25", 0), load("2026-11-26", 9), load("2026-11-27", 3)];
        let today = loads[0].day;
        let (picture, table) = days(Texts::JA, &loads, &Calendar::shipped(), today);
        assert!(picture.description.contains("11/26(木) 9件／11/24(火) 3件／11/27(金) 3件"), "{}", picture.description);
        let labels: Vec<_> = picture.columns.iter().map(|column| column.day.as_str()).collect();
        assert_eq!(labels, ["11/24", "25", "26", "27"]);
        assert_eq!(table.rows[2], ["2026/11/26(木)", "4", "5", "9"]);
    }
}
