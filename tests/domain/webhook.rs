//! Webhooks: which events there are, signatures, what answers mean, and how long a receiver is left alone.

use chrono::TimeDelta;
use revocation_desk::domain::case::CaseEvent;
use revocation_desk::domain::webhook::{ATTEMPTS, Answer, EventKind, SECRET_BYTES, Secret, Verdict, rest, verdict};

/// The example that libraries of Standard Webhooks are tested with.
#[test]
fn a_signature_is_the_one_of_standard_webhooks() {
    let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_secret_is_read_as_it_is_shown_and_never_logged() {
    let secret = Secret::new([7; SECRET_BYTES]);
    assert_eq!(Secret::parse(&secret.text()).as_ref(), Some(&secret));
    assert_eq!(format!("{secret:?}"), "Secret(..)");
    for text in ["", "whsec_!", "BwcHBw=="] {
        assert!(Secret::parse(text).is_none(), "{text}");
    }
}

#[test]
fn the_filing_and_every_step_of_a_case_can_be_told() {
    let all: Vec<String> = EventKind::all().map(|kind| kind.to_string()).collect();
    assert_eq!(all.len(), CaseEvent::ALL.len() + 1);
    for name in ["case.filed", "case.revocation_accepted", "case.proof_seen", "case.withdrawn"] {
        assert_eq!(name.parse::<EventKind>().unwrap().to_string(), name);
    }
    for name in ["filed", "case.claimed", "case.", "webhook.test"] {
        assert!(name.parse::<EventKind>().is_err(), "{name}");
    }
    assert!(EventKind::of_action("claimed").is_none());
}

#[test]
fn a_status_says_what_becomes_of_a_delivery() {
    for (status, answer) in [
        (199, Answer::Refused),
        (200, Answer::Taken),
        (299, Answer::Taken),
        (300, Answer::Redirected),
        (308, Answer::Redirected),
        (399, Answer::Redirected),
        (400, Answer::Refused),
        (404, Answer::Refused),
        (410, Answer::Gone),
        (429, Answer::Busy),
        (500, Answer::Refused),
        (501, Answer::Refused),
        (502, Answer::Busy),
        (503, Answer::Busy),
        (504, Answer::Busy),
        (505, Answer::Refused),
    ] {
        assert_eq!(Answer::of_status(status), answer, "{status}");
    }
}

#[test]
fn a_delivery_is_tried_for_three_days_at_growing_distances() {
    let wait = |attempt| match verdict(Answer::Refused, attempt, 1) {
        Verdict::Retry(wait) => wait,
        other => panic!("{other:?}"),
    };
    let waits: Vec<TimeDelta> = (1..ATTEMPTS).map(wait).collect();
    let whole = |minutes: i64| TimeDelta::minutes(minutes);
    // Up to a quarter is taken off.
    for (wait, full) in waits.iter().zip([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]) {
        assert!(*wait <= whole(full) && *wait * 4 >= whole(full) * 3, "{wait} of {full} minutes");
    }
    let total: TimeDelta = waits.iter().sum();
    assert!(total > TimeDelta::hours(60) && total < TimeDelta::days(4), "{total}");
    assert_eq!(verdict(Answer::Refused, ATTEMPTS, 1), Verdict::GivenUp);
    assert_eq!(verdict(Answer::TimedOut, ATTEMPTS, 1), Verdict::GivenUp);
    assert_eq!(verdict(Answer::Taken, ATTEMPTS, 1), Verdict::Delivered);
    assert_eq!(verdict(Answer::Gone, ATTEMPTS, 1), Verdict::Retry(TimeDelta::zero()));
}

#[test]
fn a_receiver_rests_after_five_refusals_or_one_silence() {
    for (answer, before, after) in [
        (Answer::Refused, 0, 1),
        (Answer::Redirected, 3, 4),
        (Answer::Refused, 4, 5),
        (Answer::TimedOut, 0, 5),
        (Answer::Unreachable, 4, 5),
        (Answer::Busy, 5, 6),
        (Answer::NotPublic, 7, 8),
        (Answer::Taken, 9, 0),
    ] {
        assert_eq!(answer.failures_after(before), after, "{answer:?} after {before}");
    }
    assert_eq!(rest(0, 1), None);
    assert_eq!(rest(4, 1), None);
    assert!(rest(5, 1).unwrap() <= TimeDelta::minutes(1));
    assert!(rest(6, 1).unwrap() > TimeDelta::minutes(1));
    assert!(rest(500, 1).unwrap() <= TimeDelta::hours(1));
}
