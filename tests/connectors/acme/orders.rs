//! What pebble is ordered, and by whom.

use instant_acme::Key;
use revocation_desk::ca::{CaError, IssueOrder};
use revocation_desk::domain::application::CrlReason;
use revocation_desk::domain::certificate::{CertificateFacts, pem};
use revocation_desk::domain::csr;

use super::{NAMES, connector, csr_for, obtain, register, setting, start};
use crate::conformance::{self, Entry, Harness};
use crate::issuing::{assert_issued, order_with};
use crate::outside::clock;

fn order_for(source: &CertificateFacts, names: &[&str]) -> IssueOrder {
    order_with(source, csr_for(names), clock() + chrono::Duration::days(199))
}

#[tokio::test]
async fn a_replacement_has_the_names_of_the_source_and_the_key_of_the_request() {
    let pebble = start().await;
    let source = pebble.certificate().await;
    let order = order_for(&source, &NAMES);

    let issued = pebble.connector.issue(&order).await.unwrap();

    assert_issued(&order, &issued);
    assert_eq!(pebble.connector.issuers(&issued.der).await, Ok(issued.chain.clone()));
    assert_eq!(issued.chain, std::slice::from_ref(&pebble.issuer.der));
}

#[tokio::test]
async fn a_request_for_other_names_is_unsupported_and_nothing_is_ordered() {
    let pebble = start().await;
    let source = pebble.certificate().await;
    let sent = pebble.wire.sent();

    for names in [
        &["www.example.jp"][..],
        &["www.example.jp", "example.jp", "more.example.jp"],
        &["other.example.jp", "example.jp"],
        &["www.example.jp", "EXAMPLE.jp"],
        // The common name is the first.
        &["example.jp", "www.example.jp"],
    ] {
        let issued = pebble.connector.issue(&order_for(&source, names)).await;
        assert!(matches!(issued, Err(CaError::Unsupported(_))), "{names:?}: {issued:?}");
    }
    assert_eq!(pebble.wire.sent(), sent);
}

#[tokio::test]
async fn names_that_the_account_has_not_proven_are_refused_by_name() {
    let pebble = start().await;
    let (other, _) = register(pebble.home.path(), pebble.address).await;
    let source = obtain(&other, &["other.example.jp"]).await;

    let issued = pebble.connector.issue(&order_for(&source, &["other.example.jp"])).await;

    assert!(matches!(&issued, Err(CaError::Refused(why)) if why.contains("other.example.jp")), "{issued:?}");
}

#[tokio::test]
async fn a_certificate_that_ends_later_than_ordered_is_not_taken() {
    let pebble = start().await;
    let source = pebble.certificate().await;
    let order = order_with(&source, csr_for(&NAMES), clock() + chrono::Duration::days(30));

    let issued = pebble.connector.issue(&order).await;

    assert!(matches!(&issued, Err(CaError::Refused(why)) if why.contains("another end")), "{issued:?}");
}

#[tokio::test]
async fn an_account_that_the_ca_does_not_know_is_unavailable_and_not_a_refusal() {
    let pebble = start().await;
    let (_, pkcs8) = Key::generate_pkcs8().unwrap();
    let key = pem::encode("PRIVATE KEY", pkcs8.secret_pkcs8_der());
    let stranger = connector(&setting(pebble.home.path(), &pebble.wire, &key), &pebble.issuer);
    let certificate = pebble.certificate().await;
    let order = conformance::order(&certificate, CrlReason::Superseded, clock());

    for answer in [stranger.check().await.map(drop), stranger.revoke(&order).await.map(drop)] {
        assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("credentials")), "{answer:?}");
    }
    assert_eq!(pebble.books(&certificate).await, Entry::Good);
}

#[tokio::test]
async fn another_account_may_not_revoke_and_is_told_so() {
    let pebble = start().await;
    let (_, key) = register(pebble.home.path(), pebble.address).await;
    let other = connector(&setting(pebble.home.path(), &pebble.wire, &key), &pebble.issuer);
    let certificate = pebble.certificate().await;
    let order = conformance::order(&certificate, CrlReason::Superseded, clock());

    let answer = other.revoke(&order).await;

    assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("credentials")), "{answer:?}");
    assert_eq!(pebble.books(&certificate).await, Entry::Good);
}

#[test]
fn the_csr_of_the_tests_is_one_that_the_desk_takes() {
    assert_eq!(csr::parse_der(&csr_for(&NAMES)).unwrap().dns_names, NAMES);
}
