//! Proof from published CRLs, end to end: what was revoked is proven, and nothing else ever is.

use std::fs;

use chrono::{DateTime, Duration, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevocationReason, RevokedCertParams,
};
use revocation_desk::{
    domain::{
        application::CrlReason,
        certificate::{self, CertificateFacts, SerialNumber, pem},
        evidence::{CrlScope, Disagreement, Fault, ProofKind, Verdict, judge},
    },
    proof::{FetchedCrl, ProofError, ProofSource, PublishedCrlFile, PublishedCrls, Sought, crl},
};

use crate::authority::{Authority, now};

fn published(authority: &Authority) -> PublishedCrls {
    let issuer = authority.ca.issuing();
    PublishedCrls::new(vec![PublishedCrlFile {
        issuer: issuer.certificate.clone(),
        path: authority.ca.crl_file(issuer),
    }])
}

/// What the only CRL of an issuer says.
async fn seen(source: &PublishedCrls, issuer: &str, sought: &[&SerialNumber]) -> Result<FetchedCrl, ProofError> {
    let sought: Vec<Sought> = sought.iter().map(|serial| (*serial).clone().into()).collect();
    let mut crls = source.crls(issuer, &sought).await;
    assert_eq!(crls.len(), 1);
    crls.remove(0)
}

fn view_of(crl: &[u8], issuer: &CertificateFacts, serial: &SerialNumber) -> Result<crl::ReadCrl, &'static str> {
    crl::read(crl, issuer, [serial])
}

fn verdict(crl: &[u8], issuer: &CertificateFacts, serial: &SerialNumber, at: DateTime<Utc>) -> Verdict {
    let read = view_of(crl, issuer, serial).unwrap();
    judge(read.views.get(serial), None, Some(CrlReason::Superseded), at)
}

#[tokio::test]
async fn a_revocation_is_proven_by_the_next_published_crl() {
    let authority = Authority::new().await;
    let (source, other) = (authority.source().await, authority.source().await);
    authority.ca.publish_crls(now()).await.unwrap();
    let issuer = &source.issuer;
    let sought = [&source.serial, &other.serial];
    authority.revoke_at(&source, now()).await;

    let before = seen(&published(&authority), issuer, &sought).await.unwrap();
    authority.ca.publish_crls(now()).await.unwrap();
    let after = seen(&published(&authority), issuer, &sought).await.unwrap();

    let judged = |crl: &FetchedCrl, serial| judge(crl.views.get(serial), None, Some(CrlReason::Superseded), now());
    assert_eq!(judged(&before, &source.serial), Verdict::NotYetVisible);
    assert_eq!(judged(&after, &source.serial), Verdict::Proven { by: ProofKind::Crl, revoked_at: now() });
    assert_eq!(judged(&after, &other.serial), Verdict::NotYetVisible);
    assert_eq!(*after.document.bytes, fs::read(authority.ca.crl_file(authority.ca.issuing())).unwrap());
    assert_eq!(after.document.this_update, now());
}

/// The file is verified once and asked for many serial numbers; a new one is noticed.
#[tokio::test]
async fn one_reader_follows_the_file_that_is_replaced() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    authority.ca.publish_crls(now()).await.unwrap();
    let reader = published(&authority);
    let mut hashes = Vec::new();
    for (revoke, expected) in [(false, 0), (false, 0), (true, 1), (false, 1)] {
        if revoke {
            authority.revoke_at(&source, now()).await;
            authority.ca.publish_crls(now()).await.unwrap();
        }
        let crl = seen(&reader.clone(), &source.issuer, &[&source.serial]).await.unwrap();
        assert_eq!(crl.views[&source.serial].entries.len(), expected);
        assert_eq!(crl.document.sha256, certificate::Fingerprint::of(&crl.document.bytes).to_string());
        hashes.push(crl.document.sha256);
    }
    assert!(hashes[0] == hashes[1] && hashes[1] != hashes[2] && hashes[2] == hashes[3], "{hashes:?}");
}

#[test]
fn each_entry_of_a_long_crl_is_found_by_its_own_serial_number() {
    let (crl, issuer) = long_crl(5_000);
    let serial = |number: u32| SerialNumber::from_octets(&octets(number)).unwrap();
    let asked: Vec<SerialNumber> = (0..10_000).map(serial).collect();

    let read = crl::read(&crl, &issuer, &asked).unwrap();

    for number in 0..10_000 {
        let view = &read.views[&serial(number)];
        assert!(view.signature_valid);
        // The first one is listed twice, every other number once, the rest not at all.
        let expected = match number {
            0 => 2,
            number if number % 2 == 0 => 1,
            _ => 0,
        };
        assert_eq!(view.entries.len(), expected, "{number}");
    }
}

/// Of every other number, and the first once more.
fn long_crl(entries: u32) -> (Vec<u8>, CertificateFacts) {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().unwrap();
    let issuer = certificate::parse_der(parameters.self_signed(&key).unwrap().der()).unwrap();
    let at = time::OffsetDateTime::from_unix_timestamp(now().timestamp()).unwrap();
    let revoked = |number: u32| RevokedCertParams {
        serial_number: rcgen::SerialNumber::from_slice(&octets(number)),
        revocation_time: at,
        reason_code: Some(RevocationReason::Superseded),
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: at,
        next_update: at + time::Duration::days(7),
        crl_number: 1_u64.into(),
        issuing_distribution_point: None,
        revoked_certs: (0..entries).map(|number| revoked(2 * number)).chain([revoked(0)]).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let crl = list.signed_by(&Issuer::new(parameters, key)).unwrap();
    (crl.der().to_vec(), issuer)
}

fn octets(number: u32) -> [u8; 5] {
    let [a, b, c, d] = number.to_be_bytes();
    [0x41, a, b, c, d]
}

#[tokio::test]
async fn an_issuer_that_nobody_configured_and_a_missing_file_are_told_apart() {
    let authority = Authority::new().await;
    let unknown = seen(&published(&authority), "CN=Somebody Else", &[]).await;
    let unpublished = seen(&published(&authority), &authority.ca.issuing().certificate.subject.text, &[]).await;

    assert!(matches!(unknown, Err(ProofError::UnknownIssuer(_))));
    assert!(matches!(unpublished, Err(ProofError::Unreachable(_))));
}

#[tokio::test]
async fn a_crl_of_another_key_or_another_name_proves_nothing() {
    let (one, two) = (Authority::new().await, Authority::new().await);
    let source = one.source().await;
    one.revoke_at(&source, now()).await;
    one.ca.publish_crls(now()).await.unwrap();
    let crl = fs::read(one.ca.crl_file(one.ca.issuing())).unwrap();
    let issuer = &one.ca.issuing().certificate;
    let other = &two.ca.issuing().certificate;
    let same_key_other_name = CertificateFacts { subject_der: other.subject_der.clone(), ..issuer.clone() };
    for (issuer, expected) in [
        (issuer, Verdict::Proven { by: ProofKind::Crl, revoked_at: now() }),
        (other, Verdict::Unusable(Fault::SignatureWrong)),
        (&same_key_other_name, Verdict::Unusable(Fault::WrongIssuer)),
    ] {
        assert_eq!(verdict(&crl, issuer, &source.serial, now()), expected);
    }
    assert_eq!(verdict(&crl, issuer, &source.serial, now() + Duration::days(8)), Verdict::Unusable(Fault::Stale));
}

/// Whatever single octet of a CRL changes, the revocation is not proven by it any more.
#[tokio::test]
async fn a_damaged_crl_never_panics_and_never_proves() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    authority.ca.publish_crls(now()).await.unwrap();
    let crl = fs::read(authority.ca.crl_file(authority.ca.issuing())).unwrap();
    let issuer = &authority.ca.issuing().certificate;
    for at in 0..crl.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = crl.clone();
            damaged[at] ^= flip;
            if view_of(&damaged, issuer, &source.serial).is_ok() {
                let verdict = verdict(&damaged, issuer, &source.serial, now());
                assert!(matches!(verdict, Verdict::Unusable(_)), "octet {at}: {verdict:?}");
            }
        }
        assert!(view_of(&crl[..at], issuer, &source.serial).is_err(), "cut at {at}");
    }
    assert!(view_of(&[&crl[..], b"\0"].concat(), issuer, &source.serial).is_err(), "trailing octet");
}

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/crls/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    pem::only_der(&bytes, &["X509 CRL"]).unwrap()
}

#[test]
fn crls_of_other_cas_are_read_for_what_they_cover() {
    let issuer = certificate::parse(include_bytes!("../fixtures/certificates/dv-crates-io.pem")).unwrap();
    let serial: SerialNumber = "01".parse().unwrap();
    for (name, expected) in [
        ("crl_delta_crl_indicator.pem", Ok(CrlScope::Delta)),
        ("crl_idp_fullname_indirect_crl.pem", Ok(CrlScope::Partial)),
        ("crl_idp_only_ca.pem", Ok(CrlScope::Partial)),
        ("crl_idp_reasons_only.pem", Ok(CrlScope::Partial)),
        ("crl_idp_fullname_only.pem", Ok(CrlScope::Complete)),
        ("crl_idp_fullname_only_user.pem", Ok(CrlScope::Complete)),
        ("crl_empty.pem", Ok(CrlScope::Complete)),
        // The entry names another issuer.
        ("crl_all_reasons.pem", Ok(CrlScope::Partial)),
        ("crl_inval_date_fractional_seconds.der", Ok(CrlScope::Complete)),
        ("crl_invalid_time.der", Err("thisUpdate")),
    ] {
        let read = view_of(&fixture(name), &issuer, &serial);
        assert_eq!(read.map(|read| read.views[&serial].scope), expected, "{name}");
    }
}

#[test]
fn all_reasons_of_a_foreign_crl_are_read() {
    let issuer = certificate::parse(include_bytes!("../fixtures/certificates/dv-crates-io.pem")).unwrap();
    let crl = fixture("crl_all_reasons.pem");
    for (serial, expected) in
        [("00", None), ("01", Some(0)), ("02", Some(1)), ("05", Some(4)), ("07", Some(6)), ("08", Some(8))]
    {
        let serial: SerialNumber = serial.parse().unwrap();
        let read = view_of(&crl, &issuer, &serial).unwrap();
        let reasons: Vec<_> = read.views[&serial].entries.iter().map(|entry| entry.reason).collect();
        assert_eq!(reasons, [expected], "{serial}");
        assert!(!read.views[&serial].signature_valid);
    }
}

#[test]
fn a_crl_signed_with_a_foreign_rsa_key_is_verified() {
    let issuer = certificate::parse(include_bytes!("../fixtures/crls/valid_signature_cert.pem")).unwrap();
    let serial: SerialNumber = "01".parse().unwrap();
    for (name, expected) in [("valid_signature_crl.pem", true), ("invalid_signature_crl.pem", false)] {
        let read = view_of(&fixture(name), &issuer, &serial).unwrap();
        assert_eq!(read.views[&serial].signature_valid, expected, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_reason_is_a_disagreement() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    authority.ca.publish_crls(now()).await.unwrap();
    let crl = fs::read(authority.ca.crl_file(authority.ca.issuing())).unwrap();
    let read = view_of(&crl, &authority.ca.issuing().certificate, &source.serial).unwrap();

    let verdict = judge(read.views.get(&source.serial), None, Some(CrlReason::KeyCompromise), now());

    assert_eq!(verdict, Verdict::Disagrees(Disagreement::WrongReason));
}
