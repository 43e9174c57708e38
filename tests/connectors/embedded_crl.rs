//! CRLs of the embedded CA: complete, in order, and never with less than the one before.

use std::fs;

use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::{
    CertificateAuthority, RevocationOrder,
    embedded::{PublishError, PublishedCrl},
};
use revocation_desk::domain::{application::CrlReason, certificate::CertificateFacts};
use sea_orm::ConnectionTrait;

use crate::authority::{Authority, now, revocation};
use crate::openssl;

async fn publish(authority: &Authority, at: DateTime<Utc>) -> PublishedCrl {
    authority.ca.publish_crl(authority.ca.issuing(), at).await.unwrap()
}

async fn refused(authority: &Authority, at: DateTime<Utc>) -> PublishError {
    authority.ca.publish_crl(authority.ca.issuing(), at).await.expect_err("must not be published")
}

fn text(authority: &Authority) -> String {
    let file = authority.ca.crl_file(authority.ca.issuing());
    let (good, said) = openssl::run(&["crl", "-inform", "DER", "-in", &file.display().to_string(), "-noout", "-text"]);
    assert!(good, "{said}");
    said
}

/// Serial numbers on the published CRL, in its order.
fn listed(authority: &Authority) -> Vec<String> {
    text(authority)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Serial Number: ").map(str::to_lowercase))
        .collect()
}

fn serials(certificates: &[&CertificateFacts]) -> Vec<String> {
    certificates.iter().map(|certificate| certificate.serial.to_string()).collect()
}

async fn execute(authority: &Authority, sql: &str) {
    authority.db.execute_unprepared(sql).await.unwrap();
}

#[tokio::test]
async fn the_first_crl_has_no_entries_and_is_valid() {
    let authority = Authority::new().await;

    let crl = publish(&authority, now()).await;

    assert_eq!((crl.number, crl.entries), (1, 0));
    assert_eq!(crl.next_update, now() + Duration::days(7));
    let text = text(&authority);
    for expected in [
        "Version 2",
        "ecdsa-with-SHA256",
        "Last Update: Nov 24 03:00:00 2026 GMT",
        "Next Update: Dec  1 03:00:00 2026 GMT",
        "No Revoked Certificates",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[tokio::test]
async fn entries_carry_time_and_reason_and_the_number_grows() {
    let authority = Authority::new().await;
    let (first, second) = (authority.source().await, authority.source().await);
    publish(&authority, now()).await;
    authority.revoke_at(&first, now() + Duration::minutes(1)).await;
    let compromised =
        RevocationOrder { reason: CrlReason::KeyCompromise, ..revocation(&second, now() + Duration::minutes(2)) };
    authority.ca.revoke(&compromised).await.unwrap();

    let crl = publish(&authority, now() + Duration::minutes(3)).await;

    assert_eq!((crl.number, crl.entries), (2, 2));
    assert_eq!(listed(&authority), serials(&[&first, &second]));
    let text = text(&authority);
    let [first_entry, second_entry] = text.split("Serial Number:").skip(1).collect::<Vec<_>>()[..] else {
        panic!("{text}")
    };
    assert!(first_entry.contains("Nov 24 03:01:00 2026 GMT") && first_entry.contains("Superseded"), "{text}");
    assert!(second_entry.contains("Nov 24 03:02:00 2026 GMT") && second_entry.contains("Key Compromise"), "{text}");
    let number = text.lines().skip_while(|line| !line.contains("X509v3 CRL Number")).nth(1).unwrap();
    assert_eq!(number.trim(), "2");
}

#[tokio::test]
async fn openssl_verifies_the_signature_at_every_length_of_the_list() {
    let authority = Authority::new().await;
    let issuing = authority.home.path().join("issuing.pem");
    let pem = revocation_desk::domain::certificate::pem::encode("CERTIFICATE", &authority.ca.issuing().certificate.der);
    fs::write(&issuing, pem).unwrap();
    for entries in 0..6 {
        publish(&authority, now()).await;
        let file = authority.ca.crl_file(authority.ca.issuing()).display().to_string();
        let arguments = ["crl", "-inform", "DER", "-in", &file, "-noout", "-CAfile", &issuing.display().to_string()];
        let (good, said) = openssl::run(&arguments);
        assert!(good && said.contains("verify OK"), "{entries} entries: {said}");
        let source = authority.source().await;
        authority.revoke_at(&source, now()).await;
    }
}

#[tokio::test]
async fn an_entry_stays_until_one_crl_after_its_certificate_expired() {
    for in_segments in [false, true] {
        let authority = Authority::new().await;
        let ends = now() + Duration::days(2);
        let (brief, long) = (authority.source_until(ends).await, authority.source().await);
        authority.revoke_at(&brief, now()).await;
        authority.revoke_at(&long, now()).await;
        if in_segments {
            assert_eq!(authority.ca.clone().with_segments_of(1).seal_revocations().await.unwrap(), 2);
        }
        for (at, expected) in [
            (now(), vec![&brief, &long]),
            (ends, vec![&brief, &long]),
            // The first CRL after the end still has it; only then it may go.
            (ends + Duration::seconds(1), vec![&brief, &long]),
            (ends + Duration::seconds(2), vec![&long]),
            (ends + Duration::days(1), vec![&long]),
        ] {
            publish(&authority, at).await;
            assert_eq!(listed(&authority), serials(&expected), "{at} {in_segments}");
        }
    }
}

#[tokio::test]
async fn a_crl_that_lost_an_unexpired_entry_is_not_published() {
    let authority = Authority::new().await;
    let (first, second) = (authority.source().await, authority.source().await);
    authority.revoke_at(&first, now()).await;
    authority.revoke_at(&second, now()).await;
    publish(&authority, now()).await;
    publish(&authority, now()).await;
    for (what, change) in [
        ("deleted", format!("DELETE FROM ca_revocations WHERE serial = '{}'", first.serial)),
        ("last one deleted", format!("DELETE FROM ca_revocations WHERE serial = '{}'", second.serial)),
        (
            "said to have expired",
            format!(
                "UPDATE ca_revocations SET not_after = '2020-01-01T00:00:00+00:00' WHERE serial = '{}'",
                first.serial
            ),
        ),
        (
            "changed",
            format!(
                "UPDATE ca_revocations SET entry = (SELECT entry FROM kept WHERE serial = '{}') WHERE serial = '{}'",
                second.serial, first.serial
            ),
        ),
    ] {
        execute(&authority, "CREATE TABLE kept AS SELECT * FROM ca_revocations").await;
        execute(&authority, &change).await;
        let before = listed(&authority);

        let error = refused(&authority, now() + Duration::hours(1)).await;

        assert!(matches!(error, PublishError::LostEntry { number: 2, .. }), "{what}: {error}");
        assert_eq!(listed(&authority), before, "{what}");
        execute(&authority, "DELETE FROM ca_revocations").await;
        execute(&authority, "INSERT INTO ca_revocations SELECT * FROM kept").await;
        execute(&authority, "DROP TABLE kept").await;
    }
    assert_eq!(publish(&authority, now() + Duration::hours(1)).await.number, 3);
}

#[tokio::test]
async fn a_database_from_an_old_backup_does_not_make_the_ca_forget() {
    let authority = Authority::new().await;
    publish(&authority, now()).await;
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    publish(&authority, now() + Duration::hours(1)).await;

    execute(&authority, "DELETE FROM ca_revocations").await;
    execute(&authority, "DELETE FROM ca_crls WHERE number > 1").await;

    let error = refused(&authority, now() + Duration::hours(2)).await;
    assert!(
        matches!(&error, PublishError::LostEntry { number: 2, serial } if *serial == source.serial.to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn a_crash_between_file_and_books_only_skips_nothing() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    publish(&authority, now()).await;
    authority.revoke_at(&source, now()).await;
    publish(&authority, now() + Duration::hours(1)).await;

    execute(&authority, "DELETE FROM ca_crls WHERE number = 2 AND entries = 1").await;

    let next = publish(&authority, now() + Duration::hours(2)).await;
    assert_eq!((next.number, next.entries), (3, 1));
    assert_eq!(listed(&authority), serials(&[&source]));
}

#[tokio::test]
async fn nothing_is_published_while_the_file_of_the_last_crl_is_gone_or_damaged() {
    let authority = Authority::new().await;
    publish(&authority, now()).await;
    let last = publish(&authority, now()).await;
    let bytes = fs::read(&last.path).unwrap();

    fs::remove_file(&last.path).unwrap();
    assert!(matches!(refused(&authority, now()).await, PublishError::PreviousMissing { number: 2 }));
    fs::write(&last.path, &bytes[..40]).unwrap();
    assert!(matches!(refused(&authority, now()).await, PublishError::PreviousUnreadable { number: 2 }));
    fs::write(&last.path, &bytes).unwrap();
    assert_eq!(publish(&authority, now()).await.number, 3);
}

#[tokio::test]
async fn a_clock_that_went_back_stops_publishing_unless_it_is_only_another_node_s() {
    let authority = Authority::new().await;
    publish(&authority, now()).await;

    let error = refused(&authority, now() - Duration::seconds(61)).await;

    assert!(matches!(error, PublishError::ClockBehind { number: 1, this_update } if this_update == now()), "{error}");
    let within_the_skew = publish(&authority, now() - Duration::seconds(60)).await;
    assert_eq!((within_the_skew.number, within_the_skew.this_update), (2, now()));
}

#[tokio::test]
async fn a_damaged_entry_in_the_books_stops_publishing() {
    let authority = Authority::new().await;
    let source = authority.source().await;
    authority.revoke_at(&source, now()).await;
    for half in ["substr(entry, 2)", "substr(entry, 1, 10)"] {
        execute(&authority, "CREATE TABLE kept AS SELECT * FROM ca_revocations").await;
        execute(&authority, &format!("UPDATE ca_revocations SET entry = {half}")).await;
        let error = refused(&authority, now()).await;
        assert!(error.to_string().contains("damaged"), "{error}");
        execute(&authority, "UPDATE ca_revocations SET entry = (SELECT entry FROM kept)").await;
        execute(&authority, "DROP TABLE kept").await;
    }
    assert_eq!(publish(&authority, now()).await.number, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_publishers_take_turns() {
    let authority = Authority::new().await;

    let crls = futures::future::join_all((0..8).map(|_| publish(&authority, now()))).await;

    let mut numbers: Vec<i64> = crls.iter().map(|crl| crl.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    let newest = crls.iter().max_by_key(|crl| crl.number).unwrap();
    let shown = fs::read(authority.ca.crl_file(authority.ca.issuing())).unwrap();
    assert_eq!(fs::read(&newest.path).unwrap(), shown);
}

#[tokio::test]
async fn nothing_but_crls_is_left_in_the_directory() {
    let authority = Authority::new().await;
    publish(&authority, now()).await;
    fs::write(
        authority.directory().join("crl").join(format!("{}-0000000002.entries", authority.ca.issuing().id)),
        "half",
    )
    .unwrap();

    publish(&authority, now()).await;

    let mut names: Vec<String> = fs::read_dir(authority.directory().join("crl"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap().replace(&authority.ca.issuing().id, "id"))
        .collect();
    names.sort();
    assert_eq!(names, ["id-0000000001.crl", "id-0000000002.crl", "id.crl", "lock"]);
}
