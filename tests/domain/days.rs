//! Days and instants written as people write them.

use chrono::{DateTime, NaiveDate, Utc};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `2026-12-08 09:00:00`, a time of day in Japan.
pub fn japan(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_str(&format!("{text} +0900"), "%Y-%m-%d %H:%M:%S %z").unwrap().to_utc()
}

/// Every day from the first of January of `from` to the last of December of `to`.
pub fn every_day(from: i32, to: i32) -> impl Iterator<Item = NaiveDate> {
    let last = NaiveDate::from_ymd_opt(to, 12, 31).unwrap();
    NaiveDate::from_ymd_opt(from, 1, 1).unwrap().iter_days().take_while(move |day| *day <= last)
}
