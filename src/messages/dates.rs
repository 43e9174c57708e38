//! How dates and times are written for the reader.
//!
//! Owns the formats of `copy-ja.md` section 1 and their English counterparts. Instants come in as UTC and are shown in
//! Japan Standard Time.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Utc};

use super::Texts;
use crate::domain::language::Language;

/// Japan Standard Time has no daylight saving: always UTC+9.
const JST_SECONDS_EAST: i32 = 9 * 60 * 60;

/// In running text and mails: `2026年12月8日(火)`, `8 December 2026 (Tue)`.
pub fn long(t: Texts, day: NaiveDate) -> String {
    match t.language() {
        Language::Japanese => format!("{}年{}月{}日({})", day.year(), day.month(), day.day(), weekday(day)),
        Language::English => day.format("%-d %B %Y (%a)").to_string(),
    }
}

/// In tables: `2026/12/08(火)`, `2026/12/08 (Tue)`.
pub fn table(t: Texts, day: NaiveDate) -> String {
    match t.language() {
        Language::Japanese => format!("{}({})", numeric(day), weekday(day)),
        Language::English => day.format("%Y/%m/%d (%a)").to_string(),
    }
}

/// In running text where the year is plain: `12月8日(火)`, `8 December (Tue)`.
pub fn without_year(t: Texts, day: NaiveDate) -> String {
    match t.language() {
        Language::Japanese => format!("{}月{}日({})", day.month(), day.day(), weekday(day)),
        Language::English => day.format("%-d %B (%a)").to_string(),
    }
}

/// Where neighbours already say the year: `12/8(火)`, `12/8 (Tue)`.
pub fn short(t: Texts, day: NaiveDate) -> String {
    match t.language() {
        Language::Japanese => format!("{}/{}({})", day.month(), day.day(), weekday(day)),
        Language::English => day.format("%-m/%-d (%a)").to_string(),
    }
}

/// Validity periods: `2026/12/08`.
pub fn numeric(day: NaiveDate) -> String {
    day.format("%Y/%m/%d").to_string()
}

/// `2026年11月24日(火) 10:27`
pub fn long_instant(t: Texts, instant: DateTime<Utc>) -> String {
    format!("{} {}", long(t, day_of(instant)), time(instant))
}

/// In the page header: `11/24(火) 10:24`.
pub fn short_instant(t: Texts, instant: DateTime<Utc>) -> String {
    format!("{} {}", short(t, day_of(instant)), time(instant))
}

/// In histories: `11/24 09:14`.
pub fn history(instant: DateTime<Utc>) -> String {
    in_japan(instant).format("%m/%d %H:%M").to_string()
}

/// In files: `2026/11/24 10:27`.
pub fn csv_instant(instant: DateTime<Utc>) -> String {
    format!("{} {}", numeric(day_of(instant)), time(instant))
}

/// `10:20`
pub fn time(instant: DateTime<Utc>) -> String {
    in_japan(instant).format("%H:%M").to_string()
}

/// `10:07:41`
pub fn seconds(instant: DateTime<Utc>) -> String {
    in_japan(instant).format("%H:%M:%S").to_string()
}

/// In the audit log: `2026/11/24(火) 10:07:41.083`.
pub fn milliseconds(t: Texts, instant: DateTime<Utc>) -> String {
    format!("{} {}", table(t, day_of(instant)), in_japan(instant).format("%H:%M:%S%.3f"))
}

/// In tables for spreadsheets: `2026/11/24 10:07:41.083`.
pub fn sheet_instant(instant: DateTime<Utc>) -> String {
    in_japan(instant).format("%Y/%m/%d %H:%M:%S%.3f").to_string()
}

/// For `<time datetime>`: `2026-11-24T10:24+09:00`.
pub fn machine(instant: DateTime<Utc>) -> String {
    in_japan(instant).format("%Y-%m-%dT%H:%M%:z").to_string()
}

/// The calendar day in Japan.
pub fn day_of(instant: DateTime<Utc>) -> NaiveDate {
    in_japan(instant).date_naive()
}

/// A date or instant as code writes it (`2026-12-08`, RFC 3339) in the long form; anything else stays as it is.
pub fn readable(t: Texts, value: &str) -> String {
    let day = NaiveDate::parse_from_str(value, "%Y-%m-%d").map(|day| long(t, day));
    let instant = || value.parse::<DateTime<Utc>>().map(|at| long_instant(t, at));
    day.or_else(|_| instant()).unwrap_or_else(|_| value.to_owned())
}

fn in_japan(instant: DateTime<Utc>) -> DateTime<FixedOffset> {
    match FixedOffset::east_opt(JST_SECONDS_EAST) {
        Some(japan) => instant.with_timezone(&japan),
        None => instant.fixed_offset(),
    }
}

fn weekday(day: NaiveDate) -> char {
    match day.weekday() {
        chrono::Weekday::Mon => '月',
        chrono::Weekday::Tue => '火',
        chrono::Weekday::Wed => '水',
        chrono::Weekday::Thu => '木',
        chrono::Weekday::Fri => '金',
        chrono::Weekday::Sat => '土',
        chrono::Weekday::Sun => '日',
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn dates_carry_their_weekday_in_every_format() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 8).unwrap();
        for (format, japanese, english) in [
            (long as fn(Texts, NaiveDate) -> String, "2026年12月8日(火)", "8 December 2026 (Tue)"),
            (table, "2026/12/08(火)", "2026/12/08 (Tue)"),
            (without_year, "12月8日(火)", "8 December (Tue)"),
            (short, "12/8(火)", "12/8 (Tue)"),
        ] {
            assert_eq!((format(Texts::JA, day).as_str(), format(Texts::EN, day).as_str()), (japanese, english));
        }
        assert_eq!(numeric(day), "2026/12/08");
    }

    #[test]
    fn instants_are_shown_in_japan_across_midnight() {
        let evening = Utc.with_ymd_and_hms(2026, 11, 23, 15, 0, 0).unwrap();
        assert_eq!(long_instant(Texts::JA, evening), "2026年11月24日(火) 00:00");
        assert_eq!(long_instant(Texts::EN, evening), "24 November 2026 (Tue) 00:00");
        assert_eq!(short_instant(Texts::JA, evening), "11/24(火) 00:00");
        assert_eq!(short_instant(Texts::EN, evening), "11/24 (Tue) 00:00");
        assert_eq!(history(evening), "11/24 00:00");
        assert_eq!(seconds(evening), "00:00:00");
        assert_eq!(
            milliseconds(Texts::JA, evening + chrono::Duration::microseconds(83_999)),
            "2026/11/24(火) 00:00:00.083"
        );
        assert_eq!(machine(evening), "2026-11-24T00:00+09:00");
        let second_before = Utc.with_ymd_and_hms(2026, 11, 23, 14, 59, 59).unwrap();
        assert_eq!(short_instant(Texts::JA, second_before), "11/23(月) 23:59");
    }

    #[test]
    fn values_in_refusals_become_readable_only_when_they_are_dates() {
        for (value, expected) in [
            ("2026-12-08", "2026年12月8日(火)"),
            ("2026-11-24T01:20:00Z", "2026年11月24日(火) 10:20"),
            ("2026-11-24 01:20:00 UTC", "2026年11月24日(火) 10:20"),
            ("2026-13-08", "2026-13-08"),
            ("RQ-260806-0182", "RQ-260806-0182"),
            ("3", "3"),
        ] {
            assert_eq!(readable(Texts::JA, value), expected, "{value}");
        }
        assert_eq!(readable(Texts::EN, "2026-11-24T01:20:00Z"), "24 November 2026 (Tue) 10:20");
    }
}
