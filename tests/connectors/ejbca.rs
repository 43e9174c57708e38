//! EJBCA's REST interface, against a contract double.

use std::sync::Arc;

use chrono::Duration;
use revocation_desk::ca::{CaError, CaStatus};
use revocation_desk::domain::application::CrlReason;
use serde_json::json;

use crate::conformance::{self, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::doubles::ejbca::{PROFILE, router};
use crate::issuing::{assert_issued, order_for, order_with, request};
use crate::outside::{Outside, clock};
use crate::test_ca::{Holder, TestCa};
use crate::wire::{Line, http};

const HABITS: Habits = Habits {
    name: "ejbca",
    server: "a contract double",
    repeated: Repeated::ToldSo,
    unknown_serial: Unknown::Refused,
    expired: Expired::Taken,
    keeps_reason: true,
    compares_sha256: false,
    status: Tells::Itself,
};

pub async fn start() -> Outside {
    let ca = Arc::new(TestCa::new("EJBCA Test CA"));
    let setting = json!({ "kind": "ejbca", "url": "ejbca/ejbca-rest-api", "profile": PROFILE });
    let mut ejbca = Outside::start(ca.clone(), router(ca), setting, None, HABITS).await;
    // Our own certificate, which a server without TLS does not ask for.
    let (certificate, key) = (ejbca.home.path().join("own.pem"), ejbca.home.path().join("own.key"));
    std::fs::write(&certificate, ejbca.ca.certificate_pem()).unwrap();
    std::fs::write(&key, ejbca.ca.key_pem()).unwrap();
    ejbca.setting["certificate_file"] = json!(certificate);
    ejbca.setting["key_file"] = json!(key);
    ejbca
}

conformance::suite!(start);

#[tokio::test]
async fn a_request_with_the_names_of_the_source_is_issued_and_another_is_not_sent() {
    let ejbca = start().await;
    let source = ejbca.certificate().await;
    let end = clock() + Duration::days(100);

    let same = order_with(&source, request(&Holder::example()), end);
    assert_issued(&same, &ejbca.connector().issue(&same).await.unwrap());

    let sent = ejbca.wire().unwrap().sent();
    let other = ejbca.connector().issue(&order_for(&source, end)).await;
    assert!(matches!(other, Err(CaError::Unsupported(_))), "{other:?}");
    assert_eq!(ejbca.wire().unwrap().sent(), sent);
}

#[tokio::test]
async fn a_certificate_that_ends_later_than_ordered_is_not_taken_over() {
    let ejbca = start().await;
    let source = ejbca.certificate().await;
    let order = order_with(&source, request(&Holder::example()), clock() + Duration::days(89));

    let issued = ejbca.connector().issue(&order).await;

    assert!(matches!(&issued, Err(CaError::Refused(why)) if why.contains("another end")), "{issued:?}");
}

#[tokio::test]
async fn what_is_not_final_is_neither_revoked_nor_good() {
    let ejbca = start().await;
    let certificate = ejbca.certificate().await;
    let entry = |revoked: bool, reason: &str, date: bool, serial: &str| {
        let mut entry =
            json!({ "issuer_dn": "CN=x", "serial_number": serial, "revoked": revoked, "revocation_reason": reason });
        if date {
            entry["revocation_date"] = json!("2026-11-20T00:00:00Z");
        }
        http(200, "application/json", entry.to_string().as_bytes())
    };
    let serial = certificate.serial.as_str();
    let at = "2026-11-20T00:00:00Z".parse().unwrap();
    for (what, answer, expected) in [
        ("held", entry(true, "CERTIFICATE_HOLD", true, serial), Some(CaStatus::Unknown)),
        ("without its time", entry(true, "SUPERSEDED", false, serial), Some(CaStatus::Unknown)),
        (
            "of another reason",
            entry(true, "CESSATION_OF_OPERATION", true, serial),
            Some(CaStatus::Revoked { at, reason: None }),
        ),
        (
            "in capitals",
            entry(true, "KEY_COMPROMISE", true, &serial.to_uppercase()),
            Some(CaStatus::Revoked { at, reason: Some(CrlReason::KeyCompromise) }),
        ),
        ("of another certificate", entry(true, "SUPERSEDED", true, "01"), None),
    ] {
        ejbca.wire().unwrap().is(Line::Answers(answer));
        let status = ejbca.connector().status(&certificate.identity()).await;
        assert_eq!(status.ok(), expected, "{what}");
    }
    let order = conformance::order(&certificate, CrlReason::Superseded, clock());
    for (what, answer) in [
        ("waits for an approval", http(202, "application/json", br#"{"status_code":202,"info_message":"waits"}"#)),
        ("says revoked, but not when", entry(true, "SUPERSEDED", false, serial)),
        ("says not revoked", entry(false, "SUPERSEDED", true, serial)),
        ("speaks of another", entry(true, "SUPERSEDED", true, "01")),
    ] {
        ejbca.wire().unwrap().is(Line::Answers(answer));
        let revoked = ejbca.connector().revoke(&order).await;
        assert!(matches!(revoked, Err(CaError::Unavailable(_))), "{what}: {revoked:?}");
    }
}
