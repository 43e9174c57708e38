//! Several CAs side by side: each order goes to the one whose issuer signed the certificate, and to nobody else.

use std::sync::Arc;

use chrono::Duration;
use revocation_desk::ca::{Authorities, CaError, CaStatus, CertificateAuthority, open};
use revocation_desk::domain::application::CrlReason;
use revocation_desk::settings::Authority;
use serde_json::json;
use tempfile::TempDir;

use crate::authority::{self, Authority as Embedded, revocation};
use crate::conformance::{Entry, order};
use crate::doubles;
use crate::issuing::order_for;
use crate::outside::{authority as setting, clock, published};
use crate::test_ca::TestCa;
use crate::wire::Wire;

/// The embedded CA, a Vault and an EJBCA.
struct World {
    embedded: Embedded,
    vault: Arc<TestCa>,
    ejbca: Arc<TestCa>,
    homes: [TempDir; 2],
    settings: Vec<Authority>,
}

impl World {
    async fn start() -> Self {
        let (vault, ejbca) = (Arc::new(TestCa::new("Issuing CA 1")), Arc::new(TestCa::new("Issuing CA 2")));
        let to_vault = Wire::to(doubles::serve(doubles::vault::router(vault.clone())).await).await;
        let to_ejbca = Wire::to(doubles::serve(doubles::ejbca::router(ejbca.clone())).await).await;
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let kind = json!({ "name": "one", "kind": "vault", "account": doubles::vault::MOUNT, "profile": doubles::vault::ROLE });
        let one = setting(&homes[0], &vault, &to_vault, kind, Some(doubles::vault::TOKEN));
        let kind = json!({ "name": "two", "kind": "ejbca", "url": "ejbca/ejbca-rest-api" });
        let two = setting(&homes[1], &ejbca, &to_ejbca, kind, None);
        let own: Authority = serde_json::from_value(json!({ "name": "own", "kind": "embedded" })).unwrap();
        Self { embedded: Embedded::new().await, vault, ejbca, homes, settings: vec![own, one, two] }
    }

    fn open(&self) -> Result<Authorities, String> {
        let published = published(&self.vault, &self.homes[0].path().join("issuer.crl"));
        open(&self.settings, Some(&self.embedded.ca), &published).map_err(|error| error.to_string())
    }
}

#[tokio::test]
async fn each_order_goes_to_the_ca_that_signed_the_certificate() {
    let world = World::start().await;
    let cas = world.open().unwrap();
    let (first, second) =
        (world.vault.issue(clock() + Duration::days(9)), world.ejbca.issue(clock() + Duration::days(9)));
    let own = world.embedded.source().await;

    for certificate in [&first, &second] {
        cas.revoke(&order(certificate, CrlReason::Superseded, clock())).await.unwrap();
        assert!(matches!(cas.status(&certificate.identity()).await, Ok(CaStatus::Revoked { .. })));
        assert_eq!(cas.issuers(&certificate.der).await, Ok(Vec::new()), "both are roots");
    }
    cas.revoke(&revocation(&own, authority::now())).await.unwrap();

    let entry = |ca: &TestCa, serial: &str| ca.books().get(serial).map(|listed| listed.revoked.is_some());
    assert_eq!(entry(&world.vault, first.serial.as_str()), Some(true));
    assert_eq!(entry(&world.ejbca, second.serial.as_str()), Some(true));
    assert_eq!(entry(&world.vault, second.serial.as_str()), None);
    assert!(matches!(crate::conformance::Harness::books(&world.embedded, &own).await, Entry::Revoked(_)));
    assert!(!cas.keeps_reasons(&first.issuer) && cas.keeps_reasons(&second.issuer));
}

#[tokio::test]
async fn an_issuer_that_nobody_configured_is_told_so() {
    let world = World::start().await;
    let cas = world.open().unwrap();
    let stranger = TestCa::new("Issuing CA 3").issue(clock() + Duration::days(9));

    let told = |error: &CaError| matches!(error, CaError::Unsupported(why) if why.contains("CN=Issuing CA 3"));
    let revoked = cas.revoke(&order(&stranger, CrlReason::Superseded, clock())).await;
    assert!(revoked.as_ref().is_err_and(told), "{revoked:?}");
    let status = cas.status(&stranger.identity()).await;
    assert!(status.as_ref().is_err_and(told), "{status:?}");
    let issued = cas.issue(&order_for(&stranger, clock())).await;
    assert!(issued.as_ref().is_err_and(told), "{issued:?}");
    assert_eq!(cas.issuers(&stranger.der).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_certificate_under_a_known_name_that_the_known_key_did_not_sign_is_refused() {
    let world = World::start().await;
    let cas = world.open().unwrap();
    let impostor = TestCa::new("Issuing CA 1").issue(clock() + Duration::days(9));
    world.vault.enter(&impostor);

    let revoked = cas.revoke(&order(&impostor, CrlReason::Superseded, clock())).await;

    assert!(matches!(&revoked, Err(CaError::Refused(why)) if why.contains("has not signed")), "{revoked:?}");
    assert!(world.vault.books()[impostor.serial.as_str()].revoked.is_none());
}

#[tokio::test]
async fn two_cas_with_one_issuer_and_files_that_are_not_there_stop_the_start() {
    let mut world = World::start().await;
    let issuer = world.settings[1].issuer_file.clone();
    world.settings[2].issuer_file = issuer;
    assert!(world.open().map(drop).unwrap_err().contains("two: has the same issuer as one"));

    let mut world = World::start().await;
    world.settings[1].issuer_file = Some("/nowhere/issuer.pem".into());
    assert!(world.open().map(drop).unwrap_err().contains("one: issuer_file: cannot read"));

    let mut world = World::start().await;
    world.settings[1].allow_private = false;
    assert!(world.open().map(drop).unwrap_err().contains("one: url: is a private address"));
}

#[tokio::test]
async fn the_embedded_ca_alone_does_what_it_did() {
    let embedded = Embedded::new().await;
    let ca = TestCa::new("Somebody else's");
    let home = tempfile::tempdir().unwrap();
    let cas = open(&[], Some(&embedded.ca), &published(&ca, &home.path().join("issuer.crl"))).unwrap();
    let foreign = ca.issue(clock() + Duration::days(9));

    assert_eq!(cas.status(&foreign.identity()).await, Ok(CaStatus::Unknown));
    let revoked = cas.revoke(&order(&foreign, CrlReason::Superseded, clock())).await;
    assert!(matches!(revoked, Err(CaError::Refused(_))), "{revoked:?}");
}
