//! A case is overdue when the run that should have taken it has had its time.

use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::overdue::{expected_ring, last_run_through};
use revocation_desk::domain::ring_times::RingTimes;

use crate::days::day;

#[test]
fn a_run_is_through_an_hour_after_its_ring() {
    for (times, now, through) in [
        ("0 30 18 * * *", jst(day("2026-11-24"), 18, 31), "2026-11-23"),
        ("0 30 18 * * *", jst(day("2026-11-24"), 19, 29), "2026-11-23"),
        ("0 30 18 * * *", jst(day("2026-11-24"), 19, 30), "2026-11-24"),
        ("0 30 18 * * *", jst(day("2026-11-25"), 0, 10), "2026-11-24"),
        // No run at the weekend: Friday's is the last one until Monday evening.
        ("0 30 18 * * MON-FRI", jst(day("2026-11-22"), 23, 0), "2026-11-20"),
    ] {
        let rings = RingTimes::parse(times).unwrap();
        assert_eq!(last_run_through(&rings, now), Some(jst(day(through), 18, 30)), "{times} at {now}");
    }
}

#[test]
fn the_run_that_should_have_taken_a_case_is_the_first_after_its_day_began_and_it_was_confirmed() {
    let rings = RingTimes::parse("0 30 18 * * *").unwrap();
    for (due_on, confirmed_at, expected) in [
        ("2026-11-24", jst(day("2026-11-24"), 10, 0), "2026-11-24"),
        ("2026-11-24", jst(day("2026-11-24"), 18, 30), "2026-11-24"),
        ("2026-11-24", jst(day("2026-11-24"), 18, 31), "2026-11-25"),
        ("2026-11-20", jst(day("2026-11-24"), 10, 0), "2026-11-24"),
        // Confirmed ahead of its day.
        ("2026-11-26", jst(day("2026-11-24"), 10, 0), "2026-11-26"),
    ] {
        let ring = expected_ring(&rings, day(due_on), confirmed_at);
        assert_eq!(ring, Some(jst(day(expected), 18, 30)), "{due_on} confirmed at {confirmed_at}");
    }
}
