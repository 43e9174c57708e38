//! The CA already shows the source revoked, and not by us: the case ends there, found and proven.

use chrono::Duration;
use revocation_desk::actions::find_revoked::find_revoked;
use revocation_desk::actions::prove::prove;
use revocation_desk::ca::{CertificateAuthority, RevocationOrder};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::application::CrlReason;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::revocation_cases::Case;
use uuid::Uuid;

use crate::builders::World;

/// Somebody at the CA revokes the source, for another reason than the desk would give.
pub async fn revoke_elsewhere(world: &World, case: &Case) {
    let source = world.source(case).await;
    let order = RevocationOrder {
        certificate: source.identity(),
        certificate_der: source.der,
        reason: CrlReason::KeyCompromise,
        request_id: Uuid::new_v4(),
        now: world.now,
    };
    world.ca.embedded().revoke(&order).await.unwrap();
}

#[tokio::test]
async fn a_source_that_the_ca_shows_revoked_closes_its_case_without_an_order_of_ours() {
    let world = World::new().await;
    let revoked = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    let good = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    revoke_elsewhere(&world, &revoked).await;

    let counts = find_revoked(&world.desk, world.today(), &Actor::batch(), world.now).await.unwrap();

    assert_eq!((counts.done, counts.skipped, counts.failed), (1, 1, 0));
    assert_eq!(world.reload(&revoked).await.state, CaseState::Revoked);
    assert_eq!(world.reload(&good).await.state, CaseState::AwaitingCall);
    assert_eq!(world.ca.revocations(), [], "the desk ordered nothing");

    let later = world.now + Duration::minutes(1);
    world.ca.embedded().publish_crls(later).await.unwrap();
    world.crl.publish(later);
    prove(&world.desk, &Actor::batch(), later).await.unwrap();
    assert_eq!(world.reload(&revoked).await.state, CaseState::Completed);
    assert_eq!(world.count("evidence WHERE revocation_reason = 1").await, 1, "the reason on the CRL, not the desk's");
    assert_eq!(world.source(&revoked).await.revocation_reason, Some(1));
}

#[tokio::test]
async fn the_mail_about_a_found_revocation_claims_no_call_of_ours() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    revoke_elsewhere(&world, &case).await;
    find_revoked(&world.desk, world.today(), &Actor::batch(), world.now).await.unwrap();

    let later = world.now + Duration::minutes(1);
    world.ca.embedded().publish_crls(later).await.unwrap();
    world.crl.publish(later);
    prove(&world.desk, &Actor::batch(), later).await.unwrap();

    let mails = world.mails(&case).await;
    let completed = mails.iter().find(|mail| mail.kind == "revocation_completed").unwrap();
    assert!(!completed.body_text.contains("お電話で確認"), "{}", completed.body_text);
}

#[tokio::test]
async fn cases_before_their_day_are_not_asked_about() {
    let world = World::new().await;
    let case = world.a_case().due_on(world.today() + Duration::days(7)).open().await;
    revoke_elsewhere(&world, &case).await;

    let counts = find_revoked(&world.desk, world.today(), &Actor::batch(), world.now).await.unwrap();

    assert_eq!((counts.target, counts.done), (0, 0));
    assert_eq!(world.reload(&case).await.state, case.state);
}
