//! Whom to phone, and which number may be dialled: `domain.md` section 6.

use revocation_desk::domain::certificate::ValidationType;
use revocation_desk::domain::contact::{ContactRole, PhoneNumber, check_dialable, whom_to_phone};

use crate::days::day;

#[test]
fn the_procedure_contact_is_phoned_for_ov_and_the_responsible_person_for_ev() {
    for (validation, whom) in [
        (ValidationType::Ov, Some(ContactRole::ProcedureContact)),
        (ValidationType::Ev, Some(ContactRole::ApplicationResponsible)),
        (ValidationType::Dv, None),
        (ValidationType::Iv, None),
        (ValidationType::Unknown, None),
    ] {
        assert_eq!(whom_to_phone(validation), whom, "{validation:?}");
    }
}

#[test]
fn numbers_are_dialled_in_international_form_and_shown_as_written() {
    for (text, e164, extension) in [
        ("03-0000-4182", "+81300004182", None),
        ("０３－００００－４１８２", "+81300004182", None),
        (" 0120-000-000 ", "+81120000000", None),
        ("(03) 0000-4182", "+81300004182", None),
        ("+81 3 0000 4182", "+81300004182", None),
        ("+1 212 555 0100", "+12125550100", None),
        ("06-0000-3390 内線 2104", "+81600003390", Some("2104")),
        ("06-0000-3390 ext. 2104", "+81600003390", Some("2104")),
    ] {
        let number = PhoneNumber::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!((number.e164(), number.extension()), (e164, extension), "{text}");
    }
    assert_eq!(PhoneNumber::parse("03-0000-4182").unwrap().written(), "03-0000-4182");
    assert_eq!(PhoneNumber::parse("03-0000-4182").unwrap().tail(), "4182");
}

#[test]
fn what_is_not_a_number_is_refused() {
    for text in [
        "",
        "0000",
        "4182-0000",
        "03-0000-418a",
        "代表番号",
        "+81",
        "+8130000418200000",
        "03;0000;4182",
        "03\n0000\n4182",
    ] {
        assert_eq!(PhoneNumber::parse(text).unwrap_err().code, "phone_malformed", "{text:?}");
    }
}

#[test]
fn only_a_number_with_a_source_and_verified_by_today_is_dialled() {
    let today = day("2026-11-24");
    for (source, verified_on, refused) in [
        ("第三者データベース", "2026-11-24", None),
        ("第三者データベース", "2020-01-01", None),
        ("第三者データベース", "2026-11-25", Some("verified_in_future")),
        ("", "2026-02-19", Some("phone_source_missing")),
        ("　", "2026-02-19", Some("phone_source_missing")),
    ] {
        let result = check_dialable(source, day(verified_on), today);
        assert_eq!(result.err().map(|problem| problem.code), refused, "{source:?} {verified_on}");
    }
}
