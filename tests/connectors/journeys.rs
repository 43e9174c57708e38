//! One case after the other, from the application to 完了, each on another CA that the settings name: the whole program,
//! with the answer of the CA lost on the way.

use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::file_application::{CsrChoice, FileApplication, file_application};
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::register_certificate::{RegisterCertificate, register_certificate};
use revocation_desk::actions::register_replacement::{RegisterReplacement, register_replacement};
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::{Calendar, jst, jst_date};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::certificate::{CertificateFacts, pem};
use revocation_desk::models::revocation_cases::Case;
use serde_json::{Value, json};

use crate::app::{TestApp, set};
use crate::builders::{World, an_application, customer_of};
use crate::conformance::{Entry, Harness, Tells};
use crate::fake_ca::FakeCa;
use crate::issuing::request;
use crate::outside::clock;
use crate::test_ca::{Holder, TestCa};
use crate::wire::Line;
use crate::{acme, cfssl, cmp, ejbca, step_ca, vault};

/// 10:00 of the first business day after today: the servers live today.
fn opening() -> DateTime<Utc> {
    jst(Calendar::shipped().next_business_day(jst_date(clock())), 10, 0)
}

/// A desk with the embedded CA and this one beside it.
async fn desk(setting: &Value) -> (TestApp, World) {
    let authorities = json!([{ "name": "own", "kind": "embedded" }, setting]);
    let app = TestApp::start_with(|config| {
        set(config, "clock_starts_at", opening().to_rfc3339());
        config.settings.get_or_insert_default()["authorities"] = authorities;
    })
    .await;
    let ca = FakeCa::new(app.services().embedded_ca.unwrap());
    let world = World::of_program(app.services(), ca.into());
    (app, world)
}

/// A certificate of a customer of ours, half a year old.
fn source(ca: &TestCa) -> CertificateFacts {
    ca.sign(&Holder::example(), clock() + Duration::days(200))
}

async fn filed(world: &World, source: &CertificateFacts) -> Case {
    filed_with(world, source, request(&Holder::example())).await
}

async fn filed_with(world: &World, source: &CertificateFacts, csr: Vec<u8>) -> Case {
    let subscriber = world.a_subscriber().named("株式会社例示").register().await;
    let input = RegisterCertificate {
        subscriber_id: subscriber.id,
        certificate: source.der.clone(),
        reception_number: None,
        entitlement_end_on: None,
        validation_expires_on: None,
    };
    let registered_at = world.now - Duration::days(100);
    let certificate = register_certificate(&world.desk, input, &Actor::system(), registered_at).await.unwrap();
    // Pebble issues no OV certificates, and none that are old enough: here the desk takes them for such.
    let otherwise = "validation = 'ov', not_before = '2026-01-01 00:00:00+00:00'";
    world.tamper(&format!("UPDATE certificates SET {otherwise} WHERE validation = 'unknown'")).await;
    let csr = CsrChoice::Given(csr);
    let application = FileApplication { csr, ..an_application(&certificate, world.today()) };
    file_application(&world.desk, application, &customer_of(subscriber.id), world.now - Duration::days(7))
        .await
        .unwrap()
}

/// From the replacement to the mail that says it is done.
async fn to_the_end(harness: &impl Harness, world: &World, waiting: Case, source: &CertificateFacts) {
    let confirmed = world.confirm(&waiting, world.now).await;
    let wire = harness.wire().unwrap();
    wire.is(Line::LosesAnswers);
    let unsure = revoke_case(&world.desk, world.order(&confirmed), &Actor::batch(), world.now).await.unwrap();
    assert_eq!(unsure.state, CaseState::Revoking, "the CA revoked and nobody heard it");

    wire.is(Line::Good);
    harness.publish().await;
    let later = world.now + Duration::hours(1);
    rescue_stuck(&world.desk, &Actor::batch(), later).await.unwrap();
    assert_eq!(world.reload(&unsure).await.state, CaseState::Revoked);
    assert!(matches!(harness.books(source).await, Entry::Revoked(_)));

    harness.publish().await;
    let counts = prove(&world.desk, &Actor::batch(), later).await.unwrap();
    assert_eq!((counts.done, counts.failed), (1, 0));
    let done = world.reload(&unsure).await;
    assert_eq!(done.state, CaseState::Completed);
    let kinds = world.mail_kinds(&done).await;
    assert_eq!(kinds.last().map(String::as_str), Some("revocation_completed"), "{kinds:?}");
    let reason = harness.habits().keeps_reason.then_some(4);
    let expected = reason.map_or("revocation_reason IS NULL".to_owned(), |code| format!("revocation_reason = {code}"));
    assert_eq!(world.count(&format!("evidence WHERE {expected}")).await, 1);
}

async fn replaced(world: &World, case: &Case) -> Case {
    issue_replacement(&world.desk, case.id, &Actor::system(), world.now).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_application_to_proof_on_cfssl() {
    let cfssl = cfssl::start().await;
    let source = source(&cfssl.ca);
    cfssl.enter(&source).await;
    let (_app, world) = desk(&cfssl.setting).await;
    let case = filed(&world, &source).await;

    let waiting = replaced(&world, &case).await;
    assert_eq!(world.replacement(&waiting).await.issuer, source.issuer);
    to_the_end(&cfssl, &world, waiting, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_application_to_proof_on_vault() {
    let vault = vault::start().await;
    let source = source(&vault.ca);
    vault.ca.enter(&source);
    let (_app, world) = desk(&vault.setting).await;
    let case = filed(&world, &source).await;

    let waiting = replaced(&world, &case).await;
    to_the_end(&vault, &world, waiting, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_application_to_proof_on_ejbca() {
    let ejbca = ejbca::start().await;
    let source = source(&ejbca.ca);
    ejbca.ca.enter(&source);
    let (_app, world) = desk(&ejbca.setting).await;
    let case = filed(&world, &source).await;

    let waiting = replaced(&world, &case).await;
    to_the_end(&ejbca, &world, waiting, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_application_to_proof_on_step_ca_with_a_replacement_that_was_issued_elsewhere() {
    let step_ca = step_ca::start().await;
    assert_eq!(step_ca.habits().status, Tells::Published);
    let source = source(&step_ca.ca);
    step_ca.ca.enter(&source);
    let (_app, world) = desk(&step_ca.setting).await;
    let case = filed(&world, &source).await;

    let unissued = issue_replacement(&world.desk, case.id, &Actor::system(), world.now).await;
    assert!(unissued.is_err());
    let newer = step_ca.ca.sign_request(&Holder::example(), &request(&Holder::example()), clock() + Duration::days(90));
    step_ca.ca.enter(&newer);
    let input = RegisterReplacement {
        reception_number: case.reception_number,
        certificate: pem::encode("CERTIFICATE", &newer.der).into_bytes(),
    };
    let waiting = register_replacement(&world.desk, input, &Actor::system(), world.now).await.unwrap();
    to_the_end(&step_ca, &world, waiting, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_application_to_proof_on_acme() {
    let pebble = acme::start().await;
    let source = pebble.certificate().await;
    let (_app, world) = desk(&pebble.setting).await;
    let case = filed_with(&world, &source, acme::csr_for(&acme::NAMES)).await;

    let waiting = replaced(&world, &case).await;
    assert_eq!(world.replacement(&waiting).await.issuer, source.issuer);
    to_the_end(&pebble, &world, waiting, &source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_application_to_proof_on_cmp() {
    for cmp in [cmp::start_with_secret().await, cmp::start_with_keys().await] {
        let source = cmp.certificate().await;
        let (_app, world) = desk(&cmp.setting).await;
        let case = filed(&world, &source).await;

        let waiting = replaced(&world, &case).await;
        assert_eq!(world.replacement(&waiting).await.issuer, source.issuer);
        to_the_end(&cmp, &world, waiting, &source).await;
    }
}
