//! The program killed while it publishes a CRL: what relying parties see then, and how the next one mends it.

use std::fs;

use chrono::Duration;
use revocation_desk::ca::{CertificateAuthority, RevocationOrder};
use revocation_desk::domain::{application::CrlReason, certificate::SerialNumber, evidence::CrlView};
use revocation_desk::proof::crl;
use uuid::Uuid;

use crate::node::was_killed;
use crate::office::Office;

/// Publishes and is killed at the nth passage of `place`.
fn publish_killed_at(office: &Office, place: &str) {
    let killed = office.program(&["task", "publish_crl"]).env("KILL_AT", place).output().unwrap();
    assert!(was_killed(killed.status), "{place}: {killed:?}");
}

fn publish(office: &Office) -> String {
    let done = office.run(&["task", "publish_crl"]);
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// What the CRL that is served says about a certificate; and that it is whole.
fn served(office: &Office, serial: &SerialNumber) -> CrlView {
    let ca = office.world.ca.embedded();
    let bytes = fs::read(ca.crl_file(ca.issuing())).unwrap();
    let read = crl::read(&bytes, &ca.issuing().certificate, [serial]).unwrap();
    let view = read.views[serial].clone();
    assert!(view.signature_valid && view.issuer_matches);
    view
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_publishing_leaves_the_old_crl_and_the_next_one_has_everything() {
    // The root's CRL passes each place first, then the issuing CA's.
    for place in ["crl::written:1", "crl::entered:1", "crl::written:2", "crl::entered:2"] {
        let office = Office::empty_on_sqlite().await;
        let source = office.world.a_certificate().register().await;
        publish(&office);
        let first = served(&office, &source.serial).this_update;
        let order = RevocationOrder {
            certificate: source.identity(),
            certificate_der: source.der.clone(),
            reason: CrlReason::Superseded,
            request_id: Uuid::new_v4(),
            now: office.now(),
        };
        office.world.ca.embedded().revoke(&order).await.unwrap();

        office.pass(Duration::hours(1));
        publish_killed_at(&office, place);
        let before = served(&office, &source.serial);
        assert_eq!((before.this_update, before.entries.len()), (first, 0), "{place}");

        office.pass(Duration::hours(1));
        let said = publish(&office);
        let after = served(&office, &source.serial);
        assert!(after.this_update >= first + Duration::hours(2), "{place}");
        assert_eq!(after.entries.len(), 1, "{place}");
        let number = if place.ends_with('1') { 2 } else { 3 };
        assert!(said.contains(&format!("number={number} entries=1")), "{place}: {said}");
        let numbers = office.books.count("(SELECT DISTINCT issuer_id, number FROM ca_crls) AS numbers").await;
        assert_eq!(numbers, office.books.count("ca_crls").await, "{place}");
    }
}
