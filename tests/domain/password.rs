//! New passwords: long enough, and nothing that somebody guesses early.

use proptest::prelude::*;
use revocation_desk::domain::password::check;

/// What is known of Hana, who chooses.
const KNOWN: [&str; 4] = ["Hana Reibun", "hana.reibun@customer.example", "例示商事株式会社", "Example Trading"];

fn refusal(new: &str) -> Option<&'static str> {
    check(new, new, &KNOWN).err().map(|problem| problem.code)
}

#[test]
fn a_password_has_12_characters_to_256_bytes_and_is_typed_twice() {
    let random = "k7Wq".to_owned() + &"9x#Lm2".repeat(50);
    for (new, refused) in [
        ("", Some("password_too_short")),
        ("k7Wq9x#Lm2v", Some("password_too_short")),
        ("k7Wq9x#Lm2vZ", None),
        ("紫陽花と駱駝の九月旅情", Some("password_too_short")),
        ("紫陽花と駱駝の九月旅情譚", None),
        (&random[..256], None),
        (&random[..257], Some("password_too_long")),
    ] {
        assert_eq!(refusal(new), refused, "{new:?}");
    }
    let differs = check("k7Wq9x#Lm2vZ", "k7Wq9x#Lm2vz", &KNOWN).unwrap_err();
    assert_eq!((differs.field, differs.code), (Some("repeated"), "password_repeated_differs"));
}

#[test]
fn a_password_that_somebody_guesses_early_is_refused() {
    for (name, new, refused) in [
        ("a common one", "password1234", true),
        ("a common one, long", "123456789012345", true),
        ("a common one, in other letters", "P@ssw0rd1234", true),
        ("keys side by side", "qwertyuiop[]", true),
        ("one character", "aaaaaaaaaaaa", true),
        ("a repetition", "abcabcabcabcabc", true),
        ("an alphabet", "abcdefghijklmnop", true),
        ("a date", "24/11/1987!!", true),
        ("two common words", "welcomedragon", true),
        ("the own name", "hanareibun2026", true),
        ("the own name, turned round", "ReibunHana2026", true),
        ("the own name, backwards", "nubieranah!!", true),
        ("the own address", "hana.reibun@customer.example", true),
        ("the organisation", "ExampleTrading1", true),
        ("the organisation, in kanji", "例示商事株式会社例示商事株式会社", true),
        ("the program", "revocation-desk", true),
        ("common, however long it goes on", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", true),
        ("the program and a year", "RevocationDesk2026", true),
        ("words that have nothing to do with each other", "glacier-saffron-ledger", false),
        ("the same with spaces", "walnut orbit cello fern", false),
        ("a generated one", "fk7dm-q2zup-8xwtb-h3nga", false),
        ("a sentence", "姉の自転車は薄荷の匂いがする", false),
        ("the own name among others", "hana-glacier-saffron-ledger", false),
    ] {
        let expected = refused.then_some("password_guessable");
        assert_eq!(refusal(new), expected, "{name}: {new}");
    }
}

#[test]
fn what_is_known_of_one_person_says_nothing_about_another() {
    let new = "saffronledger";
    assert!(check(new, new, &KNOWN).is_ok());
    let refused = check(new, new, &["Saffron Ledger"]).unwrap_err();
    assert_eq!((refused.field, refused.code), (Some("new"), "password_guessable"));
    assert!(check(new, new, &["", " ", "@"]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_typed_is_judged(new in "\\PC{0,60}", known in prop::collection::vec("\\PC{0,20}", 0..4)) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let _ = check(&new, &new, &known);
    }
}
