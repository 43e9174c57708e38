//! A reported key compromise: no date, no call, 24 hours (BR 4.9.1.1).

use chrono::Duration;
use revocation_desk::actions::file_application::{CsrChoice, FileApplication, file_application};
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::application::{CrlReason, ReissueReason};
use revocation_desk::domain::authorization::AuthorizationKind;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::errors::Result;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::models::{authorizations, certificates};

use crate::builders::{World, a_csr, agent, an_application, codes, customer, customer_of, day};

async fn report(world: &World, case: &Case) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    let report =
        ReportKeyCompromise { reception_number, version, ground: "情報システム部から電話".to_owned() };
    report_key_compromise(&world.desk, report, &agent(), world.now).await
}

/// Filed as a compromise, with this request.
async fn filed(world: &World, csr: Vec<u8>) -> Result<Case> {
    let certificate = world.a_certificate().register().await;
    let application = FileApplication {
        reason: ReissueReason::KeyCompromise,
        requested_on: None,
        csr: CsrChoice::Given(csr),
        ..an_application(&certificate, world.today())
    };
    file_application(&world.desk, application, &customer_of(certificate.subscriber_id), world.now).await
}

#[tokio::test]
async fn a_report_makes_the_case_due_now_whatever_was_asked_for() {
    for state in [CaseState::AwaitingReissue, CaseState::AwaitingCall, CaseState::OnHold] {
        let world = World::new().await;
        let case = world.a_case().due_on(day("2026-12-07")).in_state(state).open().await;

        let reported = report(&world, &case).await.unwrap();

        assert_eq!(reported.state, CaseState::Confirmed, "{state:?}");
        assert_eq!(reported.revocation_reason, CrlReason::KeyCompromise);
        assert_eq!(reported.compromise_reported_at, Some(world.now));
        assert_eq!(reported.due_on, world.today());
        assert_eq!(reported.hold_reason, None);
        assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "key_compromise_notice");
        let authorization = authorizations::newest(&world.desk.db, case.id).await.unwrap().unwrap();
        assert_eq!(authorization.kind, AuthorizationKind::KeyCompromise);
        assert_eq!(authorization.case_version, reported.version);
    }
}

#[tokio::test]
async fn it_is_revoked_at_night_on_a_holiday_without_a_replacement() {
    // Sunday 22 November 2026, 02:00.
    let world = World::at(jst(day("2026-11-22"), 2, 0)).await;
    let case = filed(&world, a_csr()).await.unwrap();
    assert_eq!(case.state, CaseState::Confirmed);
    assert_eq!(case.replacement_certificate_id, None);

    let revoked = revoke_case(&world.desk, world.order(&case), &Actor::batch(), world.now).await.unwrap();

    assert_eq!(revoked.state, CaseState::Revoked);
    assert_eq!(world.ca.revocations()[0].reason, CrlReason::KeyCompromise);
    assert_eq!(world.source(&case).await.revocation_reason, Some(1));
}

#[tokio::test]
async fn the_permission_survives_the_replacement() {
    let world = World::new().await;
    let case = filed(&world, a_csr()).await.unwrap();

    let later = world.now + Duration::minutes(5);
    let with_replacement = issue_replacement(&world.desk, case.id, &agent(), later).await.unwrap();

    assert_eq!(with_replacement.state, CaseState::Confirmed);
    assert!(with_replacement.version > case.version);
    let authorization = authorizations::newest(&world.desk.db, case.id).await.unwrap().unwrap();
    assert_eq!(authorization.case_version, with_replacement.version);
    assert_eq!(authorization.granted_at, world.now, "the permission is the old one");
    let revoked = revoke_case(&world.desk, world.order(&case), &Actor::batch(), later).await.unwrap();
    assert_eq!(revoked.state, CaseState::Revoked);
}

#[tokio::test]
async fn the_customer_gets_the_new_certificate_even_after_the_revocation() {
    let world = World::new().await;
    let case = filed(&world, a_csr()).await.unwrap();
    revoke_case(&world.desk, world.order(&case), &Actor::batch(), world.now).await.unwrap();

    let replaced = issue_replacement(&world.desk, case.id, &agent(), world.now).await.unwrap();

    assert_eq!(replaced.state, CaseState::Revoked);
    assert!(replaced.replacement_certificate_id.is_some());
}

#[tokio::test]
async fn the_key_is_blocked_for_everybody() {
    let world = World::new().await;
    let csr = a_csr();
    let first = world.a_certificate().register().await;
    let application = FileApplication { csr: CsrChoice::Given(csr.clone()), ..an_application(&first, world.today()) };
    let case = file_application(&world.desk, application, &customer(), world.now).await.unwrap();
    issue_replacement(&world.desk, case.id, &agent(), world.now).await.unwrap();
    // The new certificate's key gets out, and its certificate is to be reissued a month later.
    let replacement = world.replacement(&world.reload(&case).await).await;
    certificates::block_key(&world.desk.db, &replacement.spki_sha256, world.now).await.unwrap();

    assert_eq!(codes(filed(&world, csr).await), ["csr_key_blocked"]);
}

#[tokio::test]
async fn a_report_blocks_the_source_key() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let key = world.source(&case).await.spki_sha256;
    assert!(!certificates::is_key_blocked(&world.desk.db, &key).await.unwrap());

    report(&world, &case).await.unwrap();

    assert!(certificates::is_key_blocked(&world.desk.db, &key).await.unwrap());
}

#[tokio::test]
async fn the_24_hours_run_from_the_first_report() {
    let world = World::new().await;
    let reported = report(&world, &world.a_case().open().await).await.unwrap();
    let (reception_number, version) = (reported.reception_number, reported.version);
    let again = ReportKeyCompromise { reception_number, version, ground: "再度の電話".to_owned() };

    let again = report_key_compromise(&world.desk, again, &agent(), world.now + Duration::hours(3)).await.unwrap();

    assert_eq!(again.compromise_reported_at, Some(world.now));
    let revoked = revoke_case(&world.desk, world.order(&again), &Actor::batch(), world.now).await.unwrap();
    assert_eq!(revoked.state, CaseState::Revoked);
    let kinds = world.mail_kinds(&again).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "key_compromise_notice").count(), 1);
}

#[tokio::test]
async fn what_is_being_revoked_or_closed_cannot_be_reported() {
    for state in
        [CaseState::Revoking, CaseState::Revoked, CaseState::Completed, CaseState::Withdrawn, CaseState::Expired]
    {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        assert_eq!(codes(report(&world, &case).await), ["transition_refused"], "{state:?}");
    }
}
