//! When a confirmed case counts as overdue: a run that should have taken it has had its time.
//!
//! Whether that run took place does not matter here: a day without a run is exactly what must be seen.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::calendar::start_of_day;
use super::ring_times::RingTimes;

/// How long after its ring a run may still be under way before anybody is alarmed. A real CA needs minutes for a day.
const GRACE: Duration = Duration::hours(1);

/// The ring whose run should be through by now. Cases that were due and confirmed by then are overdue.
pub fn last_run_through(times: &RingTimes, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    times.last(now - GRACE)
}

/// The ring that should have taken a case with this day that was confirmed at this instant.
pub fn expected_ring(times: &RingTimes, due_on: NaiveDate, confirmed_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let ready = confirmed_at.max(start_of_day(due_on));
    // A ring at this very instant finds the case.
    times.next(ready - Duration::microseconds(1))
}
