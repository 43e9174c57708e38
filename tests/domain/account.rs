//! What an account may look like.

use revocation_desk::domain::account::{AccountFacts, login_key};

fn codes(login: &str, name: &str, email: &str) -> Vec<&'static str> {
    let refused = AccountFacts::read(login, name, email).err().unwrap_or_default();
    refused.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_login_has_3_to_64_of_a_few_characters_and_no_case() {
    let (longest, too_long) = ("a".repeat(64), "a".repeat(65));
    for (login, stored) in [
        ("abc", Some("abc")),
        (" Hana.Reibun_1-x@Example.jp ", Some("hana.reibun_1-x@example.jp")),
        (longest.as_str(), Some(longest.as_str())),
        ("ab", None),
        (too_long.as_str(), None),
        ("", None),
        ("hana reibun", None),
        ("花子さん", None),
        ("ｈａｎａ", None),
        ("hana+1", None),
        ("hana\u{0}", None),
    ] {
        let read = AccountFacts::read(login, "例文 花", "hana@example.jp").ok().map(|facts| facts.login);
        assert_eq!(read.as_deref(), stored, "{login:?}");
    }
    assert_eq!(login_key(" HANA "), "hana");
}

#[test]
fn a_name_stands_on_one_line_and_reads_as_it_is() {
    let (longest, too_long) = ("花".repeat(100), "花".repeat(101));
    for (name, fits) in [
        (" 例文 花 ", true),
        (longest.as_str(), true),
        (too_long.as_str(), false),
        (" ", false),
        ("例文\n花", false),
        ("例文\u{202E}花", false),
        ("例文\u{200F}花", false),
    ] {
        let expected: &[&str] = if fits { &[] } else { &["user_name_invalid"] };
        assert_eq!(codes("hana", name, "hana@example.jp"), expected, "{name:?}");
    }
}

#[test]
fn an_address_can_be_written_to() {
    for (email, fits) in
        [("hana@example.jp", true), ("hana@例示.jp", true), ("hana", false), ("", false), ("a b@example.jp", false)]
    {
        let expected: &[&str] = if fits { &[] } else { &["email_invalid"] };
        assert_eq!(codes("hana", "例文 花", email), expected, "{email:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    assert_eq!(codes("", "", ""), ["login_invalid", "user_name_invalid", "email_invalid"]);
}
