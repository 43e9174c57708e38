//! When to try again: machines (the CA, mail, proof) and people who did not answer the phone.
//!
//! Owns the distances. Who counts the attempts stores them; the seed makes the jitter repeatable.

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::{Calendar, jst_date};

/// Doubles from one minute; after the seventh attempt it stays at an hour.
const FIRST_DELAY_SECONDS: u32 = 60;
const LONGEST_DELAY_SECONDS: u32 = 60 * 60;

/// How long to wait after the `attempt`th failure (counted from 1). Up to a quarter is taken off, fixed by `seed` (the
/// row's id), so that what failed together does not return together.
pub fn backoff(attempt: u32, seed: u64) -> TimeDelta {
    backoff_up_to(LONGEST_DELAY_SECONDS, attempt, seed)
}

/// The same with another limit, in seconds.
pub fn backoff_up_to(longest: u32, attempt: u32, seed: u64) -> TimeDelta {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = FIRST_DELAY_SECONDS.saturating_mul(1 << doublings).min(longest);
    let quarter = u64::from(full / 4);
    let taken_off = scatter(seed, attempt) % (quarter + 1);
    TimeDelta::seconds(i64::from(full)) - TimeDelta::seconds(i64::try_from(taken_off).unwrap_or(0))
}

/// SplitMix64's finalizer: neighbouring seeds come out unrelated.
fn scatter(seed: u64, attempt: u32) -> u64 {
    let mut bits = seed.wrapping_add(u64::from(attempt).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// How often and how soon the desk calls again where nobody answered (`copy-ja.md` section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRetryRule {
    pub attempts_per_day: u32,
    pub gap: TimeDelta,
    /// After so many calls in vain the customer gets the 不在 mail and a supervisor looks.
    pub attempts_before_mail: u32,
}

impl Default for CallRetryRule {
    fn default() -> Self {
        Self { attempts_per_day: 3, gap: TimeDelta::hours(1), attempts_before_mail: 3 }
    }
}

impl CallRetryRule {
    /// When to call again after a call in vain at `now`, which is already counted in `attempts_today`: after the gap,
    /// in business hours; on the next business day once the day's calls are used up.
    pub fn next_call_at(&self, calendar: &Calendar, attempts_today: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let after_gap = now.checked_add_signed(self.gap).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let used_up = attempts_today >= self.attempts_per_day;
        let next_day = calendar.opening_on(calendar.next_business_day(jst_date(now)));
        calendar.next_opening(if used_up { after_gap.max(next_day) } else { after_gap })
    }

    /// Whether the calls in vain so far are enough for the 不在 mail.
    pub fn calls_for_mail(&self, attempts_in_vain: u32) -> bool {
        attempts_in_vain >= self.attempts_before_mail
    }
}
