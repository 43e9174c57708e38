//! How reception numbers are written and read.

use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::reception_number::ReceptionNumber;

use crate::days::day;

#[test]
fn a_number_shows_the_day_and_at_least_four_digits() {
    for (filed_on, number, text) in [
        ("2026-08-06", 182, "RQ-260806-0182"),
        ("2026-08-06", 1, "RQ-260806-0001"),
        ("2026-08-06", 9999, "RQ-260806-9999"),
        ("2026-08-06", 10_000, "RQ-260806-10000"),
        ("2000-01-01", 7, "RQ-000101-0007"),
        ("2099-12-31", 4_294_967_295, "RQ-991231-4294967295"),
    ] {
        let reception_number = ReceptionNumber::new(day(filed_on), number);
        assert_eq!(reception_number.to_string(), text);
        assert_eq!(text.parse(), Ok(reception_number));
        assert_eq!((reception_number.filed_on(), reception_number.number()), (day(filed_on), number));
    }
}

#[test]
fn what_people_type_is_understood() {
    for typed in [
        "RQ-260806-0182",
        "rq-260806-0182",
        "  RQ-260806-0182\n",
        "\u{3000}RQ-260806-0182\u{3000}",
        "ＲＱ－２６０８０６－０１８２",
        "ｒｑ－260806ー0182",
        "RQ‐260806–0182",
        "RQ−260806ｰ0182",
    ] {
        assert_eq!(typed.parse(), Ok(ReceptionNumber::new(day("2026-08-06"), 182)), "{typed:?}");
    }
}

#[test]
fn anything_else_is_refused_with_what_was_typed() {
    for typed in [
        "",
        "RQ",
        "RQ-260806",
        "RQ-260806-",
        "RQ-260806-182",
        "RQ-260806-00182",
        "RQ-260806-0000",
        "RQ-261306-0182",
        "RQ-260230-0182",
        "RQ-2608060-182",
        "RQ-260806-01a2",
        "RQ-260806-+182",
        "RQ-260806-0182-1",
        "RZ-260806-0182",
        "RQ-260806 0182",
        "RQ-260806-99999999999",
        "260806-0182",
        "RQ--60806-0182",
        "RQ-あいうえおか-0182",
    ] {
        assert_eq!(
            typed.parse::<ReceptionNumber>(),
            Err(Problem::on("reception_number", "reception_number_malformed").with("value", typed)),
            "{typed:?}"
        );
    }
}

#[test]
fn an_endless_text_is_refused_and_shown_short() {
    let problem = format!("RQ-260806-0182{}", "0".repeat(1_000_000)).parse::<ReceptionNumber>().unwrap_err();

    assert_eq!(problem.params[0].1.chars().count(), 32);
}

#[test]
fn numbers_sort_by_day_then_by_number() {
    let read = |text: &str| text.parse::<ReceptionNumber>().unwrap();

    assert!(read("RQ-260806-9999") < read("RQ-260806-10000"));
    assert!(read("RQ-260806-10000") < read("RQ-260807-0001"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        if let Ok(read) = text.parse::<ReceptionNumber>() {
            proptest::prop_assert_eq!(read.to_string().parse(), Ok(read));
        }
    }
}
