//! Reports on deliveries as servers write them, and whatever else comes to the return mailbox.

use proptest::prelude::*;
use revocation_desk::domain::bounce::{BounceAction, ReturnMailbox};
use revocation_desk::mail::report::{Incoming, read};

const POSTFIX: &[u8] = include_bytes!("../fixtures/bounces/postfix-3.7.eml");
const SEVERAL: &[u8] = include_bytes!("../fixtures/bounces/rfc3464-several.eml");
const BASE64: &[u8] = include_bytes!("../fixtures/bounces/rfc3464-base64.eml");

fn mailbox() -> ReturnMailbox {
    ReturnMailbox::parse("bounce@ca.example").unwrap()
}

/// Recipients, action, status and words of each, when it is a report on mail 17.
fn told(bytes: &[u8]) -> Vec<(String, BounceAction, String, String)> {
    let Incoming::Report { mark, bounces } = read(bytes, &mailbox()) else { return Vec::new() };
    assert_eq!(mark, mailbox().find("bounce+17.0123456789abcdef01234567@ca.example").unwrap());
    bounces.into_iter().map(|one| (one.recipients.join(" "), one.action, one.status, one.words)).collect()
}

#[test]
fn reports_of_real_servers_are_understood() {
    use BounceAction::{Delayed, Failed};
    let one =
        |to: &str, action, status: &str, words: &str| (to.to_owned(), action, status.to_owned(), words.to_owned());
    let nobody = "nobody@customer.example nobody@customer.example";
    assert_eq!(told(POSTFIX), [one(nobody, Failed, "5.1.1", "550 5.1.1 nobody by that name")]);
    assert_eq!(
        told(SEVERAL),
        [
            one(
                "arathib@vnet.ibm.com arathib@vnet.ibm.com",
                Failed,
                "5.0.0",
                "550 'arathib@vnet.IBM.COM' is not a registered gateway user"
            ),
            one("johnh@hpnjld.njd.hp.com johnh@hpnjld.njd.hp.com", Delayed, "4.0.0", "4.0.0"),
        ],
        "who has the mail is not told of, nor what the mail itself says"
    );
    assert_eq!(told(BASE64), [one("hana@example.jp", Failed, "5.2.2", "552 5.2.2 mailbox full")]);
}

#[test]
fn a_report_in_other_letters_is_a_report_and_a_receipt_is_none() {
    let of_kind = |kind: &str| String::from_utf8(POSTFIX.to_vec()).unwrap().replace("message/delivery-status", kind);
    assert_eq!(told(of_kind("message/global-delivery-status").as_bytes()), told(POSTFIX));
    assert_eq!(told(of_kind("Message/Delivery-Status; charset=utf-8").as_bytes()), told(POSTFIX));
    for kind in ["message/disposition-notification", "message/feedback-report", "text/plain", "message/rfc822"] {
        assert_eq!(read(of_kind(kind).as_bytes(), &mailbox()), Incoming::Other, "{kind}");
    }
}

/// Postfix writes the address into three headers; each server has its own.
#[test]
fn the_address_is_found_in_any_of_the_headers_that_servers_use() {
    let text = String::from_utf8(POSTFIX.to_vec()).unwrap();
    let (head, rest) = text.split_once("\n\n").unwrap();
    let address = "bounce+17.0123456789abcdef01234567@ca.example";
    let bare: Vec<&str> = head.lines().filter(|line| !line.contains(address)).collect();
    for (header, found) in [
        ("X-Original-To", true),
        ("delivered-to", true),
        ("Envelope-To", true),
        ("X-Envelope-To", true),
        ("To", true),
        ("Subject", false),
        ("Cc", false),
    ] {
        let mail = format!("{header}: <{address}>\n{}\n\n{rest}", bare.join("\n"));
        assert_eq!(!told(mail.as_bytes()).is_empty(), found, "{header}");
        if !found {
            assert_eq!(read(mail.as_bytes(), &mailbox()), Incoming::Stray);
        }
    }
}

proptest! {
    #[test]
    fn whatever_comes_is_read_without_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        at in 0_usize..2000,
        cut in 0_usize..2600,
    ) {
        let _ = read(&bytes, &mailbox());
        for report in [POSTFIX, SEVERAL, BASE64] {
            let mut changed = report.to_vec();
            let at = at.min(changed.len());
            changed.splice(at..at, bytes.iter().copied());
            let _ = read(&changed, &mailbox());
            let _ = read(&report[..cut.min(report.len())], &mailbox());
        }
    }
}
