//! The program killed while it publishes a CRL: what relying parties see then, and how the next one mends it.

use std::os::unix::process::ExitStatusExt;

use chrono::{DateTime, Duration, Utc};
use revocation_desk::ca::{CertificateAuthority, RevocationOrder};
use revocation_desk::domain::{application::CrlReason, certificate, evidence::CrlView};
use revocation_desk::proof::crl;
use uuid::Uuid;

use crate::office::Office;

const SIGABRT: i32 = 6;

impl Office {
    /// Publishes and is killed at the nth passage of `place`.
    fn publish_killed_at(&self, place: &str, now: DateTime<Utc>) {
        let killed = self.program(now, &["task", "publish_crl"]).env("KILL_AT", place).output().unwrap();
        assert_eq!(killed.status.signal(), Some(SIGABRT), "{place}: {killed:?}");
    }

    fn publish(&self, now: DateTime<Utc>) -> String {
        let done = self.run(now, &["task", "publish_crl"]);
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// What the CRL that is served says about the certificate of the one case; and that it is whole.
    fn served(&self, serial: &certificate::SerialNumber) -> CrlView {
        let ca = self.world.ca.embedded();
        let bytes = std::fs::read(ca.crl_file(ca.issuing())).unwrap();
        let read = crl::read(&bytes, &ca.issuing().certificate, [serial]).unwrap();
        let view = read.views[serial].clone();
        assert!(view.signature_valid && view.issuer_matches);
        view
    }
}

#[tokio::test]
async fn a_kill_while_publishing_leaves_the_old_crl_and_the_next_one_has_everything() {
    // The root's CRL passes each place first, then the issuing CA's.
    for place in ["crl::written:1", "crl::entered:1", "crl::written:2", "crl::entered:2"] {
        let office = Office::with_confirmed_cases().await;
        let world = &office.world;
        let source = world.a_certificate().register().await;
        let now = world.now;
        office.publish(now);
        let order = RevocationOrder {
            certificate: source.identity(),
            reason: CrlReason::Superseded,
            request_id: Uuid::new_v4(),
            now,
        };
        world.ca.embedded().revoke(&order).await.unwrap();

        office.publish_killed_at(place, now + Duration::hours(1));
        let before = office.served(&source.serial);
        assert_eq!((before.this_update, before.entries.len()), (now, 0), "{place}");

        let said = office.publish(now + Duration::hours(2));
        let after = office.served(&source.serial);
        assert_eq!((after.this_update, after.entries.len()), (now + Duration::hours(2), 1), "{place}");
        let number = if place.ends_with('1') { 2 } else { 3 };
        assert!(said.contains(&format!("number={number} entries=1")), "{place}: {said}");
        let numbers = office.count("(SELECT DISTINCT issuer_id, number FROM ca_crls) AS numbers").await;
        assert_eq!(numbers, office.count("ca_crls").await, "{place}");
    }
}
