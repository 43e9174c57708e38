//! Revocation by the embedded CA: once, for good, and only of the certificate that is meant.

use chrono::{Duration, SubsecRound};
use futures::future::join_all;
use revocation_desk::{
    ca::{CaError, CaStatus, CertificateAuthority, RevocationOrder},
    domain::{
        application::CrlReason,
        certificate::{CertificateFacts, CertificateIdentity, Fingerprint},
    },
};
use sea_orm::ConnectionTrait;

use crate::authority::{Authority, now, revocation};
use crate::openssl;

#[tokio::test]
async fn openssl_sees_the_source_revoked_and_the_replacement_good() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    let replacement = authority.replacement(&source).await;
    authority.ca.publish_crls(now()).await.unwrap();
    assert!(openssl::verify(&authority, &source, now()).0);

    authority.revoke_at(&source, now()).await;
    authority.ca.publish_crls(now()).await.unwrap();

    let (good, said) = openssl::verify(&authority, &source, now());
    assert!(!good && said.contains("certificate revoked"), "{said}");
    let (good, said) = openssl::verify(&authority, &replacement, now());
    assert!(good, "{said}");
}

#[tokio::test]
async fn a_second_revocation_answers_with_the_first() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    let at = now() + Duration::milliseconds(1234);

    let receipt = authority.revoke_at(&source, at).await;
    let again = RevocationOrder { reason: CrlReason::KeyCompromise, ..revocation(&source, at + Duration::hours(1)) };
    let refused = authority.ca.revoke(&again).await;

    assert_eq!(receipt.revoked_at, at.trunc_subsecs(0));
    let first = CaError::AlreadyRevoked { at: receipt.revoked_at, reason: Some(CrlReason::Superseded) };
    assert_eq!(refused, Err(first));
    let status = authority.ca.status(&source.identity()).await;
    assert_eq!(status, Ok(CaStatus::Revoked { at: receipt.revoked_at, reason: Some(CrlReason::Superseded) }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_revoke_once() {
    let authority = Authority::new().await;
    let source = authority.source().await;

    let orders: Vec<_> = (0..16).map(|_| revocation(&source, now())).collect();
    let answers = join_all(orders.iter().map(|order| authority.ca.revoke(order))).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let already = |answer: &Result<_, CaError>| matches!(answer, Err(CaError::AlreadyRevoked { .. }));
    assert_eq!(answers.iter().filter(|answer| already(answer)).count(), 15);
    assert_eq!(authority.ca.publish_crls(now()).await.unwrap().entries, 1);
}

#[tokio::test]
async fn all_three_parts_of_the_identity_must_agree() {
    let authority = Authority::new().await;
    let (source, other) = (authority.source().await, authority.source().await);
    let right = source.identity();
    for (what, identity) in [
        ("other issuer", CertificateIdentity { issuer: "CN=Somebody Else".to_owned(), ..right.clone() }),
        ("other serial", CertificateIdentity { serial: other.serial.clone(), ..right.clone() }),
        ("unknown serial", CertificateIdentity { serial: "0102".parse().unwrap(), ..right.clone() }),
        ("other SHA-256", CertificateIdentity { fingerprint: Fingerprint::of(b""), ..right.clone() }),
    ] {
        let order = RevocationOrder { certificate: identity.clone(), ..revocation(&source, now()) };
        assert!(matches!(authority.ca.revoke(&order).await, Err(CaError::Refused(_))), "{what}");
        assert_eq!(authority.ca.status(&identity).await, Ok(CaStatus::Unknown), "{what}");
    }
    assert_eq!(authority.ca.status(&right).await, Ok(CaStatus::Good));
    assert_eq!(authority.ca.status(&other.identity()).await, Ok(CaStatus::Good));
}

#[tokio::test]
async fn an_expired_certificate_is_refused_and_its_status_stays_known() {
    let authority = Authority::new().await;
    let source = authority.source_until(now()).await;

    assert!(authority.ca.revoke(&revocation(&source, now())).await.is_ok(), "in its last second");
    let expired = authority.source_until(now() - Duration::seconds(1)).await;
    let refused = authority.ca.revoke(&revocation(&expired, now())).await;

    assert!(matches!(refused, Err(CaError::Refused(why)) if why.contains("expired")));
    assert_eq!(authority.ca.status(&expired.identity()).await, Ok(CaStatus::Good));
}

#[tokio::test]
async fn a_database_that_is_gone_means_unavailable_and_never_good() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    authority.db.clone().close().await.unwrap();

    assert!(matches!(authority.ca.revoke(&revocation(&source, now())).await, Err(CaError::Unavailable(_))));
    assert!(matches!(authority.ca.status(&source.identity()).await, Err(CaError::Unavailable(_))));
}

#[tokio::test]
async fn a_certificate_that_fell_out_of_the_books_is_taken_in_again_by_its_signature() {
    let authority = Authority::new().await;
    let lost = authority.source().await;
    authority.db.execute_unprepared("DELETE FROM ca_certificates").await.unwrap();
    let refused = authority.ca.revoke(&revocation(&lost, now())).await;
    assert!(matches!(refused, Err(CaError::Refused(_))), "{refused:?}");

    assert!(authority.ca.adopt(&authority.db, &lost, now()).await.unwrap());
    assert!(!authority.ca.adopt(&authority.db, &lost, now()).await.unwrap(), "once is enough");

    authority.ca.revoke(&revocation(&lost, now())).await.unwrap();
}

#[tokio::test]
async fn another_ca_s_certificate_is_not_taken_in_even_under_our_name() {
    let authority = Authority::new().await;
    let foreign = Authority::new().await.source().await;
    let disguised =
        CertificateFacts { issuer: authority.ca.issuing().certificate.subject.text.clone(), ..foreign.clone() };

    for facts in [foreign, disguised] {
        assert!(!authority.ca.adopt(&authority.db, &facts, now()).await.unwrap());
    }
}
