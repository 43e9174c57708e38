//! S5 カレンダー.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Deserialize;

use super::frame::Frame;
use crate::controllers::extractors::Query;
use crate::domain::calendar::{Calendar, DayKind};
use crate::domain::report::Capacity;
use crate::domain::role::{Permission, Role};
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::counting::Count;
use crate::models::day_load::{self, DayLoad};
use crate::models::users;
use crate::views::chrome::Place;
use crate::views::desk::calendar::{CalendarPage, Day, Weekday};
use crate::views::parts::{Link, counted, query};

/// Business days beside the month.
const AHEAD: usize = 10;
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MonthForm {
    /// `2026-12`; anything else is the month of today.
    month: String,
}

/// `GET /desk/calendar`
pub async fn index(frame: Frame, Query(form): Query<MonthForm>) -> Result<CalendarPage> {
    let (t, today) = (frame.t, frame.today());
    let first = first_of(&form.month, today);
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| day.month() == first.month()).collect();
    let calendar = frame.desk.calendar();
    let ahead: Vec<NaiveDate> =
        std::iter::successors(Some(calendar.due_on(today)), |day| Some(calendar.next_business_day(*day)))
            .take(AHEAD)
            .collect();
    let loads = day_load::of(&frame.desk.db, days.iter().chain(&ahead).copied(), today).await?;
    let capacity = capacity(&frame).await?;
    let day = |load: &DayLoad| day_of(t, load, &calendar, capacity, today);
    let (of_month, of_ahead) = loads.split_at(days.len());
    let other_month = |first: NaiveDate| Link::new(href(first), month_label(t, first));
    Ok(CalendarPage {
        chrome: frame.chrome(Place::Calendar).await?,
        month: month_label(t, first),
        previous: other_month(first.checked_sub_months(Months::new(1)).unwrap_or(first)),
        next: other_month(first.checked_add_months(Months::new(1)).unwrap_or(first)),
        this_month: (first != first_of("", today)).then(|| Link::new("/desk/calendar", t.s("calendar.this_month"))),
        warning: (!calendar.covers_year(first.year()))
            .then(|| t.f("calendar.year_unknown", &[("year", &first.year())])),
        capacity: t.f(
            "calendar.capacity",
            &[("n", &capacity.cases()), ("people", &capacity.people), ("each", &capacity.each)],
        ),
        weekdays: WEEKDAYS.iter().map(|name| weekday(t, name)).collect(),
        weeks: weeks(first, of_month.iter().map(day).collect()),
        business_days: of_ahead.iter().map(day).collect(),
    })
}

fn first_of(month: &str, today: NaiveDate) -> NaiveDate {
    let asked = format!("{month}-01").parse::<NaiveDate>().ok().filter(|day| (2000..2200).contains(&day.year()));
    asked.or_else(|| today.with_day(1)).unwrap_or(today)
}

fn href(first: NaiveDate) -> String {
    format!("/desk/calendar?month={}", first.format("%Y-%m"))
}

fn month_label(t: Texts, first: NaiveDate) -> String {
    t.f("calendar.month", &[("year", &first.year()), ("month", &first.month())])
}

fn weekday(t: Texts, name: &str) -> Weekday {
    Weekday { short: t.s(&format!("weekday.{name}")), long: t.s(&format!("weekday.long.{name}")) }
}

/// Everybody who phones, each with as many cases as the settings say.
pub(super) async fn capacity(frame: &Frame) -> Result<Capacity> {
    let roles = Role::ALL.into_iter().filter(|role| role.may(Permission::WorkCases));
    let people = users::count_enabled(&frame.desk.db, roles).await?;
    Ok(Capacity { people, each: frame.desk.settings.calls.cases_a_day.into() })
}

fn weeks(first: NaiveDate, days: Vec<Day>) -> Vec<Vec<Option<Day>>> {
    let blanks = first.weekday().num_days_from_sunday() as usize;
    let mut cells: Vec<Option<Day>> = vec![None; blanks];
    cells.extend(days.into_iter().map(Some));
    cells.resize(cells.len().next_multiple_of(7), None);
    cells.chunks(7).map(<[_]>::to_vec).collect()
}

fn day_of(t: Texts, load: &DayLoad, calendar: &Calendar, capacity: Capacity, today: NaiveDate) -> Day {
    let kind = calendar.day_kind(load.day);
    let counted = |count: Count| (!count.is_zero()).then(|| counted(t, count));
    let past = load.day < today;
    let on = load.day.to_string();
    let view = if past { "overdue" } else { "open" };
    Day {
        href: format!("/desk/cases?{}", query(&[("view", view), ("from", &on), ("to", &on)])),
        number: load.day.day(),
        label: dates::short(t, load.day),
        today: load.day == today,
        closed: kind != DayKind::Business,
        name: match kind {
            DayKind::Holiday(name) | DayKind::Closure(name) => Some(name.to_owned()),
            DayKind::YearEnd => Some(t.s("calendar.year_end").to_owned()),
            DayKind::Business | DayKind::Weekend => None,
        },
        ev: counted(load.ev),
        ov: counted(load.ov()),
        unfinished: counted(load.all).filter(|_| past).map(|n| t.f("calendar.unfinished", &[("n", &n)])),
        crowded: !past && capacity.is_exceeded_by(load.all.number),
    }
}

/// Four weeks from today on, for the report.
pub(super) async fn four_weeks(frame: &Frame) -> Result<Vec<DayLoad>> {
    let today = frame.today();
    let days = (0..28).filter_map(|n| today.checked_add_days(Days::new(n)));
    Ok(day_load::of(&frame.desk.db, days, today).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_that_cannot_be_read_is_the_month_of_today() {
        let today = day("2026-11-24");
        for (asked, first) in [
            ("", "2026-11-01"),
            ("2026-12", "2026-12-01"),
            ("2028-02", "2028-02-01"),
            ("2026-13", "2026-11-01"),
            ("1999-12", "2026-11-01"),
            ("2200-01", "2026-11-01"),
            ("nonsense", "2026-11-01"),
        ] {
            assert_eq!(first_of(asked, today), day(first), "{asked}");
        }
    }

    #[test]
    fn weeks_begin_on_sunday_and_leave_the_days_of_other_months_blank() {
        let load = |day| DayLoad { day, all: Count::default(), ev: Count::default() };
        let calendar = Calendar::shipped();
        let capacity = Capacity { people: 0, each: 20 };
        // A month that begins on a Tuesday, one that begins on a Sunday and fills four weeks, one of six weeks.
        for (first, rows, blanks) in [("2026-12-01", 5, 2), ("2026-02-01", 4, 0), ("2026-08-01", 6, 6)] {
            let first = day(first);
            let days = first.iter_days().take_while(|day| day.month() == first.month());
            let days = days.map(|day| day_of(Texts::JA, &load(day), &calendar, capacity, first)).collect();
            let weeks = weeks(first, days);
            assert_eq!(weeks.len(), rows, "{first}");
            assert!(weeks.iter().all(|week| week.len() == 7));
            assert_eq!(weeks[0].iter().take_while(|cell| cell.is_none()).count(), blanks, "{first}");
        }
    }

    #[test]
    fn a_day_says_what_closes_it_and_what_is_left_of_it() {
        let calendar = Calendar::shipped().with_closure(day("2026-12-07"), "創立記念日");
        let capacity = Capacity { people: 1, each: 5 };
        let today = day("2026-11-24");
        let of = |on: &str, all, ev| {
            let load = DayLoad { day: day(on), all: Count::exactly(all), ev: Count::exactly(ev) };
            day_of(Texts::JA, &load, &calendar, capacity, today)
        };
        for (on, closed, name) in [
            ("2026-11-24", false, None),
            ("2026-11-23", true, Some("勤労感謝の日")),
            ("2026-11-28", true, None),
            ("2026-12-07", true, Some("創立記念日")),
            ("2026-12-29", true, Some("年末年始")),
        ] {
            let day = of(on, 0, 0);
            assert_eq!((day.closed, day.name.as_deref()), (closed, name), "{on}");
        }
        let busy = of("2026-11-24", 6, 2);
        assert_eq!((busy.ev.as_deref(), busy.ov.as_deref(), busy.crowded), (Some("2"), Some("4"), true));
        assert!(!of("2026-11-24", 5, 0).crowded);
        let past = of("2026-11-20", 6, 0);
        assert_eq!((past.unfinished.as_deref(), past.crowded, past.ev), (Some("未完了 6件"), false, None));
        assert!(past.href.contains("view=overdue&from=2026-11-20&to=2026-11-20"), "{}", past.href);
    }
}
