//! When the schedule rings: what "the last run that should have been" means.

use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::ring_times::RingTimes;

use crate::days::day;

const DAILY: &str = "0 30 18 * * *";
const WEEKDAYS: &str = "0 30 18 * * MON-FRI";

#[test]
fn the_last_ring_is_the_one_at_or_before_now_and_the_next_one_is_after_it() {
    for (times, now, last, next) in [
        (DAILY, jst(day("2026-11-24"), 18, 29), "2026-11-23", "2026-11-24"),
        (DAILY, jst(day("2026-11-24"), 18, 30), "2026-11-24", "2026-11-25"),
        (DAILY, jst(day("2026-11-24"), 18, 31), "2026-11-24", "2026-11-25"),
        (DAILY, jst(day("2026-11-24"), 23, 59), "2026-11-24", "2026-11-25"),
        (DAILY, jst(day("2026-11-25"), 0, 0), "2026-11-24", "2026-11-25"),
        (DAILY, jst(day("2027-01-01"), 0, 1), "2026-12-31", "2027-01-01"),
        (WEEKDAYS, jst(day("2026-11-23"), 10, 0), "2026-11-20", "2026-11-23"),
    ] {
        let rings = RingTimes::parse(times).unwrap();
        let at_half_past_six = |date| Some(jst(day(date), 18, 30));
        assert_eq!(rings.last(now), at_half_past_six(last), "last: {times} at {now}");
        assert_eq!(rings.next(now), at_half_past_six(next), "next: {times} at {now}");
    }
}

#[test]
fn what_is_no_cron_expression_with_seconds_is_refused() {
    for text in ["", "30 18 * * *", "0 61 18 * * *", "0 30 18 * * * * *", "daily"] {
        assert_eq!(RingTimes::parse(text).unwrap_err().code, "cron_malformed", "{text}");
    }
}
