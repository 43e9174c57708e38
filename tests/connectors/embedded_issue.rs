//! What the embedded CA issues: everything from the source, the key from the request.

use std::collections::HashSet;

use chrono::{Duration, TimeZone, Utc};
use revocation_desk::{
    ca::{
        CaError, CertificateAuthority, IssueOrder,
        embedded::{SourceOrder, rsa_requests},
    },
    domain::{
        certificate::{self, CertificateFacts, KeyAlgorithm, ValidationType},
        csr,
    },
};
use uuid::Uuid;

use crate::authority::{Authority, ec_request, ev_order, now, source_order};
use crate::openssl;

fn order(source: &CertificateFacts, csr_der: Vec<u8>) -> IssueOrder {
    IssueOrder {
        source_der: source.der.clone(),
        csr_der,
        not_before: now(),
        not_after: Utc.with_ymd_and_hms(2027, 6, 10, 14, 59, 59).unwrap(),
        request_id: Uuid::new_v4(),
        now: now(),
    }
}

async fn issue(authority: &Authority, order: &IssueOrder) -> CertificateFacts {
    certificate::parse_der(&authority.ca.issue(order).await.unwrap().der).unwrap()
}

#[tokio::test]
async fn a_replacement_has_the_sources_subject_without_ou_and_its_names() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    assert_eq!(source.subject.organizational_units, ["‐", "情報システム部"]);

    let replacement = issue(&authority, &order(&source, ec_request())).await;

    assert_eq!(replacement.subject.text, "CN=*.example.jp,O=株式会社髙﨑例示,L=港区,ST=東京都,C=JP");
    assert_eq!(replacement.dns_names, source.dns_names);
    assert_eq!(replacement.validation, ValidationType::Ov);
    assert_eq!(replacement.not_before, now());
    assert_eq!(replacement.not_after.to_rfc3339(), "2027-06-10T14:59:59+00:00");
    assert_eq!(replacement.issuer, authority.ca.issuing().certificate.subject.text);
}

#[tokio::test]
async fn the_key_is_the_requests_whatever_else_the_request_says() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    for csr_der in [rsa_requests(), vec![ec_request()]].concat() {
        let asked = csr::parse_der(&csr_der).unwrap();

        let replacement = issue(&authority, &order(&source, csr_der)).await;

        assert_eq!(replacement.public_key, asked.public_key);
        assert_eq!(replacement.dns_names, source.dns_names);
    }
}

#[tokio::test]
async fn rsa_requests_of_all_usual_sizes_ship_with_the_program() {
    let sizes: HashSet<String> = rsa_requests()
        .iter()
        .map(|request| csr::parse_der(request).unwrap().public_key.algorithm.to_string())
        .collect();

    assert_eq!(sizes, HashSet::from(["RSA 2048", "RSA 3072", "RSA 4096"].map(str::to_owned)));
}

#[tokio::test]
async fn openssl_accepts_ov_and_ev_certificates_with_both_kinds_of_keys() {
    let authority = Authority::new().await;
    authority.ca.publish_crls(now()).await.unwrap();
    for csr_der in [rsa_requests().swap_remove(0), ec_request()] {
        for order in [source_order(csr_der.clone()), ev_order(csr_der.clone())] {
            let der = authority.ca.sign_source_certificate(&order).await.unwrap();
            let facts = certificate::parse_der(&der).unwrap();

            let (good, said) = openssl::verify(&authority, &facts, now());

            assert!(good, "{said}");
            assert_eq!(facts.validation, order.validation);
        }
    }
}

#[tokio::test]
async fn the_extensions_are_those_of_a_server_certificate() {
    let authority = Authority::new().await;
    let rsa = rsa_requests().swap_remove(0);
    let der = authority.ca.sign_source_certificate(&ev_order(rsa)).await.unwrap();

    let text = openssl::text(&authority, &der);

    let id = &authority.ca.issuing().id;
    for expected in [
        "Policy: 2.23.140.1.1",
        "TLS Web Server Authentication",
        "Digital Signature",
        &format!("URI:http://desk.example.jp/crl/{id}.crl"),
        &format!("OCSP - URI:http://desk.example.jp/ocsp/{id}"),
        &format!("CA Issuers - URI:http://desk.example.jp/crl/{id}.crt"),
        "DNS:shop.example.jp",
        "jurisdictionC=JP",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[tokio::test]
async fn the_same_request_never_makes_a_second_certificate() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    let order = order(&source, ec_request());

    let first = authority.ca.issue(&order).await.unwrap();
    let again = authority.ca.issue(&order).await.unwrap();
    let other = authority.ca.issue(&IssueOrder { request_id: Uuid::new_v4(), ..order }).await.unwrap();

    assert_eq!(first, again);
    assert_ne!(first.der, other.der);
    assert_eq!(first.chain, [authority.ca.issuing().certificate.der.clone()]);
}

#[tokio::test]
async fn serial_numbers_are_random_positive_and_of_sixteen_octets() {
    let authority = Authority::new().await;
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let serial = authority.source().await.serial;
        assert_eq!((serial.octets().len(), serial.as_str().len()), (16, 32), "{serial}");
        assert!(seen.insert(serial));
    }
}

#[tokio::test]
async fn certificates_past_2049_have_the_other_kind_of_time() {
    let authority = Authority::new().await;
    let ends = authority.ca.issuing().certificate.not_after;
    let order = SourceOrder { not_after: ends, ..source_order(ec_request()) };

    let der = authority.ca.sign_source_certificate(&order).await.unwrap();

    assert_eq!(certificate::parse_der(&der).unwrap().not_after, ends);
    let too_long = SourceOrder { not_after: ends + Duration::seconds(1), request_id: Uuid::new_v4(), ..order };
    assert!(matches!(authority.ca.sign_source_certificate(&too_long).await, Err(CaError::Refused(_))));
}

#[tokio::test]
async fn what_cannot_be_issued_is_refused() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    let good = order(&source, ec_request());
    let dv = include_bytes!("../fixtures/certificates/dv-crates-io.pem");
    let weak = include_bytes!("../fixtures/requests/made-rsa-1024.pem");
    let weak = certificate::pem::only_der(weak, &["CERTIFICATE REQUEST"]).unwrap();
    for (what, order) in [
        ("garbage for a source", IssueOrder { source_der: vec![0x30, 0x00], ..good.clone() }),
        ("a DV source", IssueOrder { source_der: certificate::parse(dv).unwrap().der, ..good.clone() }),
        ("garbage for a request", IssueOrder { csr_der: vec![0x30, 0x00], ..good.clone() }),
        ("a weak key", IssueOrder { csr_der: weak, ..good.clone() }),
        ("an end before the start", IssueOrder { not_after: good.not_before, ..good.clone() }),
    ] {
        let refused = authority.ca.issue(&order).await;
        assert!(matches!(refused, Err(CaError::Refused(_))), "{what}: {refused:?}");
    }
    assert!(authority.ca.issue(&good).await.is_ok());
}

#[tokio::test]
async fn a_source_of_another_ca_can_be_replaced() {
    let authority = Authority::new().await;
    let foreign = certificate::parse(include_bytes!("../fixtures/certificates/ov-accuweather.pem")).unwrap();
    assert_eq!(foreign.public_key.algorithm, KeyAlgorithm::EcP256);

    let replacement = issue(&authority, &order(&foreign, ec_request())).await;

    assert_eq!(replacement.subject_der, foreign.subject_der);
    assert_eq!(replacement.dns_names, foreign.dns_names);
}
