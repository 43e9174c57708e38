//! The address to which a mail comes back, and what a report says of a recipient.

use proptest::prelude::*;
use revocation_desk::domain::bounce::{Bounce, BounceAction, RecipientFields, ReturnMailbox, SealKey, judge};

const MESSAGE_ID: &str = "<RQ-261122-0001.application_received.12ddae32c9fd0c69@desk.example.com>";

fn mailbox() -> ReturnMailbox {
    ReturnMailbox::parse("Bounce@CA.example").unwrap()
}

#[test]
fn the_mark_of_a_mail_is_found_wherever_a_server_writes_it() {
    let key = SealKey::new(b"0123456789abcdef0123456789abcdef");
    let mark = key.mark(4711, MESSAGE_ID);
    let address = mailbox().address(mark);
    assert!(address.starts_with("bounce+4711.") && address.ends_with("@ca.example"), "{address}");
    for value in [
        address.clone(),
        format!("<{address}>"),
        format!("\"bounces\" <{address}>"),
        format!("rfc822;{address}"),
        format!("someone@example.jp, {address}"),
        address.to_ascii_uppercase(),
    ] {
        assert_eq!(mailbox().find(&value), Some(mark), "{value}");
    }
    assert!(key.made(mark, MESSAGE_ID));
}

#[test]
fn what_is_no_mark_of_ours_is_none() {
    let seal = "0".repeat(24);
    for value in [
        "",
        "bounce@ca.example",
        &format!("bounce+4711.{seal}@other.example"),
        &format!("bounce+4711.{seal}@x.ca.example.jp"),
        &format!("bounces+4711.{seal}@ca.example"),
        &format!("bounce+.{seal}@ca.example"),
        &format!("bounce+99999999999999999999.{seal}@ca.example"),
        &format!("bounce+4711.{}@ca.example", &seal[2..]),
        &format!("bounce+4711.{seal}00@ca.example"),
        &format!("bounce+4711{seal}@ca.example"),
        "bounce+4711.zz0000000000000000000000@ca.example",
    ] {
        assert_eq!(mailbox().find(value), None, "{value}");
    }
}

#[test]
fn a_mark_counts_for_its_mail_and_its_key_only() {
    let key = SealKey::new(b"0123456789abcdef0123456789abcdef");
    let mark = key.mark(4711, MESSAGE_ID);
    assert!(!key.made(mark, "<another@desk.example.com>"), "another mail that got the number after a restore");
    assert!(!SealKey::new(b"another key, another desk").made(mark, MESSAGE_ID));
    let moved = mailbox().find(&mailbox().address(mark).replace("4711", "4712")).unwrap();
    assert!(!key.made(moved, MESSAGE_ID));
}

#[test]
fn a_return_mailbox_has_room_for_the_mark() {
    for (text, fits) in [
        ("bounce@ca.example", true),
        (&format!("{}@ca.example", "a".repeat(19)), true),
        (&format!("{}@ca.example", "a".repeat(20)), false),
        ("bounce+x@ca.example", false),
        ("bounce", false),
        ("bounce@", false),
    ] {
        assert_eq!(ReturnMailbox::parse(text).is_ok(), fits, "{text}");
    }
    let widest = ReturnMailbox::parse(&format!("{}@ca.example", "a".repeat(19))).unwrap();
    let address = widest.address(SealKey::new(b"key").mark(i64::MAX, MESSAGE_ID));
    assert_eq!(address.split('@').next().unwrap().len(), 64);
}

fn fields(action: &str, status: &str) -> RecipientFields {
    RecipientFields {
        original_recipient: "rfc822;Hana@example.jp".to_owned(),
        final_recipient: "rfc822; <hana@mail.example.jp>".to_owned(),
        action: action.to_owned(),
        status: status.to_owned(),
        diagnostic: "smtp; 550 5.1.1 <hana@example.jp>:\r\n    User unknown\u{202e}".to_owned(),
    }
}

#[test]
fn a_report_says_whether_a_mail_was_given_up_or_is_late_or_is_well() {
    use BounceAction::{Delayed, Failed};
    for (action, status, judged) in [
        ("failed", "5.1.1", Some((Failed, "5.1.1"))),
        (" Failed ", "5.1.1 (no such user)", Some((Failed, "5.1.1"))),
        // Tried for too long.
        ("failed", "4.4.7", Some((Failed, "4.4.7"))),
        ("failed", "", Some((Failed, ""))),
        ("failed", "5.1", Some((Failed, ""))),
        ("failed", "5.1111.1", Some((Failed, ""))),
        ("failed", "3.1.1", Some((Failed, ""))),
        ("delayed", "4.4.1", Some((Delayed, "4.4.1"))),
        ("delayed", "5.0.0", Some((Delayed, "5.0.0"))),
        ("delivered", "2.0.0", None),
        ("relayed", "2.0.0", None),
        ("expanded", "2.0.0", None),
        ("", "5.2.2", Some((Failed, "5.2.2"))),
        ("", "4.2.2", Some((Delayed, "4.2.2"))),
        ("", "2.0.0", None),
        ("lost", "", None),
    ] {
        let told = judge(&fields(action, status)).map(|bounce| (bounce.action, bounce.status));
        assert_eq!(told, judged.map(|(action, code)| (action, code.to_owned())), "{action:?} {status:?}");
    }
}

#[test]
fn recipients_and_words_are_kept_as_plain_text() {
    let bounce = judge(&fields("failed", "5.1.1")).unwrap();
    assert_eq!(bounce.recipients, ["hana@example.jp", "hana@mail.example.jp"]);
    assert_eq!(bounce.words, "550 5.1.1 <hana@example.jp>: User unknown");
    let silent = RecipientFields { diagnostic: String::new(), ..fields("failed", "5.1.1") };
    assert_eq!(judge(&silent).unwrap().words, "5.1.1");
    let talkative = RecipientFields { diagnostic: "x".repeat(1000), ..fields("failed", "5.1.1") };
    assert_eq!(judge(&talkative).unwrap().words.len(), 300);
    let anonymous = RecipientFields {
        original_recipient: String::new(),
        final_recipient: " ; ".to_owned(),
        ..fields("failed", "5.1.1")
    };
    let Bounce { recipients, .. } = judge(&anonymous).unwrap();
    assert!(recipients.is_empty());
}

proptest! {
    #[test]
    fn whatever_stands_there_is_read_without_a_panic(value in ".{0,200}", action in ".{0,20}", status in ".{0,20}") {
        let _ = mailbox().find(&value);
        let _ = judge(&RecipientFields { final_recipient: value.clone(), diagnostic: value, ..fields(&action, &status) });
    }

    #[test]
    fn every_mark_comes_back(message in 0..i64::MAX, message_id in ".{0,60}") {
        let key = SealKey::new(b"0123456789abcdef0123456789abcdef");
        let mark = mailbox().find(&mailbox().address(key.mark(message, &message_id))).unwrap();
        prop_assert_eq!(mark.message, message);
        prop_assert!(key.made(mark, &message_id));
    }
}
