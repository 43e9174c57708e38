//! When machines and people are tried again.

use chrono::TimeDelta;
use revocation_desk::domain::calendar::Calendar;
use revocation_desk::domain::retry::{CallRetryRule, backoff};

use crate::days::japan;

#[test]
fn the_wait_doubles_from_a_minute_to_an_hour_and_loses_at_most_a_quarter() {
    for (attempt, minutes) in
        [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (u32::MAX, 60)]
    {
        let full = TimeDelta::minutes(minutes);
        for seed in (0..500).chain([u64::MAX]) {
            let wait = backoff(attempt, seed);
            assert!(wait <= full && wait >= full * 3 / 4, "attempt {attempt}, seed {seed}: {wait}");
        }
    }
}

#[test]
fn the_same_row_waits_the_same_and_others_do_not_return_with_it() {
    assert_eq!(backoff(7, 42), backoff(7, 42));

    let mut waits: Vec<TimeDelta> = (0..100).map(|seed| backoff(7, seed)).collect();
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 80, "{} different waits of 100", waits.len());
}

#[test]
fn a_call_in_vain_is_repeated_an_hour_later_in_business_hours_three_times_a_day() {
    let calendar = Calendar::shipped();
    for (attempts_today, now, next) in [
        (1, "2026-11-24 09:14:00", "2026-11-24 10:14:00"),
        (2, "2026-11-24 16:59:59", "2026-11-24 17:59:59"),
        (2, "2026-11-24 17:00:00", "2026-11-25 09:00:00"),
        (3, "2026-11-24 11:30:00", "2026-11-25 09:00:00"),
        (4, "2026-11-24 11:30:00", "2026-11-25 09:00:00"),
        (1, "2026-11-20 17:30:00", "2026-11-24 09:00:00"),
        (3, "2026-12-28 10:00:00", "2027-01-04 09:00:00"),
        (1, "2026-11-24 07:30:00", "2026-11-24 09:00:00"),
        (3, "2026-11-24 23:30:00", "2026-11-25 09:00:00"),
    ] {
        assert_eq!(
            CallRetryRule::default().next_call_at(&calendar, attempts_today, japan(now)),
            japan(next),
            "{attempts_today} calls, the last at {now}"
        );
    }
}

#[test]
fn a_long_gap_holds_over_the_night_and_still_ends_in_business_hours() {
    let calendar = Calendar::shipped();
    let rule = CallRetryRule { gap: TimeDelta::hours(20), ..CallRetryRule::default() };

    assert_eq!(rule.next_call_at(&calendar, 3, japan("2026-11-24 15:00:00")), japan("2026-11-25 11:00:00"));
    assert_eq!(rule.next_call_at(&calendar, 1, japan("2026-11-24 10:00:00")), japan("2026-11-25 09:00:00"));
}

#[test]
fn the_third_call_in_vain_brings_the_mail() {
    let rule = CallRetryRule::default();

    assert_eq!([1, 2, 3, 4].map(|calls| rule.calls_for_mail(calls)), [false, false, true, true]);
}
