//! Who is believed, and what answers mean.

use chrono::SubsecRound;
use revocation_desk::ca::CaError;
use revocation_desk::domain::application::CrlReason;
use serde_json::json;

use super::front::Trick;
use super::mock::{REFERENCE, SECRET, by_ca, by_key, by_secret, certified, responder, write};
use super::{Cmp, HABITS, key_setting, open, revocation_order, secret_setting, start_with_keys, start_with_secret};
use crate::conformance::Harness;
use crate::outside::{authority, clock};
use crate::test_ca::{TestCa, put};
use crate::wire::Wire;

/// What a revocation is answered by a server that says everything it says in this way.
async fn revoked_by(more: &[&str]) -> (Cmp, Result<(), CaError>) {
    let more: Vec<String> = more.iter().map(|argument| (*argument).to_owned()).collect();
    let server = |_: &_, _: &_| [by_secret(SECRET), more.clone()].concat();
    let cmp = Cmp::start(server, secret_setting, HABITS).await;
    let certificate = cmp.certificate().await;
    let answer = cmp.connector.revoke(&revocation_order(&certificate)).await.map(drop);
    (cmp, answer)
}

#[tokio::test]
async fn refusals_are_for_good_unless_they_are_about_us_or_about_now() {
    for (way, words, for_good) in [
        (&["-pkistatus", "2"][..], "rejection", true),
        (&["-pkistatus", "2", "-failure", "4"], "badCertId", true),
        (&["-pkistatus", "2", "-failure", "2", "-statusstring", "not today"], "badRequest: not today", true),
        (&["-pkistatus", "2", "-failure", "23"], "credentials are not accepted", false),
        (&["-pkistatus", "2", "-failure", "20"], "credentials are not accepted", false),
        (&["-pkistatus", "2", "-failure", "24"], "systemUnavail", false),
        (&["-pkistatus", "2", "-failure", "10"], "already revoked", false),
        (&["-send_error"], "badRequest", true),
    ] {
        let (_, answer) = revoked_by(way).await;
        let told = answer.unwrap_err();
        assert!(told.to_string().contains(words), "{way:?}: {told}");
        assert_eq!(matches!(told, CaError::Refused(_)), for_good, "{way:?}: {told:?}");
    }
}

#[tokio::test]
async fn what_is_not_just_accepted_is_not_taken_for_done() {
    for status in ["1", "3", "4", "5"] {
        let (_, answer) = revoked_by(&["-pkistatus", status]).await;
        assert!(matches!(answer, Err(CaError::Unavailable(_))), "{status}: {answer:?}");
    }
}

#[tokio::test]
async fn an_answer_without_protection_is_not_believed() {
    for way in [&["-send_unprotected"][..], &["-send_unprotected", "-send_error"]] {
        let (cmp, answer) = revoked_by(way).await;
        assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("nobody protected")), "{answer:?}");
        assert!(matches!(cmp.connector.check().await, Err(CaError::Unavailable(_))));
    }
}

#[tokio::test]
async fn who_does_not_know_the_secret_is_not_believed() {
    let server = |_: &_, _: &_| [by_secret("another"), vec!["-accept_unprotected".to_owned()]].concat();
    let cmp = Cmp::start(server, secret_setting, HABITS).await;
    let certificate = cmp.certificate().await;

    let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;

    assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("nobody protected")), "{answer:?}");
}

#[tokio::test]
async fn signers_are_believed_when_the_ca_has_certified_them_to_speak_for_it() {
    const SPEAKS: &str = "keyUsage=digitalSignature\nextendedKeyUsage=1.3.6.1.5.5.7.3.27\n";
    for (extensions, believed) in [
        (SPEAKS.to_owned(), true),
        (SPEAKS.replace("digitalSignature", "keyAgreement"), false),
        (SPEAKS.replace("5.5.7.3.27", "5.5.7.3.1"), false),
        ("keyUsage=digitalSignature\n".to_owned(), false),
        (format!("{SPEAKS}# over\n"), false),
    ] {
        let server = |home: &_, ca: &_| {
            let (certificate, key) = responder(home, ca, &extensions);
            by_key(home, ca, &certificate, &key)
        };
        let cmp = Cmp::start(server, key_setting, HABITS).await;
        let certificate = cmp.certificate().await;

        let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;

        assert_eq!(answer.is_ok(), believed, "{extensions}: {answer:?}");
    }
}

#[tokio::test]
async fn somebody_whom_another_ca_has_certified_to_speak_for_it_is_not_believed() {
    let server = |home: &std::path::Path, ca: &TestCa| {
        let other = home.join("other");
        std::fs::create_dir(&other).unwrap();
        let extensions = "keyUsage=digitalSignature\nextendedKeyUsage=1.3.6.1.5.5.7.3.27\n";
        let (certificate, key) = responder(&other, &TestCa::new("CMP Test CA"), extensions);
        by_key(home, ca, &certificate, &key)
    };
    let cmp = Cmp::start(server, key_setting, HABITS).await;
    let certificate = cmp.certificate().await;

    let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;

    assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("nobody protected")), "{answer:?}");
}

#[tokio::test]
async fn a_customer_s_certificate_of_the_same_ca_is_not_believed_unless_it_is_pinned() {
    let server = |home: &_, ca: &_| {
        let (certificate, key) = certified(home, ca, "customer");
        by_key(home, ca, &certificate, &key)
    };
    let cmp = Cmp::start(server, key_setting, HABITS).await;
    let certificate = cmp.certificate().await;

    let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;
    assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("nobody protected")), "{answer:?}");

    let mut setting = key_setting(cmp.home.path(), &cmp.ca);
    setting["trust_file"] = json!(cmp.home.path().join("customer.pem"));
    let pinned = super::connector(&cmp.home, &cmp.ca, &cmp.wire, setting);
    pinned.revoke(&revocation_order(&certificate)).await.unwrap();
}

#[tokio::test]
async fn a_secret_does_not_make_up_for_a_signature_that_nobody_may_make() {
    let server = |home: &_, ca: &_| {
        let (certificate, key) = certified(home, ca, "customer");
        [by_key(home, ca, &certificate, &key), vec!["-accept_unprotected".to_owned()]].concat()
    };
    let cmp = Cmp::start(server, secret_setting, HABITS).await;
    let certificate = cmp.certificate().await;

    let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;

    assert!(matches!(&answer, Err(CaError::Unavailable(_))), "{answer:?}");
}

#[tokio::test]
async fn revoked_before_is_told_with_the_time_as_soon_as_that_is_published() {
    let (cmp, answer) = revoked_by(&["-pkistatus", "2", "-failure", "10"]).await;
    assert!(matches!(answer, Err(CaError::Unavailable(_))), "{answer:?}");
    let (certificate, at) = (cmp.certificate().await, clock().trunc_subsecs(0));
    let revoked = [(certificate.serial.octets().to_vec(), at, Some(4))];
    put(&cmp.home.path().join("issuer.crl"), &cmp.ca.crl_of(&revoked));

    let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;

    assert_eq!(answer, Err(CaError::AlreadyRevoked { at, reason: Some(CrlReason::Superseded) }));
}

#[tokio::test]
async fn an_answer_that_was_given_before_is_not_taken_again() {
    for cmp in [start_with_secret().await, start_with_keys().await] {
        let (first, second) = (cmp.certificate().await, cmp.certificate().await);
        cmp.front.plays(Trick::Keeps(None));
        cmp.connector.revoke(&revocation_order(&first)).await.unwrap();
        cmp.front.plays(Trick::Replays(cmp.front.kept()));

        for certificate in [&first, &second] {
            let answer = cmp.connector.revoke(&revocation_order(certificate)).await;
            assert!(
                matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("another question")),
                "{answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_with_one_octet_changed_is_not_believed() {
    let cmp = start_with_keys().await;
    let certificate = cmp.certificate().await;
    cmp.front.plays(Trick::Keeps(None));
    cmp.connector.revoke(&revocation_order(&certificate)).await.unwrap();
    let answer = cmp.front.kept();

    for at in (0..answer.len()).step_by(7) {
        let mut changed = answer.clone();
        changed[at] ^= 0x01;
        cmp.front.plays(Trick::Replays(changed));
        let answer = cmp.connector.revoke(&revocation_order(&certificate)).await;
        assert!(matches!(&answer, Err(CaError::Unavailable(_))), "octet {at}: {answer:?}");
    }
}

#[tokio::test]
async fn wrong_credentials_stop_the_start_and_are_named() {
    let cmp = start_with_keys().await;
    let home = cmp.home.path();
    let (certificate, key) = certified(home, &cmp.ca, "desk");
    let (_, other) = certified(home, &cmp.ca, "other");
    let nothing = write(home, "nothing.pem", "nothing");
    for (change, secret, named) in [
        (json!({ "certificate_file": certificate, "key_file": other }), None, "key_file: is not the key"),
        (json!({ "certificate_file": certificate, "key_file": nothing }), None, "key_file: holds no key"),
        (json!({ "certificate_file": nothing, "key_file": key }), None, "certificate_file: holds no certificate"),
        (json!({}), Some(SECRET), "account: is needed"),
        (json!({}), None, "secret_file: or certificate_file"),
        (json!({ "account": REFERENCE, "profile": "cr" }), Some(SECRET), "profile: needs ir or p10cr"),
    ] {
        let mut setting = json!({ "kind": "cmp" });
        setting.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let wire = Wire::to(cmp.wire.address).await;
        let refused = open(&cmp.home, &cmp.ca, &authority(&cmp.home, &cmp.ca, &wire, setting, secret));
        let told = refused.map(|_| ()).unwrap_err();
        assert!(told.contains(named), "{told}");
    }
}

#[tokio::test]
async fn an_rsa_key_signs_for_us_as_well() {
    let setting = |home: &_, ca: &_| {
        let (certificate, key) = responder(home, ca, "keyUsage=digitalSignature\n");
        json!({ "kind": "cmp", "certificate_file": certificate, "key_file": key })
    };
    let cmp = Cmp::start(by_ca, setting, HABITS).await;
    let certificate = cmp.certificate().await;
    cmp.connector.revoke(&revocation_order(&certificate)).await.unwrap();
}
