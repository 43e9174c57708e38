//! The dated policy table and the end of a replacement.

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::validity::{
    ReplacementValidity, Term, ValidityPolicy, ValidityRule, not_after_instant, replacement_validity,
};

use crate::days::{day, every_day, japan};

#[test]
fn replacements_end_as_the_manual_says() {
    for (issued, entitlement, not_after, full_again) in [
        ("2021-01-10", "2022-08-10", "2022-02-09", Some("2021-07-11")),
        ("2021-07-10", "2022-08-10", "2022-08-09", Some("2021-07-11")),
        ("2021-07-11", "2022-08-10", "2022-08-10", None),
        ("2021-08-01", "2022-08-10", "2022-08-10", None),
        ("2021-01-31", "2022-08-10", "2022-02-27", Some("2021-07-11")),
        ("2027-04-14", "2027-09-28", "2027-07-21", Some("2027-06-22")),
    ] {
        let found = replacement_validity(&ValidityPolicy::shipped(), day(issued), day(entitlement)).unwrap();
        let expected = ReplacementValidity {
            not_after_on: day(not_after),
            shortened: full_again.is_some(),
            full_term_from: full_again.map(day),
            full_term_until: None,
        };
        assert_eq!(found, expected, "issued {issued}");
    }
}

#[test]
fn the_newest_rule_on_or_before_the_day_of_issue_counts() {
    let far = day("2100-01-01");
    for (issued, last_day) in [
        ("2018-03-01", "2020-06-02"),
        ("2020-08-31", "2022-12-03"),
        ("2020-09-01", "2021-09-30"),
        ("2026-03-14", "2027-04-13"),
        ("2026-03-15", "2026-09-29"),
        ("2027-03-14", "2027-09-28"),
        ("2027-03-15", "2027-06-21"),
        ("2029-03-14", "2029-06-20"),
        ("2029-03-15", "2029-04-29"),
    ] {
        let found = replacement_validity(&ValidityPolicy::shipped(), day(issued), far).unwrap();
        assert_eq!(found.not_after_on, day(last_day), "issued {issued}");
    }
}

#[test]
fn a_certificate_ends_with_the_last_second_of_its_last_day_in_japan() {
    let validity = replacement_validity(&ValidityPolicy::shipped(), day("2021-01-10"), day("2022-08-10")).unwrap();

    assert_eq!(validity.not_after(), japan("2022-02-09 23:59:59"));
    assert_eq!(not_after_instant(day("2022-02-09")), japan("2022-02-09 23:59:59"));
}

#[test]
fn a_chance_of_the_full_term_that_a_stricter_rule_ends_names_its_last_day() {
    // 199 days reach the end from 12 March; from 15 March on 99 days do not.
    let found = replacement_validity(&ValidityPolicy::shipped(), day("2027-03-10"), day("2027-09-26")).unwrap();

    assert_eq!(found.not_after_on, day("2027-09-24"));
    assert_eq!(found.full_term_from, Some(day("2027-03-12")));
    assert_eq!(found.full_term_until, Some(day("2027-03-14")));
}

#[test]
fn the_last_day_of_the_order_leaves_a_certificate_of_one_day() {
    let policy = ValidityPolicy::shipped();
    let last = replacement_validity(&policy, day("2022-08-10"), day("2022-08-10")).unwrap();
    assert_eq!((last.not_after_on, last.shortened), (day("2022-08-10"), false));

    let problem = replacement_validity(&policy, day("2022-08-11"), day("2022-08-10")).unwrap_err();
    assert_eq!((problem.code, problem.field), ("entitlement_ended", Some("entitlement_end_on")));
}

#[test]
fn days_before_the_first_rule_are_refused_by_name() {
    assert_eq!(
        replacement_validity(&ValidityPolicy::shipped(), day("2018-02-28"), day("2019-02-28")),
        Err(Problem::on("issued_on", "validity_policy_missing")
            .with("issued_on", "2018-02-28")
            .with("first_on", "2018-03-01"))
    );
}

#[test]
fn a_configured_table_grows_by_date_and_has_no_empty_term() {
    let rule = |from: &str, term| ValidityRule { from: day(from), term };
    let good = vec![rule("2020-09-01", Term::MonthsLessOneDay(13)), rule("2026-03-15", Term::Days(199))];
    assert_eq!(ValidityPolicy::new(good.clone()).unwrap().rules(), good);

    for bad in [
        vec![],
        vec![rule("2026-03-15", Term::Days(199)), rule("2020-09-01", Term::MonthsLessOneDay(13))],
        vec![rule("2026-03-15", Term::Days(199)), rule("2026-03-15", Term::Days(99))],
        vec![rule("2026-03-15", Term::Days(0))],
        vec![rule("2026-03-15", Term::MonthsLessOneDay(0))],
    ] {
        assert_eq!(ValidityPolicy::new(bad.clone()), Err(Problem::new("validity_policy_malformed")), "{bad:?}");
    }
}

#[test]
fn every_day_from_2018_to_2040_agrees_with_counting_day_by_day() {
    let policy = ValidityPolicy::shipped();
    let days: Vec<NaiveDate> = every_day(2018, 2044).filter(|date| *date >= day("2018-03-01")).collect();
    let caps: Vec<NaiveDate> = days.iter().map(|date| naive_last_day(*date)).collect();

    for (at, issued) in days.iter().enumerate().take_while(|(_, date)| date.year() <= 2040) {
        // Entitlements around the day's cap, and some that no cap reaches for long.
        for beyond in [-400, -1, 0, 1, 2, 28, 59, 180, 400, 800] {
            let entitlement = caps[at] + TimeDelta::days(beyond);
            if entitlement < *issued {
                continue;
            }
            let found = replacement_validity(&policy, *issued, entitlement).unwrap();
            let window = if beyond > 0 { naive_window(&days, &caps, at + 1, entitlement) } else { (None, None) };
            let expected = (caps[at].min(entitlement), beyond > 0, window);
            let found = (found.not_after_on, found.shortened, (found.full_term_from, found.full_term_until));
            assert_eq!(found, expected, "issued {issued}, entitled to {entitlement}");
        }
    }
}

/// Walks on from a day: the first that reaches the end, and the last of that run if it breaks off before the end.
fn naive_window(
    days: &[NaiveDate],
    caps: &[NaiveDate],
    from: usize,
    entitlement: NaiveDate,
) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let first = (from..days.len()).find(|at| caps[*at] >= entitlement).unwrap();
    let beyond = (first..days.len()).find(|at| days[*at] > entitlement || caps[*at] < entitlement).unwrap();
    (Some(days[first]), (days[beyond] <= entitlement).then(|| days[beyond - 1]))
}

/// The table once more, in words of its own: days counted one by one, months turned over on the calendar.
fn naive_last_day(issued: NaiveDate) -> NaiveDate {
    let starts = ["2018-03-01", "2020-09-01", "2026-03-15", "2027-03-15", "2029-03-15"].map(day);
    match starts.iter().filter(|start| **start <= issued).count() {
        1 => counted(issued, 825),
        2 => thirteen_months_less_a_day(issued),
        3 => counted(issued, 199),
        4 => counted(issued, 99),
        5 => counted(issued, 46),
        _ => panic!("no rule on {issued}"),
    }
}

fn counted(issued: NaiveDate, days: usize) -> NaiveDate {
    issued.iter_days().nth(days - 1).unwrap()
}

fn thirteen_months_less_a_day(issued: NaiveDate) -> NaiveDate {
    let (year, month) =
        if issued.month() == 12 { (issued.year() + 2, 1) } else { (issued.year() + 1, issued.month() + 1) };
    let same_day = (1..=issued.day()).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day)).unwrap();
    same_day.pred_opt().unwrap()
}

#[test]
fn no_date_makes_the_arithmetic_panic() {
    let policy = ValidityPolicy::shipped();
    for (issued, entitlement) in [
        (NaiveDate::MAX, NaiveDate::MAX),
        (day("2026-11-22"), NaiveDate::MAX),
        (NaiveDate::MIN, NaiveDate::MAX),
        (NaiveDate::MAX - Days::new(100), NaiveDate::MAX),
    ] {
        let _ = replacement_validity(&policy, issued, entitlement);
    }
    let endless = ValidityRule { from: NaiveDate::MIN, term: Term::Days(u32::MAX) };
    let policy = ValidityPolicy::new(vec![endless]).unwrap();
    let found = replacement_validity(&policy, day("2026-11-22"), NaiveDate::MAX).unwrap();
    assert_eq!(found.not_after_on, NaiveDate::MAX);
}

fn row(from: &str, days: u32) -> ValidityRule {
    ValidityRule { from: day(from), term: Term::Days(days) }
}

#[test]
fn a_row_counts_from_its_own_day_and_changes_nothing_before_it() {
    let today = day("2026-11-24");
    let table = ValidityPolicy::shipped().with_rule(row("2027-03-15", 90), today).unwrap();
    let last = |issued: &str| replacement_validity(&table, day(issued), day("2100-01-01")).unwrap().not_after_on;

    assert_eq!(last("2027-03-14"), day("2027-09-28"), "199 days as before");
    assert_eq!(last("2027-03-15"), day("2027-06-12"), "90 days");
    assert_eq!(table.rules().len(), ValidityPolicy::shipped().rules().len(), "the row of that day is replaced");
    let changes = ValidityPolicy::shipped().changes_to(&table);
    let told: Vec<_> = changes.iter().map(|one| (one.from, one.before, one.after)).collect();
    assert_eq!(told, [(day("2027-03-15"), Some(Term::Days(99)), Some(Term::Days(90)))]);
}

#[test]
fn what_certificates_were_issued_under_stays() {
    let (table, today) = (ValidityPolicy::shipped(), day("2026-11-24"));
    for (from, expected) in
        [("2026-11-23", Some("validity_rule_past")), ("2026-11-24", None), ("2026-03-15", Some("validity_rule_past"))]
    {
        let found = table.with_rule(row(from, 90), today).err().map(|problem| problem.code);
        assert_eq!(found, expected, "{from}");
    }
    let found = table.without_rule(day("2026-03-15"), today).unwrap_err();
    assert_eq!(found.code, "validity_rule_past");
}

#[test]
fn no_row_lets_a_certificate_live_longer_than_the_baseline_requirements_allow() {
    let (table, today) = (ValidityPolicy::shipped(), day("2026-11-24"));
    let months = |from: &str, n| ValidityRule { from: day(from), term: Term::MonthsLessOneDay(n) };
    for (rule, expected) in [
        (row("2027-01-01", 200), None),
        (row("2027-01-01", 201), Some("2027-01-01")),
        (row("2027-03-15", 100), None),
        (row("2027-03-15", 101), Some("2027-03-15")),
        // Until the row of 2029 it is in force beyond the day on which 100 days become the limit.
        (row("2027-03-14", 200), None),
        (row("2028-01-01", 101), Some("2028-01-01")),
        (row("2029-03-15", 48), Some("2029-03-15")),
        (row("2029-03-15", 47), None),
        (months("2027-01-01", 6), None),
        (months("2027-01-01", 7), Some("2027-01-01")),
    ] {
        let found = table.with_rule(rule, today);
        let on = found.err().map(|problem| {
            assert_eq!(problem.code, "validity_rule_too_long");
            problem.params.into_iter().find(|(name, _)| *name == "on").unwrap().1
        });
        assert_eq!(on.as_deref(), expected, "{rule:?}");
    }
    let without = table.without_rule(day("2027-03-15"), today).unwrap_err();
    assert_eq!(without.code, "validity_rule_too_long", "199 days would go on after 2027-03-15");
}

#[test]
fn a_row_to_come_can_be_taken_away_again() {
    let (shipped, today) = (ValidityPolicy::shipped(), day("2026-11-24"));
    let table = shipped.with_rule(row("2027-01-01", 150), today).unwrap();

    assert_eq!(table.without_rule(day("2027-01-01"), today).unwrap(), shipped);
    assert_eq!(table.without_rule(day("2027-01-02"), today).unwrap_err().code, "validity_rule_unknown");
    assert_eq!(table.with_rule(row("2027-01-01", 0), today).unwrap_err().code, "validity_rule_empty");
}

#[test]
fn the_longest_length_of_months_is_known() {
    for (term, days) in [(Term::Days(99), 99), (Term::MonthsLessOneDay(1), 30), (Term::MonthsLessOneDay(13), 396)] {
        assert!(term.longest_days() >= days && term.longest_days() <= days + 1, "{term:?}: {}", term.longest_days());
    }
}

#[test]
fn rows_survive_being_stored() {
    let rules = ValidityPolicy::shipped().rules().to_vec();
    let stored = serde_json::to_string(&rules).unwrap();
    assert!(stored.contains(r#"{"from":"2027-03-15","term":{"days":99}}"#), "{stored}");
    assert_eq!(serde_json::from_str::<Vec<ValidityRule>>(&stored).unwrap(), rules);
}
