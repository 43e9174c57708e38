//! Which six digits count, and when.

use chrono::{DateTime, Utc};
use revocation_desk::domain::confirmation_code::{accepted_step, code_at, encode, grouped, provisioning_uri};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// The secret of RFC 6238, appendix B.
fn secret() -> String {
    encode(*b"12345678901234567890")
}

#[test]
fn the_codes_are_those_of_the_rfc() {
    // RFC 6238, appendix B, SHA-1, the last six of the eight digits.
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(code_at(&secret(), at(seconds)).as_deref(), Some(code));
    }
}

#[test]
fn a_code_counts_one_step_early_and_one_step_late() {
    // Step 37 037 036 lasts from 1 111 111 080 to 1 111 111 109.
    let code = code_at(&secret(), at(1_111_111_109)).unwrap();
    for (seconds, counts) in [
        (1_111_111_049, false),
        (1_111_111_050, true),
        (1_111_111_080, true),
        (1_111_111_109, true),
        (1_111_111_139, true),
        (1_111_111_140, false),
    ] {
        let step = accepted_step(&secret(), &code, None, at(seconds));
        assert_eq!(step, counts.then_some(37_037_036), "{seconds}");
    }
}

#[test]
fn a_code_that_was_used_and_those_before_it_count_no_more() {
    let code = code_at(&secret(), at(1_111_111_109)).unwrap();
    for (last, counts) in [(37_037_035, true), (37_037_036, false), (37_037_037, false)] {
        let step = accepted_step(&secret(), &code, Some(last), at(1_111_111_109));
        assert_eq!(step.is_some(), counts, "{last}");
    }
}

#[test]
fn digits_may_be_typed_in_groups_and_at_full_width_but_all_six_of_them() {
    for (typed, counts) in [
        ("081804", true),
        (" 081 804 ", true),
        ("081-804", true),
        ("０８１８０４", true),
        ("81804", false),
        ("0818040", false),
        ("", false),
        ("081805", false),
    ] {
        let step = accepted_step(&secret(), typed, None, at(1_111_111_109));
        assert_eq!(step.is_some(), counts, "{typed:?}");
    }
    assert_eq!(accepted_step("not base32!", "081804", None, at(1_111_111_109)), None);
}

#[test]
fn an_app_gets_the_secret_by_scanning_or_typing() {
    assert_eq!(secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(grouped(&secret()), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    assert_eq!(
        provisioning_uri("ABCD", "例 A&B", "hana@example.jp"),
        "otpauth://totp/%E4%BE%8B%20A%26B:hana%40example.jp?secret=ABCD&issuer=%E4%BE%8B%20A%26B"
    );
}
