//! What is still asked for after a log-in, and for how long a proof counts.

use chrono::{DateTime, TimeDelta, Utc};
use revocation_desk::domain::sign_in::{Due, Means, due, is_fresh, was_just_asked};

#[test]
fn what_somebody_came_in_with_decides_what_comes_first() {
    use Means::{Code, Passkey, Password, RecoveryCode, SingleSignOn};
    for (means, one_time_password, factor_required, expected) in [
        (Password, false, false, None),
        (Password, true, false, Some(Due::Password)),
        (Password, false, true, Some(Due::SecondFactor)),
        (Password, true, true, Some(Due::Password)),
        (Code, false, true, None),
        (Code, true, true, Some(Due::Password)),
        (RecoveryCode, true, false, Some(Due::Password)),
        (RecoveryCode, false, true, None),
        (Passkey, true, true, None),
        (SingleSignOn, true, true, None),
    ] {
        assert_eq!(due(means, one_time_password, factor_required), expected, "{means:?}");
    }
}

#[test]
fn the_means_are_read_back_as_they_were_stored() {
    for means in Means::ALL {
        assert_eq!(means.as_str().parse(), Ok(means));
    }
    assert!("".parse::<Means>().is_err());
}

#[test]
fn a_proof_counts_for_five_minutes() {
    let now: DateTime<Utc> = "2026-11-24T01:00:00Z".parse().unwrap();
    for (seconds_ago, fresh) in [(0, true), (299, true), (300, false), (301, false), (-1, true)] {
        assert_eq!(is_fresh(Some(now - TimeDelta::seconds(seconds_ago)), now), fresh, "{seconds_ago}");
    }
    assert!(!is_fresh(None, now));
}

#[test]
fn the_log_in_of_the_company_proves_what_it_asked_within_two_minutes() {
    let now: DateTime<Utc> = "2026-11-24T01:00:00Z".parse().unwrap();
    for (seconds_ago, proves) in [(0, true), (119, true), (120, false), (-60, true), (-61, false)] {
        assert_eq!(was_just_asked(Some(now - TimeDelta::seconds(seconds_ago)), now), proves, "{seconds_ago}");
    }
    assert!(!was_just_asked(None, now));
}
