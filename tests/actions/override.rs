//! The override: two supervisors, a written ground, one version of the case.

use revocation_desk::actions::approve_override::{ApproveOverride, approve_override};
use revocation_desk::actions::request_override::{RequestOverride, request_override};
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::domain::authorization::AuthorizationKind;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::authorizations;
use revocation_desk::models::revocation_cases::Case;

use crate::builders::{World, another_supervisor, codes, day, supervisor};

fn request(case: &Case, ground: &str) -> RequestOverride {
    RequestOverride { reception_number: case.reception_number, version: case.version, ground: ground.to_owned() }
}

fn approval(case: &Case) -> ApproveOverride {
    ApproveOverride { reception_number: case.reception_number, version: case.version }
}

#[tokio::test]
async fn two_supervisors_allow_a_revocation_that_nobody_confirmed() {
    for state in [CaseState::AwaitingCall, CaseState::OnHold] {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        let confirmed = world.override_call(&case, world.now).await;

        assert_eq!(confirmed.state, CaseState::Confirmed);
        let authorization = authorizations::newest(&world.desk.db, case.id).await.unwrap().unwrap();
        assert_eq!(authorization.kind, AuthorizationKind::SupervisorOverride);
        assert_eq!(authorization.case_version, confirmed.version);
        let revoked = revoke_case(&world.desk, world.order(&confirmed), &supervisor(), world.now).await.unwrap();
        assert_eq!(revoked.state, CaseState::Revoked);
    }
}

#[tokio::test]
async fn nobody_approves_their_own_override() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    request_override(&world.desk, request(&case, "依頼書を受領"), &supervisor(), world.now).await.unwrap();

    let refused = approve_override(&world.desk, approval(&case), &supervisor(), world.now).await;

    assert_eq!(codes(refused), ["own_request"]);
    assert_eq!(world.reload(&case).await.state, CaseState::AwaitingCall);
    assert_eq!(world.count("authorizations").await, 0);
}

#[tokio::test]
async fn an_override_needs_a_ground_and_is_asked_for_once() {
    let world = World::new().await;
    let case = world.a_case().open().await;

    let silent = request_override(&world.desk, request(&case, "  "), &supervisor(), world.now).await;
    assert_eq!(codes(silent), ["override_ground_missing"]);

    request_override(&world.desk, request(&case, "依頼書を受領"), &supervisor(), world.now).await.unwrap();
    let again = request_override(&world.desk, request(&case, "急ぎ"), &another_supervisor(), world.now).await;
    assert_eq!(codes(again), ["override_requested_already"]);
}

#[tokio::test]
async fn a_request_counts_for_its_version_only() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    request_override(&world.desk, request(&case, "依頼書を受領"), &supervisor(), world.now).await.unwrap();
    let change =
        Reschedule { reception_number: case.reception_number, version: case.version, requested_on: day("2026-12-07") };
    let moved = reschedule(&world.desk, change, &supervisor(), world.now).await.unwrap();

    let stale = approve_override(&world.desk, approval(&case), &another_supervisor(), world.now).await;
    assert_eq!(codes(stale), ["stale_version"]);

    let unasked = approve_override(&world.desk, approval(&moved), &another_supervisor(), world.now).await;
    assert_eq!(codes(unasked), ["override_not_requested"]);
}

#[tokio::test]
async fn only_a_case_that_waits_for_a_call_or_is_on_hold_can_be_overridden() {
    for state in CaseState::ALL {
        if matches!(state, CaseState::AwaitingCall | CaseState::OnHold) {
            continue;
        }
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        let refused = request_override(&world.desk, request(&case, "依頼書を受領"), &supervisor(), world.now).await;

        assert_eq!(codes(refused), ["transition_refused"], "{state:?}");
    }
}
