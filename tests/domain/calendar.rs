//! Business days, business hours and holiday data.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use encoding_rs::SHIFT_JIS;
use revocation_desk::domain::calendar::hours::{AnnouncedHours, OpeningHours};
use revocation_desk::domain::calendar::{
    Calendar, DayKind, decode_cabinet_office_csv, end_of_day, jst, jst_date, parse_cabinet_office_csv, start_of_day,
};
use revocation_desk::domain::case::ChangeWindow;
use revocation_desk::domain::problem::Problem;

use crate::days::{day, every_day, japan};

#[test]
fn the_day_changes_at_midnight_in_japan() {
    let midnight = japan("2026-11-24 00:00:00");

    assert_eq!(jst_date(midnight - TimeDelta::seconds(1)), day("2026-11-23"));
    assert_eq!(jst_date(midnight), day("2026-11-24"));
    assert_eq!(start_of_day(day("2026-11-24")), midnight);
    assert_eq!(end_of_day(day("2026-11-23")), midnight - TimeDelta::seconds(1));
    assert_eq!(jst(day("2026-11-24"), 10, 27), japan("2026-11-24 10:27:00"));
    assert_eq!(jst(day("2026-11-23"), 24, 0), midnight);
}

#[test]
fn a_case_is_due_on_the_first_business_day_from_the_requested_one() {
    let calendar = Calendar::shipped();
    for (requested, due, why) in [
        ("2026-11-24", "2026-11-24", "a Tuesday is its own due date"),
        ("2026-11-20", "2026-11-20", "a Friday"),
        ("2026-11-21", "2026-11-24", "Saturday, Sunday and Labour Thanksgiving"),
        ("2026-12-28", "2026-12-28", "the last business day of the year"),
        ("2026-12-29", "2027-01-04", "the year end"),
        ("2027-01-03", "2027-01-04", "the last day of the year end"),
        ("2026-05-01", "2026-05-01", "a Friday in Golden Week"),
        ("2026-05-02", "2026-05-07", "Golden Week with its substitute holiday on the 6th"),
        ("2026-05-06", "2026-05-07", "the substitute holiday itself"),
        ("2026-09-19", "2026-09-24", "Silver Week"),
        ("2026-09-22", "2026-09-24", "the citizens' holiday between two holidays"),
        ("2027-03-21", "2027-03-23", "the equinox on a Sunday and its substitute"),
        ("2020-10-12", "2020-10-12", "the second Monday of October, moved away for the Olympics"),
        ("2021-10-11", "2021-10-11", "again, a year later"),
        ("2019-04-27", "2019-05-07", "ten days off at the enthronement"),
    ] {
        assert_eq!(calendar.due_on(day(requested)), day(due), "{requested}: {why}");
    }
}

#[test]
fn steps_over_the_year_end_count_business_days_only() {
    let calendar = Calendar::shipped();

    assert_eq!(calendar.next_business_day(day("2026-12-28")), day("2027-01-04"));
    assert_eq!(calendar.previous_business_day(day("2027-01-04")), day("2026-12-28"));
    assert_eq!(calendar.last_business_day_until(day("2027-01-04")), day("2027-01-04"));
    assert_eq!(calendar.last_business_day_until(day("2027-01-03")), day("2026-12-28"));
    assert_eq!(calendar.business_days_before(day("2027-01-04"), 5), day("2026-12-22"));
    assert_eq!(calendar.business_days_before(day("2027-01-04"), 0), day("2027-01-04"));
    assert_eq!(calendar.add_business_days(day("2026-12-28"), 5), day("2027-01-08"));
    assert_eq!(calendar.add_business_days(day("2026-12-28"), 0), day("2026-12-28"));
    assert_eq!(calendar.business_days_between(day("2026-12-28"), day("2027-01-04")), 1);
    assert_eq!(calendar.business_days_between(day("2027-01-04"), day("2027-01-04")), 0);
    assert_eq!(calendar.business_days_between(day("2027-01-04"), day("2026-12-28")), 0);
}

#[test]
fn a_closed_day_shows_the_reason_people_know_by_name() {
    let calendar = Calendar::shipped().with_closure(day("2026-06-10"), "創立記念日");
    for (date, kind) in [
        ("2026-06-09", DayKind::Business),
        ("2026-06-10", DayKind::Closure("創立記念日")),
        ("2026-06-13", DayKind::Weekend),
        ("2026-06-14", DayKind::Weekend),
        ("2026-12-28", DayKind::Business),
        ("2026-12-29", DayKind::YearEnd),
        ("2027-01-01", DayKind::Holiday("元日")),
        ("2027-01-02", DayKind::YearEnd),
        ("2027-01-03", DayKind::YearEnd),
        ("2027-01-04", DayKind::Business),
        ("2026-05-03", DayKind::Holiday("憲法記念日")),
        ("2026-09-22", DayKind::Holiday("国民の休日")),
        ("2027-03-22", DayKind::Holiday("振替休日")),
    ] {
        assert_eq!(calendar.day_kind(day(date)), kind, "{date}");
    }
    assert_eq!(calendar.due_on(day("2026-06-10")), day("2026-06-11"));
}

#[test]
fn the_desk_is_open_from_nine_to_six_on_business_days() {
    let calendar = Calendar::shipped();
    for (now, open, next_opening) in [
        ("2026-11-24 08:59:59", false, "2026-11-24 09:00:00"),
        ("2026-11-24 09:00:00", true, "2026-11-24 09:00:00"),
        ("2026-11-24 17:59:59", true, "2026-11-24 17:59:59"),
        ("2026-11-24 18:00:00", false, "2026-11-25 09:00:00"),
        ("2026-11-20 18:00:00", false, "2026-11-24 09:00:00"),
        ("2026-11-23 10:00:00", false, "2026-11-24 09:00:00"),
        ("2026-11-24 00:00:00", false, "2026-11-24 09:00:00"),
        ("2026-12-28 23:59:59", false, "2027-01-04 09:00:00"),
    ] {
        assert_eq!(calendar.is_open(japan(now)), open, "{now}");
        assert_eq!(calendar.next_opening(japan(now)), japan(next_opening), "{now}");
    }
}

#[test]
fn other_hours_count_from_their_day_on() {
    let hours = |opens, closes| OpeningHours { opens: time(opens), closes: time(closes) };
    let calendar = Calendar::shipped()
        .with_hours(day("2026-12-01"), hours("10:00", "17:30"))
        .with_hours(day("2026-12-03"), hours("08:00", "20:00"));
    for (now, open, next_opening) in [
        ("2026-11-30 09:00:00", true, "2026-11-30 09:00:00"),
        ("2026-11-30 18:00:00", false, "2026-12-01 10:00:00"),
        ("2026-12-01 09:59:59", false, "2026-12-01 10:00:00"),
        ("2026-12-01 10:00:00", true, "2026-12-01 10:00:00"),
        ("2026-12-01 17:29:59", true, "2026-12-01 17:29:59"),
        ("2026-12-01 17:30:00", false, "2026-12-02 10:00:00"),
        ("2026-12-03 08:00:00", true, "2026-12-03 08:00:00"),
        ("2026-12-04 19:59:59", true, "2026-12-04 19:59:59"),
    ] {
        assert_eq!(calendar.is_open(japan(now)), open, "{now}");
        assert_eq!(calendar.next_opening(japan(now)), japan(next_opening), "{now}");
    }
    let deadline = |due| ChangeWindow::new(day(due), false, &calendar).deadline;
    assert_eq!(deadline("2026-12-01"), japan("2026-11-30 18:00:00"));
    assert_eq!(deadline("2026-12-02"), japan("2026-12-01 17:30:00"));
    assert_eq!(deadline("2026-12-04"), japan("2026-12-03 20:00:00"));
}

#[test]
fn hours_end_after_they_begin_and_have_words_for_customers() {
    for (opens, closes, words, refused) in [
        ("09:00", "18:00", "平日 9:00～18:00", vec![]),
        ("09:00", "09:01", "平日", vec![]),
        ("09:00", "09:00", "平日", vec!["hours_end_before_they_begin"]),
        ("18:00", "09:00", "", vec!["hours_end_before_they_begin", "hours_words_invalid"]),
        ("09:00", "18:00", &"あ".repeat(40), vec![]),
        ("09:00", "18:00", &"あ".repeat(41), vec!["hours_words_invalid"]),
        ("09:00", "18:00", "平日\nBcc: x", vec!["hours_words_invalid"]),
    ] {
        let hours = OpeningHours { opens: time(opens), closes: time(closes) };
        let problems = AnnouncedHours { hours, words: words.to_owned() }.check();
        let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, refused, "{opens} {closes} {words}");
    }
}

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

#[test]
fn missing_holiday_data_is_told_sixty_days_ahead() {
    let calendar = Calendar::shipped();

    assert!(calendar.covers_year(2018) && calendar.covers_year(2027));
    assert!(!calendar.covers_year(2017) && !calendar.covers_year(2028));
    assert_eq!(calendar.coverage_warning(day("2027-11-01")), None);
    assert_eq!(calendar.coverage_warning(day("2027-11-02")), Some(2028));
    assert_eq!(calendar.coverage_warning(day("2028-01-01")), Some(2028));
    assert_eq!(calendar.coverage_warning(day("2029-12-31")), Some(2029));
    // Without data the weekend rule goes on.
    assert_eq!(calendar.due_on(day("2028-01-08")), day("2028-01-10"));
}

#[test]
fn imported_holidays_replace_the_year_they_belong_to() {
    let moved = [(day("2027-07-22"), "海の日".to_owned()), (day("2028-01-01"), "元日".to_owned())];
    let calendar = Calendar::shipped().with_holidays(moved);

    assert!(!calendar.is_business_day(day("2027-07-22")));
    assert!(calendar.is_business_day(day("2027-07-19")), "the day the holiday moved away from");
    assert!(calendar.covers_year(2028));
    assert!(!calendar.is_business_day(day("2026-07-20")), "other years keep theirs");
}

#[test]
fn no_function_panics_at_the_ends_of_time() {
    let calendar = Calendar::shipped();
    for date in [NaiveDate::MIN, NaiveDate::MAX, day("2026-11-24")] {
        for step in [calendar.due_on(date), calendar.next_business_day(date), calendar.previous_business_day(date)] {
            assert!((NaiveDate::MIN..=NaiveDate::MAX).contains(&step));
        }
        calendar.last_business_day_until(date);
        calendar.coverage_warning(date);
        calendar.day_kind(date);
        start_of_day(date);
        end_of_day(date);
        jst(date, u32::MAX, u32::MAX);
    }
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        jst_date(now);
        calendar.is_open(now);
        assert!(calendar.next_opening(now) >= now);
    }
    assert_eq!(calendar.add_business_days(NaiveDate::MAX, u32::MAX), NaiveDate::MAX);
    assert_eq!(calendar.business_days_before(NaiveDate::MIN, u32::MAX), NaiveDate::MIN);
    assert_eq!(calendar.business_days_between(NaiveDate::MAX, NaiveDate::MAX), 0);
    assert!(!calendar.covers_year(i32::MAX) && !calendar.covers_year(i32::MIN));
}

#[test]
fn the_shipped_holidays_are_what_the_law_says() {
    let calendar = Calendar::shipped();
    for year in 2018..=2027 {
        let by_law = holidays_by_law(year);
        for date in every_day(year, year) {
            let shipped = match calendar.day_kind(date) {
                DayKind::Holiday(name) => Some(name),
                DayKind::Business | DayKind::Weekend | DayKind::YearEnd | DayKind::Closure(_) => None,
            };
            assert_eq!(shipped, by_law.get(&date).copied(), "{date}");
        }
    }
}

#[test]
fn every_day_from_2018_to_2040_agrees_with_a_plain_count() {
    let calendar = Calendar::shipped();
    // A month on both sides, so that every step has somewhere to go.
    let first = day("2017-12-01");
    let days: Vec<NaiveDate> = first.iter_days().take_while(|date| *date < day("2041-02-01")).collect();
    let open: Vec<bool> = open_days(&days);
    let index = |date: NaiveDate| usize::try_from((date - first).num_days()).unwrap();
    let next = |from: usize| (from..days.len()).find(|at| open[*at]).unwrap();
    let previous = |from: usize| (0..=from).rev().find(|at| open[*at]).unwrap();

    for date in every_day(2018, 2040) {
        let at = index(date);
        assert_eq!(calendar.is_business_day(date), open[at], "{date}");
        assert_eq!(calendar.due_on(date), days[next(at)], "{date}");
        assert_eq!(calendar.next_business_day(date), days[next(at + 1)], "{date}");
        assert_eq!(calendar.previous_business_day(date), days[previous(at - 1)], "{date}");
        assert_eq!(calendar.last_business_day_until(date), days[previous(at)], "{date}");
        let three_later = next(next(next(at + 1) + 1) + 1);
        assert_eq!(calendar.add_business_days(date, 3), days[three_later], "{date}");
        let three_earlier = previous(previous(previous(at - 1) - 1) - 1);
        assert_eq!(calendar.business_days_before(date, 3), days[three_earlier], "{date}");
        assert_eq!(calendar.business_days_between(date, days[three_later]), 3, "{date}");
        let opens = jst(days[next(at)], 9, 0);
        assert_eq!(calendar.next_opening(start_of_day(date)), opens, "{date}");
        assert!(calendar.is_open(opens), "{date}");
    }
}

/// The plain count: weekdays by counting sevens from a Monday, holidays by law as far as they are published.
fn open_days(days: &[NaiveDate]) -> Vec<bool> {
    let holidays: BTreeMap<NaiveDate, &str> = (2018..=2027).flat_map(holidays_by_law).collect();
    let monday = day("2018-01-01");
    let open = |date: &NaiveDate| {
        let weekend = (*date - monday).num_days().rem_euclid(7) >= 5;
        let month_and_day = date.month() * 100 + date.day();
        !weekend && !holidays.contains_key(date) && (104..=1228).contains(&month_and_day)
    };
    days.iter().map(open).collect()
}

/// The Act on National Holidays with the special laws of 2018 (enthronement) and 2018/2020 (Olympics).
fn holidays_by_law(year: i32) -> BTreeMap<NaiveDate, &'static str> {
    let date = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let monday = |month, nth| NaiveDate::from_weekday_of_month_opt(year, month, chrono::Weekday::Mon, nth).unwrap();
    let olympic = |usual, in_2020, in_2021| match year {
        2020 => in_2020,
        2021 => in_2021,
        _ => usual,
    };
    let mut holidays = BTreeMap::from([
        (date(1, 1), "元日"),
        (monday(1, 2), "成人の日"),
        (date(2, 11), "建国記念の日"),
        (date(3, equinox(year, 20.8431)), "春分の日"),
        (date(4, 29), "昭和の日"),
        (date(5, 3), "憲法記念日"),
        (date(5, 4), "みどりの日"),
        (date(5, 5), "こどもの日"),
        (olympic(monday(7, 3), date(7, 23), date(7, 22)), "海の日"),
        (olympic(date(8, 11), date(8, 10), date(8, 8)), "山の日"),
        (monday(9, 3), "敬老の日"),
        (date(9, equinox(year, 23.2488)), "秋分の日"),
        (olympic(monday(10, 2), date(7, 24), date(7, 23)), if year < 2020 { "体育の日" } else { "スポーツの日" }),
        (date(11, 3), "文化の日"),
        (date(11, 23), "勤労感謝の日"),
    ]);
    match year {
        2018 => {
            holidays.insert(date(12, 23), "天皇誕生日");
        }
        2019 => {
            holidays.insert(date(5, 1), "天皇の即位の日");
            holidays.insert(date(10, 22), "即位礼正殿の儀の行われる日");
        }
        _ => {
            holidays.insert(date(2, 23), "天皇誕生日");
        }
    }
    with_substitutes(&holidays)
}

/// Article 3: after a holiday on a Sunday the next day that is none; and a day between two holidays.
fn with_substitutes(by_name: &BTreeMap<NaiveDate, &'static str>) -> BTreeMap<NaiveDate, &'static str> {
    let mut all = by_name.clone();
    for date in by_name.keys().filter(|date| date.weekday() == chrono::Weekday::Sun) {
        let substitute = date.iter_days().find(|day| !by_name.contains_key(day)).unwrap();
        all.insert(substitute, "振替休日");
    }
    for date in by_name.keys() {
        let between = *date + Days::new(1);
        if by_name.contains_key(&(between + Days::new(1))) && !all.contains_key(&between) {
            all.insert(between, "国民の休日");
        }
    }
    all
}

/// The usual approximation for 1980–2099, with the year's offset of the equinox.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the day of a month")]
fn equinox(year: i32, offset: f64) -> u32 {
    let years = f64::from(year - 1980);
    (offset + 0.242_194 * years - (years / 4.0).floor()).floor() as u32
}

const OFFICIAL: &str =
    "国民の祝日・休日月日,国民の祝日・休日名称\r\n2026/1/1,元日\r\n2026/9/22,休日\r\n2027/11/23,勤労感謝の日\r\n";

#[test]
fn the_cabinet_office_file_is_read_as_it_is_published() {
    let (shift_jis, _, _) = SHIFT_JIS.encode(OFFICIAL);
    let text = decode_cabinet_office_csv(&shift_jis).unwrap();

    assert_eq!(
        parse_cabinet_office_csv(&text),
        Ok(vec![
            (day("2026-01-01"), "元日".to_owned()),
            (day("2026-09-22"), "休日".to_owned()),
            (day("2027-11-23"), "勤労感謝の日".to_owned()),
        ])
    );
}

#[test]
fn a_holiday_file_saved_again_as_utf_8_is_read_too() {
    let with_mark = format!("\u{FEFF}{OFFICIAL}");

    let text = decode_cabinet_office_csv(with_mark.as_bytes()).unwrap();

    assert_eq!(parse_cabinet_office_csv(&text).map(|rows| rows.len()), Ok(3));
}

#[test]
fn bytes_that_are_neither_encoding_are_refused() {
    assert_eq!(decode_cabinet_office_csv(&[0x81, 0xFF, 0x00]), Err(Problem::on("file", "holiday_csv_encoding")));
}

#[test]
fn every_bad_row_is_named_by_its_line() {
    let text = "国民の祝日・休日月日,国民の祝日・休日名称\n2026/1/1,元日\n2026/2/30,なし\n\n2026/3/20\n2026/3/21,\n\
                2026/4/1,a,b\n26/4/2,短い年\n+2026/4/3,符号\n2026/1/1,元日\n1947/1/1,古い\n2026/1/1/1,長い\n";

    let problems = parse_cabinet_office_csv(text).unwrap_err();

    let found: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.code, problem.params.iter().find(|(name, _)| *name == "line").unwrap().1.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("holiday_csv_date", "3"),
            ("holiday_csv_columns", "5"),
            ("holiday_csv_name", "6"),
            ("holiday_csv_columns", "7"),
            ("holiday_csv_date", "8"),
            ("holiday_csv_date", "9"),
            ("holiday_csv_duplicate", "10"),
            ("holiday_csv_date", "11"),
            ("holiday_csv_date", "12"),
        ]
    );
}

#[test]
fn another_file_or_an_empty_one_is_refused_as_a_whole() {
    for (text, code) in [
        ("", "holiday_csv_header"),
        ("date,name\n2026/1/1,元日\n", "holiday_csv_header"),
        ("2026/1/1,元日\n", "holiday_csv_header"),
        ("国民の祝日・休日月日,国民の祝日・休日名称\n\n", "holiday_csv_empty"),
    ] {
        let problems = parse_cabinet_office_csv(text).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [code], "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_holiday_file_makes_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        if let Ok(text) = decode_cabinet_office_csv(&bytes) {
            let with_header = format!("国民の祝日・休日月日,国民の祝日・休日名称\n{text}");
            let _ = parse_cabinet_office_csv(&with_header);
        }
    }
}
