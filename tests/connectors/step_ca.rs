//! step-ca, against a contract double.

use std::sync::Arc;

use chrono::Duration;
use revocation_desk::ca::CaError;
use serde_json::json;

use crate::conformance::{self, Expired, Habits, Harness, Repeated, Tells, Unknown};
use crate::doubles::step_ca::{PROVISIONER, StepCa, router};
use crate::issuing::order_for;
use crate::outside::{Outside, authority, clock, connector};
use crate::test_ca::TestCa;
use crate::wire::Wire;

const HABITS: Habits = Habits {
    name: "step_ca",
    server: "a contract double",
    repeated: Repeated::ToldSoOncePublished,
    unknown_serial: Unknown::Taken,
    expired: Expired::Taken,
    keeps_reason: true,
    compares_sha256: false,
    status: Tells::Published,
};

pub async fn start() -> Outside {
    let ca = Arc::new(TestCa::new("step-ca Test CA"));
    let server = Arc::new(StepCa::new(ca.clone()));
    let (setting, key) = (json!({ "kind": "step_ca", "account": PROVISIONER }), server.jwk());
    Outside::start(ca, router(server), setting, Some(&key), HABITS).await
}

conformance::suite!(start);

#[tokio::test]
async fn a_provisioner_that_step_ca_does_not_have_is_seen_by_the_check() {
    let step_ca = start().await;
    let server = Arc::new(StepCa::new(step_ca.ca.clone()));
    let key = server.jwk();
    let wire = Wire::to(crate::doubles::serve(router(server)).await).await;
    let setting = json!({ "kind": "step_ca", "account": "somebody@else.example" });
    let stranger =
        connector(&step_ca.home, &step_ca.ca, &authority(&step_ca.home, &step_ca.ca, &wire, setting, Some(&key)));

    let checked = stranger.check().await;
    assert!(matches!(checked, Err(CaError::Refused(_))), "{checked:?}");
    let certificate = step_ca.certificate().await;
    let order = conformance::order(&certificate, revocation_desk::domain::application::CrlReason::Superseded, clock());
    let revoked = stranger.revoke(&order).await;
    assert!(matches!(&revoked, Err(CaError::Unavailable(why)) if why.contains("credentials")), "{revoked:?}");
}

#[tokio::test]
async fn replacements_are_issued_elsewhere() {
    let step_ca = start().await;
    let order = order_for(&step_ca.certificate().await, clock() + Duration::days(1));
    assert!(matches!(step_ca.connector().issue(&order).await, Err(CaError::Unsupported(_))));
}
