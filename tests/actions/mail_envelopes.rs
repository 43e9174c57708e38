//! Names and addresses that may stand in a header, and the messages made of them.

use chrono::{TimeZone, Utc};
use proptest::prelude::*;
use revocation_desk::domain::mail::{Recipient, host, one_line};
use revocation_desk::mail::envelope::{Draft, Envelope, UnfitMessage};
use revocation_desk::mail::transport::{Security, SmtpServer};

#[test]
fn a_name_or_address_that_could_break_a_header_is_refused() {
    for (name, email, code) in [
        ("例文\n花", "hana@example.jp", "control_character"),
        ("例文\r\nBcc: x@example.com", "hana@example.jp", "control_character"),
        ("例文\u{0}花", "hana@example.jp", "control_character"),
        ("例文\u{85}花", "hana@example.jp", "control_character"),
        ("例文\u{202E}花", "hana@example.jp", "control_character"),
        ("例文\u{2066}花", "hana@example.jp", "control_character"),
        ("例文\u{2028}花", "hana@example.jp", "control_character"),
        ("", "hana@example.jp", "recipient_name_missing"),
        (" 　", "hana@example.jp", "recipient_name_missing"),
        (&"例".repeat(101), "hana@example.jp", "recipient_name_too_long"),
        ("例文 花", "", "email_malformed"),
        ("例文 花", "hana", "email_malformed"),
        ("例文 花", "@example.jp", "email_malformed"),
        ("例文 花", "hana@", "email_malformed"),
        ("例文 花", "ha na@example.jp", "email_malformed"),
        ("例文 花", ".hana@example.jp", "email_malformed"),
        ("例文 花", "ha..na@example.jp", "email_malformed"),
        ("例文 花", "\"ha na\"@example.jp", "email_malformed"),
        ("例文 花", "花@example.jp", "email_malformed"),
        ("例文 花", "hana@-example.jp", "email_malformed"),
        ("例文 花", "hana@example..jp", "email_malformed"),
        ("例文 花", "hana@example.jp>", "email_malformed"),
        ("例文 花", "hana@exam\nple.jp", "control_character"),
        ("例文 花", &format!("{}@example.jp", "a".repeat(65)), "email_malformed"),
        ("例文 花", &format!("a@{}jp", "example.".repeat(40)), "email_malformed"),
    ] {
        assert_eq!(Recipient::new(name, email).unwrap_err().code, code, "{name:?} {email:?}");
    }
}

#[test]
fn ordinary_names_and_addresses_pass() {
    for (name, email, kept) in [
        ("髙橋 﨑", "taro.yamada+tls@example.co.jp", "taro.yamada+tls@example.co.jp"),
        (" O'Neil, \"Bob\" (Tokyo) ", "o'neil@example.com", "o'neil@example.com"),
        ("=?utf-8?b?44GC?=", "a@example.jp", "a@example.jp"),
        ("花", "hana@例示.jp", "hana@xn--fsq192h.jp"),
        (&"例".repeat(100), "a@localhost", "a@localhost"),
    ] {
        let recipient = Recipient::new(name, email).unwrap_or_else(|problem| panic!("{name} {email}: {problem}"));
        assert_eq!(recipient.email(), kept);
        assert_eq!(recipient.name(), name.trim());
        message("subject", &recipient).unwrap();
    }
}

#[test]
fn a_recipient_is_checked_again_when_it_is_read() {
    for stored in [r#"{"name":"a\nb","email":"a@example.jp"}"#, r#"{"name":"a","email":"a"}"#] {
        assert!(serde_json::from_str::<Recipient>(stored).is_err(), "{stored}");
    }
}

#[test]
fn a_subject_with_a_line_break_is_refused_instead_of_sent() {
    let hana = Recipient::new("例文 花", "hana@example.jp").unwrap();
    assert_eq!(message("two\r\nlines: x", &hana).unwrap_err(), UnfitMessage::Header);
}

#[test]
fn the_same_draft_makes_the_same_bytes() {
    let hana = Recipient::new("例文 花", "hana@example.jp").unwrap();
    assert_eq!(message("件名", &hana).unwrap().bytes, message("件名", &hana).unwrap().bytes);
}

proptest! {
    #[test]
    fn whatever_is_accepted_makes_one_to_header_that_names_the_address(
        name in "\\PC{1,60}|[\\x00-\\x7f]{1,60}|.{1,60}",
        email in "[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,30}@[a-z0-9.-]{1,40}|.{0,40}@.{0,40}",
    ) {
        if let Ok(recipient) = Recipient::new(&name, &email) {
            let bytes = message("件名", &recipient).unwrap().bytes;
            let text = String::from_utf8(bytes).unwrap();
            let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
            let names: Vec<&str> = head.lines().map(|line| line.split(':').next().unwrap()).collect();
            prop_assert_eq!(
                names,
                ["Date", "From", "Reply-To", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
            );
            prop_assert!(head.contains(recipient.email()));
            prop_assert!(head.is_ascii());
        }
    }

    #[test]
    fn whatever_the_subject_building_never_panics(subject in "(?s).{0,200}") {
        let hana = Recipient::new("例文 花", "hana@example.jp").unwrap();
        prop_assert_eq!(message(&subject, &hana).is_ok(), one_line("subject", &subject).is_ok());
    }
}

#[test]
fn the_mail_server_is_read_from_its_url() {
    for (url, host, port, security) in [
        ("smtps://user:p%40ss@mail.example.com", "mail.example.com", 465, Security::Tls),
        ("smtp://user:pass@mail.example.com?tls=required", "mail.example.com", 587, Security::StartTls),
        ("smtp://mail.example.com?tls=opportunistic", "mail.example.com", 25, Security::Opportunistic),
        ("smtp://mail.example.com:2525", "mail.example.com", 2525, Security::Plain),
        ("smtp://[::1]:25", "::1", 25, Security::Plain),
    ] {
        let server = SmtpServer::parse(url).unwrap_or_else(|reason| panic!("{url}: {reason}"));
        assert_eq!((server.host.as_str(), server.port, server.security), (host, port, security), "{url}");
    }
}

#[test]
fn a_wrong_mail_server_url_is_refused_without_repeating_the_password() {
    for url in [
        "smtp://user:secret@mail.example.com",
        "smtp://user:secret@mail.example.com?tls=opportunistic",
        "smtps://secret@mail.example.com",
        "smtps://user:%zzsecret@mail.example.com",
        "smtps://user:%ffsecret@mail.example.com",
        "https://user:secret@mail.example.com",
        "smtp://mail.example.com?tls=secret",
        "secret",
        "",
    ] {
        let refused = SmtpServer::parse(url).unwrap_err();
        assert!(!refused.contains("secret"), "{refused}");
    }
}

#[test]
fn the_host_of_the_public_url_stands_in_the_message_id() {
    for (url, expected) in [
        ("https://desk.example.com", "desk.example.com"),
        ("http://127.0.0.1:5150", "127.0.0.1"),
        ("http://[::1]:5150", "[::1]"),
        ("https://desk.example.com:8443/path", "desk.example.com"),
    ] {
        assert_eq!(host(url), expected);
    }
}

fn message(subject: &str, to: &Recipient) -> Result<Envelope, UnfitMessage> {
    let desk = Recipient::new("例示認証局サービスデスク", "desk@example.com").unwrap();
    Envelope::new(&Draft {
        from: &desk,
        reply_to: &desk,
        to: std::slice::from_ref(to),
        subject,
        text: "本文",
        html: "<p>本文</p>",
        message_id: "<a@example.com>",
        date: Utc.with_ymd_and_hms(2026, 11, 22, 1, 0, 0).unwrap(),
        returns_to: None,
        signer: None,
    })
}
