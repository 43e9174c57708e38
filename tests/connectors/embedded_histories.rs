//! CRLs over random histories: the fast way, through segments, against a naive one, octet by octet.

use std::{collections::HashSet, fs};

use chrono::{DateTime, Duration, Utc};
use proptest::{collection::vec, prelude::*, test_runner::Config};
use revocation_desk::{
    ca::{CertificateAuthority, RevocationOrder, embedded::EmbeddedCa},
    domain::{
        application::CrlReason,
        certificate::{CertificateIdentity, Fingerprint, SerialNumber, der},
    },
    proof::crl,
};
use sea_orm::{ConnectionTrait, Statement};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::authority::{Authority, now};

/// Rows of a segment here.
const SEGMENT: u64 = 3;

#[derive(Debug, Clone)]
enum Step {
    /// Certificates that end so many hours from now.
    Revoke(Vec<i64>),
    Publish,
    Seal,
    /// Hours go by.
    Wait(i64),
    /// The program ended in the middle of publishing and starts again: the file of the newest CRL has no row.
    LoseTheRow,
    /// Likewise a moment later: the newest CRL was not shown.
    LoseTheLink,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => vec(0..100_i64, 1..8).prop_map(Step::Revoke),
        4 => Just(Step::Publish),
        2 => Just(Step::Seal),
        3 => (1..50_i64).prop_map(Step::Wait),
        1 => Just(Step::LoseTheRow),
        1 => Just(Step::LoseTheLink),
    ]
}

struct History {
    authority: Authority,
    ca: EmbeddedCa,
    now: DateTime<Utc>,
    serials: u32,
    /// thisUpdate of the newest CRL.
    last: Option<DateTime<Utc>>,
}

impl History {
    async fn new() -> Self {
        let authority = Authority::new().await;
        let ca = authority.ca.clone().with_segments_of(SEGMENT);
        Self { authority, ca, now: now(), serials: 0, last: None }
    }

    async fn go(&mut self, step: &Step) {
        match step {
            Step::Revoke(ends) => {
                for hours in ends {
                    self.revoke(self.now + Duration::hours(*hours)).await;
                }
            }
            Step::Publish => self.publish_and_compare().await,
            Step::Seal => drop(self.ca.seal_revocations().await.unwrap()),
            Step::Wait(hours) => self.now += Duration::hours(*hours),
            Step::LoseTheRow => {
                let newest = "DELETE FROM ca_crls WHERE number = (SELECT MAX(number) FROM ca_crls)";
                self.authority.db.execute_unprepared(newest).await.unwrap();
            }
            Step::LoseTheLink => drop(fs::remove_file(self.ca.crl_file(self.ca.issuing()))),
        }
    }

    /// Serial numbers of several lengths, some with the high bit.
    async fn revoke(&mut self, not_after: DateTime<Utc>) {
        self.serials += 1;
        let mut octets = (u64::from(self.serials).wrapping_mul(0x0123_4567_89ab_cdef))
            .to_be_bytes()
            .repeat(1 + self.serials as usize % 2);
        octets.insert(0, if self.serials.is_multiple_of(3) { 0x01 } else { 0x7f });
        if self.serials.is_multiple_of(5) {
            octets.splice(..1, [0x00, 0x80]);
        }
        let serial = SerialNumber::from_octets(&octets).unwrap();
        let fingerprint = Fingerprint::of(serial.octets());
        let certificate = Statement::from_sql_and_values(
            self.authority.db.get_database_backend(),
            "INSERT INTO ca_certificates (issuer_id, serial, sha256, request_id, der, not_after, issued_at)
             VALUES ($1, $2, $3, $2, $4, $5, $5)",
            [
                self.ca.issuing().id.as_str().into(),
                serial.as_str().into(),
                fingerprint.as_str().into(),
                Vec::<u8>::new().into(),
                not_after.into(),
            ],
        );
        self.authority.db.execute_raw(certificate).await.unwrap();
        let issuer = self.ca.issuing().certificate.subject.text.clone();
        let order = RevocationOrder {
            certificate: CertificateIdentity { issuer, serial, fingerprint },
            certificate_der: Vec::new(),
            reason: if self.serials.is_multiple_of(2) { CrlReason::Superseded } else { CrlReason::KeyCompromise },
            request_id: Uuid::new_v4(),
            now: self.now,
        };
        self.ca.revoke(&order).await.unwrap();
    }

    async fn publish_and_compare(&mut self) {
        let expected = self.naive().await;
        let crl = self.ca.publish_crl(self.ca.issuing(), self.now).await.unwrap();
        self.last = Some(self.now);

        let bytes = fs::read(self.ca.crl_file(self.ca.issuing())).unwrap();
        assert_eq!(bytes, fs::read(&crl.path).unwrap());
        assert_eq!(hex::encode(listed(&bytes)), hex::encode(expected.concat()));
        assert_eq!(crl.entries.unsigned_abs(), expected.len() as u64);
        let serial: SerialNumber = "01".parse().unwrap();
        let read = crl::read(&bytes, &self.ca.issuing().certificate, [&serial]).unwrap();
        assert!(read.views[&serial].signature_valid);
        assert_eq!(read.this_update, self.now);
    }

    /// All entries of the books in the order of their rows, but those whose certificate ended before the last CRL.
    async fn naive(&self) -> Vec<Vec<u8>> {
        let sql = "SELECT entry, not_after FROM ca_revocations ORDER BY id";
        let backend = self.authority.db.get_database_backend();
        let rows = self.authority.db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let entry = |row: &sea_orm::QueryResult| -> (Vec<u8>, DateTime<Utc>) {
            (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())
        };
        let from = self.last.unwrap_or(DateTime::UNIX_EPOCH);
        rows.iter().map(entry).filter(|(_, not_after)| *not_after >= from).map(|(entry, _)| entry).collect()
    }
}

/// The content of revokedCertificates.
fn listed(crl: &[u8]) -> &[u8] {
    let (outer, _) = der::expect(crl, der::SEQUENCE).unwrap();
    let (list, _) = der::expect(outer.content, der::SEQUENCE).unwrap();
    let mut rest = list.content;
    // version, signature, issuer, thisUpdate, nextUpdate
    for _ in 0..5 {
        rest = der::read(rest).unwrap().1;
    }
    der::expect(rest, der::SEQUENCE).map_or(&[], |(list, _)| list.content)
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_crl_of_a_random_history_is_what_a_naive_one_would_be(steps in vec(step(), 1..30)) {
        Runtime::new().unwrap().block_on(async {
            let mut history = History::new().await;
            for step in steps.iter().chain([&Step::Seal, &Step::Publish]) {
                history.go(step).await;
            }
        });
    }
}

#[tokio::test]
async fn segments_are_made_of_whole_sizes_and_read_instead_of_rows() {
    let mut history = History::new().await;
    history.go(&Step::Revoke(vec![10, 200, 300, 10, 200, 300, 400])).await;

    assert_eq!(history.ca.seal_revocations().await.unwrap(), 2);
    assert_eq!(history.ca.seal_revocations().await.unwrap(), 0);
    history.go(&Step::Publish).await;

    // Rows that a segment stands for are not read any more.
    let entries = history.naive().await;
    let sealed: HashSet<_> = entries[..6].iter().cloned().collect();
    history.authority.db.execute_unprepared("DELETE FROM ca_revocations WHERE id <= 6").await.unwrap();
    let crl = history.ca.publish_crl(history.ca.issuing(), history.now).await.unwrap();
    assert_eq!((crl.entries, sealed.len()), (7, 6));
}

#[tokio::test]
async fn a_gap_between_segments_stops_publishing() {
    let mut history = History::new().await;
    history.go(&Step::Revoke(vec![100; 9])).await;
    assert_eq!(history.ca.seal_revocations().await.unwrap(), 3);

    history.authority.db.execute_unprepared("DELETE FROM ca_crl_segments WHERE after_id = 3").await.unwrap();

    let refused = history.ca.publish_crl(history.ca.issuing(), history.now).await;
    assert_eq!(refused.unwrap_err().to_string(), "no segment of the books begins after revocation 3");
}
