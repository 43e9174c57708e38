//! Japanese days: JST dates and instants, business days and business hours (`domain.md` section 5).
//!
//! Owns which day the desk works and the first day a case is due. Must not read the clock or the database: the
//! caller hands over imported holidays and configured closures. Every function is total: at the ends of chrono's
//! range it returns the last representable day instead of panicking.

mod cabinet_office;
pub mod hours;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday,
};

use hours::OpeningHours;

pub use cabinet_office::{decode_cabinet_office_csv, parse_cabinet_office_csv};

/// Japan Standard Time, UTC+9 without daylight saving.
pub const JST: FixedOffset = match FixedOffset::east_opt(9 * 60 * 60) {
    Some(offset) => offset,
    None => panic!("nine hours are a valid offset"),
};

/// How long before a year without holiday data the desk is warned.
const COVERAGE_WARNING_DAYS: u64 = 60;
/// Cabinet Office data up to the last year published when this was built; names of substitute days spelled out.
const SHIPPED_HOLIDAYS: &str = include_str!("national_holidays.csv");

/// The calendar date in Japan at `instant`.
pub fn jst_date(instant: DateTime<Utc>) -> NaiveDate {
    jst_local(instant).date()
}

/// The time of day in Japan at `instant`, as people read it: `9:00`.
pub fn jst_time(instant: DateTime<Utc>) -> String {
    hours::written(jst_local(instant).time())
}

/// `hour:minute` JST on `date`, counted from its midnight: 24:00 is midnight of the next day.
pub fn jst(date: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    let since_midnight = TimeDelta::minutes(i64::from(hour) * 60 + i64::from(minute));
    start_of_day(date).checked_add_signed(since_midnight).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// 00:00:00 JST on `date`.
pub fn start_of_day(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).checked_sub_offset(JST).map_or(DateTime::<Utc>::MIN_UTC, |instant| instant.and_utc())
}

/// 23:59:59 JST on `date`, the last second a certificate names.
pub fn end_of_day(date: NaiveDate) -> DateTime<Utc> {
    start_of_day(date).checked_add_signed(TimeDelta::seconds(24 * 60 * 60 - 1)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn jst_local(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc().checked_add_offset(JST).unwrap_or(NaiveDateTime::MAX)
}

/// What a day is for the desk. A day that is closed twice over shows the reason people know by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'a> {
    Business,
    Weekend,
    Holiday(&'a str),
    /// 29 December to 3 January.
    YearEnd,
    /// A day the company closed by configuration.
    Closure(&'a str),
}

/// A day that newer holiday data makes a holiday, a working day, or gives another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayChange {
    pub date: NaiveDate,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The national holidays known, and the days the company closes besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    holidays: BTreeMap<NaiveDate, String>,
    closures: BTreeMap<NaiveDate, String>,
    /// By the first day on which they count; before that those of [`OpeningHours::default`].
    hours: BTreeMap<NaiveDate, OpeningHours>,
}

impl Calendar {
    /// The published holidays 2018–2027 that come inside the program.
    pub fn shipped() -> Self {
        let rows = SHIPPED_HOLIDAYS.lines().filter_map(|line| {
            let (date, name) = line.split_once(',')?;
            Some((date.parse().ok()?, name.to_owned()))
        });
        Self::default().with_holidays(rows)
    }

    /// Takes over newer holiday data. A year that occurs in `rows` replaces that whole year, because holidays also
    /// move away from a day (as in 2020 and 2021); a single extra day off is a closure.
    #[must_use]
    pub fn with_holidays(mut self, rows: impl IntoIterator<Item = (NaiveDate, String)>) -> Self {
        let rows: BTreeMap<_, _> = rows.into_iter().collect();
        let years: BTreeSet<_> = rows.keys().map(Datelike::year).collect();
        self.holidays.retain(|date, _| !years.contains(&date.year()));
        self.holidays.extend(rows);
        self
    }

    #[must_use]
    pub fn with_closure(mut self, date: NaiveDate, name: impl Into<String>) -> Self {
        self.closures.insert(date, name.into());
        self
    }

    /// Other hours from that day on.
    #[must_use]
    pub fn with_hours(mut self, from: NaiveDate, hours: OpeningHours) -> Self {
        self.hours.insert(from, hours);
        self
    }

    pub fn day_kind(&self, date: NaiveDate) -> DayKind<'_> {
        if let Some(name) = self.holidays.get(&date) {
            DayKind::Holiday(name)
        } else if is_year_end(date) {
            DayKind::YearEnd
        } else if let Some(name) = self.closures.get(&date) {
            DayKind::Closure(name)
        } else if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            DayKind::Weekend
        } else {
            DayKind::Business
        }
    }

    /// The national holidays known of that year.
    pub fn holidays_of(&self, year: i32) -> impl Iterator<Item = (NaiveDate, &str)> {
        let all = self.holidays.iter().map(|(date, name)| (*date, name.as_str()));
        all.filter(move |(date, _)| date.year() == year)
    }

    /// The years of which national holidays are known.
    pub fn covered_years(&self) -> BTreeSet<i32> {
        self.holidays.keys().map(Datelike::year).collect()
    }

    /// The company's closures from that day on.
    pub fn closures_from(&self, date: NaiveDate) -> impl Iterator<Item = (NaiveDate, &str)> {
        self.closures.range(date..).map(|(date, name)| (*date, name.as_str()))
    }

    /// What newer holiday data would change from `date` on: the day, its name so far, its name then.
    pub fn differences(&self, newer: &Self, date: NaiveDate) -> Vec<HolidayChange> {
        let days: BTreeSet<NaiveDate> =
            self.holidays.range(date..).chain(newer.holidays.range(date..)).map(|(date, _)| *date).collect();
        let change = |date: NaiveDate| HolidayChange {
            date,
            before: self.holidays.get(&date).cloned(),
            after: newer.holidays.get(&date).cloned(),
        };
        days.into_iter().map(change).filter(|change| change.before != change.after).collect()
    }

    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        self.day_kind(date) == DayKind::Business
    }

    /// The first day on which the desk may call and revoke: the first business day on or after `requested_on`.
    pub fn due_on(&self, requested_on: NaiveDate) -> NaiveDate {
        self.seek(requested_on, |day| day.succ_opt())
    }

    /// The first business day later than `date`.
    pub fn next_business_day(&self, date: NaiveDate) -> NaiveDate {
        date.succ_opt().map_or(date, |next| self.due_on(next))
    }

    /// The last business day earlier than `date`.
    pub fn previous_business_day(&self, date: NaiveDate) -> NaiveDate {
        date.pred_opt().map_or(date, |previous| self.last_business_day_until(previous))
    }

    /// The last business day on or before `date`.
    pub fn last_business_day_until(&self, date: NaiveDate) -> NaiveDate {
        self.seek(date, |day| day.pred_opt())
    }

    /// `n` business days later; 0 is `date` itself.
    pub fn add_business_days(&self, date: NaiveDate, n: u32) -> NaiveDate {
        repeat(date, n, |day| self.next_business_day(day))
    }

    /// `n` business days earlier; 0 is `date` itself.
    pub fn business_days_before(&self, date: NaiveDate, n: u32) -> NaiveDate {
        repeat(date, n, |day| self.previous_business_day(day))
    }

    /// How many business days passed: those after `from` up to and including `to`; 0 when `to` is not later.
    pub fn business_days_between(&self, from: NaiveDate, to: NaiveDate) -> usize {
        from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| self.is_business_day(*day)).count()
    }

    /// The hours of that day, if it is a business day.
    pub fn hours_on(&self, date: NaiveDate) -> OpeningHours {
        self.hours.range(..=date).next_back().map(|(_, hours)| *hours).unwrap_or_default()
    }

    /// When the desk opens on that day, if it does.
    pub fn opening_on(&self, date: NaiveDate) -> DateTime<Utc> {
        at(date, self.hours_on(date).opens)
    }

    /// When the desk closes on that day; no longer open at that instant.
    pub fn closing_on(&self, date: NaiveDate) -> DateTime<Utc> {
        at(date, self.hours_on(date).closes)
    }

    /// Whether the desk's telephone hours run: from the opening up to, not including, the closing of a business day.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let today = jst_date(now);
        self.is_business_day(today) && self.opening_on(today) <= now && now < self.closing_on(today)
    }

    /// The first instant from `now` on at which the desk is open; `now` itself while it is.
    pub fn next_opening(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = jst_date(now);
        if self.is_business_day(today) && now < self.closing_on(today) {
            return self.opening_on(today).max(now);
        }
        self.opening_on(self.next_business_day(today)).max(now)
    }

    /// Whether holiday data of that year is known. Without it only weekends, year end and closures count.
    pub fn covers_year(&self, year: i32) -> bool {
        let first = NaiveDate::from_ymd_opt(year, 1, 1);
        let last = NaiveDate::from_ymd_opt(year, 12, 31);
        first.zip(last).is_some_and(|(first, last)| self.holidays.range(first..=last).next().is_some())
    }

    /// The year whose holidays somebody has to import: the current one, or the one that begins within 60 days.
    pub fn coverage_warning(&self, today: NaiveDate) -> Option<i32> {
        let horizon = today.checked_add_days(Days::new(COVERAGE_WARNING_DAYS)).unwrap_or(NaiveDate::MAX);
        (today.year()..=horizon.year()).find(|year| !self.covers_year(*year))
    }

    fn seek(&self, from: NaiveDate, step: impl Fn(NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
        let mut day = from;
        while !self.is_business_day(day) {
            match step(day) {
                Some(next) => day = next,
                None => break,
            }
        }
        day
    }
}

/// That time of day in Japan.
fn at(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    jst(date, time.hour(), time.minute())
}

fn is_year_end(date: NaiveDate) -> bool {
    matches!((date.month(), date.day()), (12, 29..) | (1, ..=3))
}

/// Stops early where a step no longer moves: at the end of chrono's range.
fn repeat(date: NaiveDate, times: u32, step: impl Fn(NaiveDate) -> NaiveDate) -> NaiveDate {
    let mut day = date;
    for _ in 0..times {
        let next = step(day);
        if next == day {
            break;
        }
        day = next;
    }
    day
}
