//! What may be filed: eligibility, the OU rule, reasons and requested dates.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use revocation_desk::domain::application::{
    CrlReason, EligibilityFacts, FilingChannel, Ineligibility, OpenCase, ReissueReason, RequestedDate,
    check_requested_on, compromise_deadline, eligibility, ou_is_symbols_only, parse_requested_on, reexamination_needed,
    revocation_reason,
};
use revocation_desk::domain::calendar::Calendar;
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::reception_number::ReceptionNumber;

use crate::days::{day, every_day, japan};

/// The certificate of the manual: issued 2020-08-10, ending 2022-08-10.
fn manual() -> EligibilityFacts {
    EligibilityFacts {
        owned_by_applicant: true,
        organisation_validated: true,
        not_before: japan("2020-08-10 10:00:00"),
        not_after: japan("2022-08-10 23:59:59"),
        revoked: false,
        open_case: None,
        organizational_units: vec!["情報システム部".to_owned()],
        validation_expires_on: None,
    }
}

fn refusals(facts: &EligibilityFacts, now: &str) -> Vec<&'static str> {
    eligibility(facts, japan(now)).refusals.iter().map(Ineligibility::code).collect()
}

#[test]
fn a_certificate_can_be_reissued_from_the_31st_day_after_issue() {
    for (now, refused) in [
        ("2020-08-10 10:00:00", vec!["issued_within_30_days"]),
        ("2020-09-09 23:59:59", vec!["issued_within_30_days"]),
        ("2020-09-10 00:00:00", vec![]),
        ("2022-08-10 23:59:59", vec![]),
        ("2022-08-11 00:00:00", vec!["certificate_expired"]),
        ("2020-08-10 09:59:59", vec!["certificate_not_yet_valid"]),
    ] {
        assert_eq!(refusals(&manual(), now), refused, "{now}");
    }
    let early = eligibility(&manual(), japan("2020-09-09 12:00:00"));
    assert_eq!(early.refusals, [Ineligibility::IssuedRecently { first_day: day("2020-09-10") }]);
}

#[test]
fn the_31_days_are_counted_in_japan_and_not_in_hours() {
    // 15:30 UTC on the 9th is already the 10th in Japan.
    let late = EligibilityFacts { not_before: japan("2020-08-10 23:59:59"), ..manual() };

    assert_eq!(refusals(&late, "2020-09-10 00:00:00"), [""; 0]);
}

#[test]
fn each_obstacle_is_named_with_its_facts() {
    let open = OpenCase { reception_number: ReceptionNumber::new(day("2026-08-06"), 182), filed_on: day("2026-08-06") };
    let now = "2021-01-10 09:00:00";
    for (facts, problem) in [
        (
            EligibilityFacts { organisation_validated: false, ..manual() },
            Problem::on("certificate_id", "certificate_not_ov_ev"),
        ),
        (EligibilityFacts { revoked: true, ..manual() }, Problem::on("certificate_id", "certificate_revoked")),
        (
            EligibilityFacts { open_case: Some(open), ..manual() },
            Problem::on("certificate_id", "case_in_progress")
                .with("reception_number", "RQ-260806-0182")
                .with("filed_on", "2026-08-06"),
        ),
        (
            EligibilityFacts { organizational_units: vec!["営業部".to_owned(), "‐".to_owned()], ..manual() },
            Problem::on("certificate_id", "ou_symbols_only").with("unit", "‐"),
        ),
        (
            EligibilityFacts { not_after: japan("2021-01-09 23:59:59"), ..manual() },
            Problem::on("certificate_id", "certificate_expired").with("last_day", "2021-01-09"),
        ),
    ] {
        let found = eligibility(&facts, japan(now));
        assert!(!found.may_be_filed());
        assert_eq!(found.refusals.iter().map(Ineligibility::problem).collect::<Vec<_>>(), [problem]);
    }
    assert!(eligibility(&manual(), japan(now)).may_be_filed());
}

#[test]
fn all_obstacles_are_told_at_once() {
    let facts = EligibilityFacts { organisation_validated: false, revoked: true, ..manual() };

    assert_eq!(
        refusals(&facts, "2022-08-11 00:00:00"),
        ["certificate_not_ov_ev", "certificate_expired", "certificate_revoked"]
    );
}

#[test]
fn of_somebody_elses_certificate_nothing_else_is_told() {
    let facts = EligibilityFacts {
        owned_by_applicant: false,
        revoked: true,
        validation_expires_on: Some(day("2020-01-01")),
        ..manual()
    };

    let found = eligibility(&facts, japan("2021-01-10 09:00:00"));

    assert_eq!(found.refusals, [Ineligibility::NotOwned]);
    assert_eq!(found.reexamination, None);
}

#[test]
fn old_validation_data_lets_the_application_wait_and_does_not_refuse_it() {
    for (expires_on, waits) in [(Some("2021-01-09"), true), (Some("2021-01-10"), false), (None, false)] {
        let facts = EligibilityFacts { validation_expires_on: expires_on.map(day), ..manual() };
        let found = eligibility(&facts, japan("2021-01-10 09:00:00"));
        assert!(found.may_be_filed());
        assert_eq!(found.reexamination.is_some(), waits, "{expires_on:?}");
    }
    let needed = reexamination_needed(Some(day("2021-01-09")), day("2021-01-10")).unwrap();
    assert_eq!(
        needed.problem(),
        Problem::on("certificate_id", "reexamination_needed").with("validation_expired_on", "2021-01-09")
    );
}

#[test]
fn a_unit_of_symbols_only_is_recognised() {
    for symbols in [
        "‐",
        "-",
        "－",
        ".",
        "_",
        "ー",
        "‐ - － . _ ー",
        "",
        " ",
        "\u{3000}",
        "ｰ",
        "・",
        "ーー",
        "&",
        "（）",
        "\u{200B}",
        "゛",
        "—",
    ] {
        assert!(ou_is_symbols_only(symbols), "{symbols:?}");
    }
    for named in ["A", "1", "部", "サーバー", "ー部", "R&D", "①", "㈱", "é", "Ａ", "ﾌﾞ", "-1-", "々", "Ⅳ", "٣"]
    {
        assert!(!ou_is_symbols_only(named), "{named:?}");
    }
}

#[test]
fn the_reason_fixes_what_the_crl_will_say() {
    use ReissueReason as R;
    let unanswered = Problem::on("key_possibly_exposed", "key_exposure_unanswered");
    for (reason, exposed, expected) in [
        (R::ServerReplacement, None, Ok(CrlReason::Superseded)),
        (R::ServerReplacement, Some(false), Ok(CrlReason::Superseded)),
        (R::ServerReplacement, Some(true), Ok(CrlReason::KeyCompromise)),
        (R::Other, None, Ok(CrlReason::Superseded)),
        (R::Other, Some(false), Ok(CrlReason::Superseded)),
        (R::Other, Some(true), Ok(CrlReason::KeyCompromise)),
        (R::KeyLostOrDamaged, None, Err(unanswered)),
        (R::KeyLostOrDamaged, Some(false), Ok(CrlReason::Superseded)),
        (R::KeyLostOrDamaged, Some(true), Ok(CrlReason::KeyCompromise)),
        (R::KeyCompromise, None, Ok(CrlReason::KeyCompromise)),
        (R::KeyCompromise, Some(false), Ok(CrlReason::KeyCompromise)),
        (R::KeyCompromise, Some(true), Ok(CrlReason::KeyCompromise)),
    ] {
        assert_eq!(revocation_reason(reason, exposed), expected, "{reason:?} {exposed:?}");
    }
}

#[test]
fn a_compromised_key_leaves_24_hours_whatever_day_it_is() {
    assert_eq!(compromise_deadline(japan("2026-12-31 10:27:00")), japan("2027-01-01 10:27:00"));
    assert_eq!(compromise_deadline(DateTime::<Utc>::MAX_UTC), DateTime::<Utc>::MAX_UTC);
}

#[test]
fn the_crl_codes_are_those_of_rfc_5280() {
    assert_eq!(CrlReason::KeyCompromise.code(), 1);
    assert_eq!(CrlReason::Superseded.code(), 4);
    for code in 0..=u8::MAX {
        assert_eq!(CrlReason::from_code(code).map(CrlReason::code), [1, 4].contains(&code).then_some(code));
    }
}

#[test]
fn stored_words_are_read_back_and_others_are_refused() {
    for reason in ReissueReason::ALL {
        assert_eq!(ReissueReason::from_str(reason.as_str()), Ok(reason));
    }
    for reason in CrlReason::ALL {
        assert_eq!(CrlReason::from_str(reason.as_str()), Ok(reason));
    }
    for channel in FilingChannel::ALL {
        assert_eq!(FilingChannel::from_str(channel.as_str()), Ok(channel));
    }
    assert_eq!(ReissueReason::from_str("").unwrap_err().code, "reissue_reason_missing");
    assert_eq!(ReissueReason::from_str("Other").unwrap_err().code, "reissue_reason_unknown");
    assert_eq!(CrlReason::from_str("certificate_hold").unwrap_err().code, "crl_reason_unknown");
    assert_eq!(FilingChannel::from_str("fax").unwrap_err().code, "filing_channel_unknown");
}

#[test]
fn the_requested_date_lies_between_today_and_the_last_day() {
    let (today, last_day) = (day("2026-11-24"), day("2026-12-08"));
    let check = |requested| check_requested_on(day(requested), today, last_day, &Calendar::shipped());
    let refused = |requested: &str, code| {
        Err(Problem::on("requested_on", code)
            .with("requested_on", requested)
            .with("today", "2026-11-24")
            .with("last_day", "2026-12-08"))
    };
    let accepted = |requested_on, due_on| Ok(RequestedDate { requested_on: day(requested_on), due_on: day(due_on) });

    assert_eq!(check("2026-11-23"), refused("2026-11-23", "requested_on_past"));
    assert_eq!(check("2026-11-24"), accepted("2026-11-24", "2026-11-24"));
    assert_eq!(check("2026-11-28"), accepted("2026-11-28", "2026-11-30"));
    assert_eq!(check("2026-12-08"), accepted("2026-12-08", "2026-12-08"));
    assert_eq!(check("2026-12-09"), refused("2026-12-09", "requested_on_after_last_day"));
}

#[test]
fn a_date_whose_next_business_day_is_after_the_last_day_is_refused_with_the_latest_possible_one() {
    // The certificate ends on the Sunday.
    let check =
        |requested, today| check_requested_on(day(requested), day(today), day("2026-11-29"), &Calendar::shipped());
    let facts = |code, requested, today| {
        Problem::on("requested_on", code)
            .with("requested_on", requested)
            .with("today", today)
            .with("last_day", "2026-11-29")
    };

    assert_eq!(check("2026-11-27", "2026-11-24").map(|date| date.due_on), Ok(day("2026-11-27")));
    assert_eq!(
        check("2026-11-28", "2026-11-24"),
        Err(facts("requested_on_due_after_last_day", "2026-11-28", "2026-11-24")
            .with("due_on", "2026-11-30")
            .with("latest", "2026-11-27"))
    );
    assert_eq!(
        check("2026-11-28", "2026-11-27"),
        Err(facts("requested_on_due_after_last_day", "2026-11-28", "2026-11-27")
            .with("due_on", "2026-11-30")
            .with("latest", "2026-11-27")),
        "today is the last chance"
    );
    assert_eq!(
        check("2026-11-28", "2026-11-28"),
        Err(facts("requested_on_no_business_day_left", "2026-11-28", "2026-11-28"))
    );
    assert_eq!(
        check("2026-11-30", "2026-11-30"),
        Err(facts("requested_on_source_expired", "2026-11-30", "2026-11-30"))
    );
}

#[test]
fn a_closed_day_is_explained_by_why_the_desk_is_closed() {
    let calendar = Calendar::shipped().with_closure(day("2026-06-10"), "創立記念日");
    for (requested, due, codes) in [
        ("2026-11-24", "2026-11-24", vec![]),
        ("2026-11-28", "2026-11-30", vec!["requested_on_moved_weekend"]),
        ("2026-09-22", "2026-09-24", vec!["requested_on_moved_holiday"]),
        ("2026-12-30", "2027-01-04", vec!["requested_on_moved_year_end"]),
        ("2026-06-10", "2026-06-11", vec!["requested_on_moved_closure"]),
        ("2028-01-05", "2028-01-05", vec!["requested_on_holidays_unknown"]),
        ("2028-01-08", "2028-01-10", vec!["requested_on_moved_weekend", "requested_on_holidays_unknown"]),
        ("2027-12-31", "2028-01-04", vec!["requested_on_moved_year_end", "requested_on_holidays_unknown"]),
    ] {
        let date = check_requested_on(day(requested), day("2026-01-05"), day("2029-01-31"), &calendar).unwrap();
        assert_eq!(date.due_on, day(due), "{requested}");
        let found: Vec<&str> = date.explanations(&calendar).iter().map(|note| note.code).collect();
        assert_eq!(found, codes, "{requested}");
    }
}

#[test]
fn an_accepted_date_is_always_one_the_desk_can_keep() {
    let calendar = Calendar::shipped();
    let today = day("2026-12-20");
    for last_day in every_day(2026, 2027).filter(|date| *date >= day("2026-12-10")).take(40) {
        for requested in every_day(2026, 2027).filter(|date| *date >= day("2026-12-10")).take(50) {
            let keepable = (requested.max(today) == requested)
                && requested <= last_day
                && requested
                    .iter_days()
                    .take_while(|date| *date <= last_day)
                    .any(|date| calendar.is_business_day(date));
            let found = check_requested_on(requested, today, last_day, &calendar);
            assert_eq!(found.is_ok(), keepable, "{requested} until {last_day}");
        }
    }
}

#[test]
fn dates_are_read_as_people_type_them() {
    for typed in ["2026/12/08", "2026-12-08", "2026/12/8", " 2026/12/08 ", "２０２６／１２／０８", "2026－12－08"]
    {
        assert_eq!(parse_requested_on(typed), Ok(day("2026-12-08")), "{typed:?}");
    }
    for blank in ["", " ", "\u{3000}"] {
        assert_eq!(parse_requested_on(blank), Err(Problem::on("requested_on", "requested_on_missing")));
    }
    for wrong in ["2026/02/30", "12/08", "26/12/08", "20261208", "+2026/12/08", "12026/12/08", "2026/12/08 x", "来週"]
    {
        assert_eq!(parse_requested_on(wrong).unwrap_err().code, "requested_on_malformed", "{wrong:?}");
    }
}

#[test]
fn no_date_makes_the_check_panic() {
    let calendar = Calendar::shipped();
    let days = [NaiveDate::MIN, day("2026-11-24"), NaiveDate::MAX];
    for requested in days {
        for today in days {
            for last_day in days {
                if let Ok(date) = check_requested_on(requested, today, last_day, &calendar) {
                    date.explanations(&calendar);
                }
            }
        }
    }
}
