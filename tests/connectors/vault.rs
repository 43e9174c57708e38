//! Vault and OpenBao, against a contract double.

use std::sync::Arc;

use chrono::Duration;
use revocation_desk::ca::{CaError, CaStatus};
use revocation_desk::domain::application::CrlReason;
use serde_json::json;

use crate::conformance::{self, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::doubles::vault::{MOUNT, ORGANIZATION, ROLE, TOKEN, router};
use crate::issuing::{assert_issued, order_for};
use crate::outside::{Outside, authority, clock, connector};
use crate::test_ca::{Holder, TestCa};
use crate::wire::Wire;

const HABITS: Habits = Habits {
    name: "vault",
    server: "a contract double",
    repeated: Repeated::ToldSo,
    unknown_serial: Unknown::Refused,
    expired: Expired::Refused,
    keeps_reason: false,
    compares_sha256: true,
    status: Tells::Itself,
};

pub async fn start() -> Outside {
    let ca = Arc::new(TestCa::new("Vault Test CA"));
    let setting = json!({ "kind": "vault", "account": MOUNT, "profile": ROLE });
    Outside::start(ca.clone(), router(ca), setting, Some(TOKEN), HABITS).await
}

conformance::suite!(start);

#[tokio::test]
async fn a_replacement_has_the_names_of_the_source_and_the_key_of_the_request() {
    let vault = start().await;
    let source = vault.certificate().await;
    let order = order_for(&source, clock() + Duration::days(100));

    let issued = vault.connector().issue(&order).await.unwrap();

    assert_issued(&order, &issued);
    assert_eq!(vault.connector().issuers(&issued.der).await, Ok(issued.chain));
}

#[tokio::test]
async fn another_organisation_than_the_role_s_is_not_taken_over() {
    let vault = start().await;
    let holder = Holder { organization: Some(format!("{ORGANIZATION}二号")), ..Holder::example() };
    let source = vault.ca.sign(&holder, clock() + Duration::days(200));

    let issued = vault.connector().issue(&order_for(&source, clock() + Duration::days(100))).await;

    assert!(matches!(&issued, Err(CaError::Refused(why)) if why.contains("another subject")), "{issued:?}");
}

#[tokio::test]
async fn another_certificate_under_the_serial_number_is_neither_revoked_nor_told_of() {
    let vault = start().await;
    let (ours, stored) = (vault.certificate().await, vault.certificate().await);
    vault.ca.books().get_mut(ours.serial.as_str()).unwrap().der = stored.der;
    let order = conformance::order(&ours, CrlReason::Superseded, clock());

    let revoked = vault.connector().revoke(&order).await;

    assert!(matches!(&revoked, Err(CaError::Refused(why)) if why.contains("another certificate")), "{revoked:?}");
    assert!(vault.ca.books()[ours.serial.as_str()].revoked.is_none());
    assert_eq!(vault.connector().status(&ours.identity()).await, Ok(CaStatus::Unknown));
}

#[tokio::test]
async fn a_certificate_that_only_names_the_issuer_is_not_asked_about() {
    let vault = start().await;
    let forged = TestCa::new("Vault Test CA").issue(clock() + Duration::days(100));
    vault.ca.enter(&forged);
    let order = conformance::order(&forged, CrlReason::Superseded, clock());

    let revoked = vault.connector().revoke(&order).await;

    assert!(matches!(&revoked, Err(CaError::Refused(why)) if why.contains("has not signed")), "{revoked:?}");
    assert!(vault.ca.books()[forged.serial.as_str()].revoked.is_none());
}

#[tokio::test]
async fn a_token_that_vault_does_not_take_is_unavailable_and_not_a_refusal() {
    let vault = start().await;
    let wire = Wire::to(crate::doubles::serve(router(vault.ca.clone())).await).await;
    let setting = json!({ "kind": "vault", "account": MOUNT });
    let stranger = connector(&vault.home, &vault.ca, &authority(&vault.home, &vault.ca, &wire, setting, Some("stale")));
    let certificate = vault.certificate().await;
    let order = conformance::order(&certificate, CrlReason::Superseded, clock());

    for answer in [stranger.revoke(&order).await.map(drop), stranger.check().await.map(drop)] {
        assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("credentials")), "{answer:?}");
    }
    let unset = stranger.issue(&order_for(&certificate, clock() + Duration::days(1))).await;
    assert!(matches!(unset, Err(CaError::Unsupported(_))), "no role");
}
