//! What else happens to a case before it is decided: another date, a withdrawal, a hold.

use chrono::Days;
use revocation_desk::actions::hold_case::{HoldCase, hold_case};
use revocation_desk::actions::release_hold::{ReleaseHold, release_hold};
use revocation_desk::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::case::{CaseState, HoldReason};
use revocation_desk::errors::Result;
use revocation_desk::models::revocation_cases::Case;

use crate::builders::{World, agent, codes, day};

async fn move_to(world: &World, case: &Case, date: &str) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    reschedule(&world.desk, Reschedule { reception_number, version, requested_on: day(date) }, &agent(), world.now)
        .await
}

async fn withdraw_it(world: &World, case: &Case) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    withdraw(&world.desk, Withdraw { reception_number, version, ground: "電話".to_owned() }, &agent(), world.now).await
}

async fn hold(world: &World, case: &Case, note: &str) -> Result<Case> {
    let (reception_number, version) = (case.reception_number, case.version);
    hold_case(&world.desk, HoldCase { reception_number, version, note: note.to_owned() }, &agent(), world.now).await
}

async fn compromised(world: &World) -> Case {
    let case = world.a_case().open().await;
    let (reception_number, version) = (case.reception_number, case.version);
    let report = ReportKeyCompromise { reception_number, version, ground: "電話".to_owned() };
    report_key_compromise(&world.desk, report, &agent(), world.now).await.unwrap()
}

#[tokio::test]
async fn a_new_date_leads_back_to_the_call_on_its_business_day() {
    for (state, after) in [
        (CaseState::AwaitingReissue, CaseState::AwaitingReissue),
        (CaseState::AwaitingCall, CaseState::AwaitingCall),
        (CaseState::Confirmed, CaseState::AwaitingCall),
        (CaseState::OnHold, CaseState::AwaitingCall),
    ] {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        let moved = move_to(&world, &case, "2026-12-05").await.unwrap();

        assert_eq!(moved.state, after, "{state:?}");
        assert_eq!((moved.requested_on, moved.due_on), (day("2026-12-05"), day("2026-12-07")));
        assert_eq!(moved.hold_reason, None);
        assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "requested_date_changed");
    }
}

#[tokio::test]
async fn a_new_date_keeps_the_limits_of_the_old_one() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let last_day = world.source(&case).await.last_day();

    assert_eq!(codes(move_to(&world, &case, "2026-11-23").await), ["requested_on_past"]);
    let beyond = (last_day + Days::new(1)).to_string();
    assert_eq!(codes(move_to(&world, &case, &beyond).await), ["requested_on_after_last_day"]);
    assert_eq!(world.reload(&case).await, case);
}

#[tokio::test]
async fn what_is_decided_is_not_moved_withdrawn_or_held() {
    for state in
        [CaseState::Revoking, CaseState::Revoked, CaseState::Completed, CaseState::Withdrawn, CaseState::Expired]
    {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        // The certificate of an expired case has no dates left.
        let date = if state == CaseState::Expired { "requested_on_source_expired" } else { "transition_refused" };
        assert_eq!(codes(move_to(&world, &case, "2026-12-07").await), [date], "{state:?}");
        assert_eq!(codes(withdraw_it(&world, &case).await), ["transition_refused"], "{state:?}");
        assert_eq!(codes(hold(&world, &case, "確認中").await), ["transition_refused"], "{state:?}");
        assert_eq!(world.reload(&case).await, case);
    }
}

#[tokio::test]
async fn a_withdrawn_case_is_closed_and_its_certificate_may_be_filed_again() {
    for state in [CaseState::AwaitingReissue, CaseState::AwaitingCall, CaseState::Confirmed, CaseState::OnHold] {
        let world = World::new().await;
        let case = world.a_case().in_state(state).open().await;

        let withdrawn = withdraw_it(&world, &case).await.unwrap();

        assert_eq!((withdrawn.state, withdrawn.closed_at), (CaseState::Withdrawn, Some(world.now)));
        assert_eq!(world.mail_kinds(&case).await.last().unwrap(), "withdrawn");
        let source = world.source(&case).await;
        let again = world.a_case().on(&source).open().await;
        assert_eq!(again.state, CaseState::AwaitingCall);
    }
}

#[tokio::test]
async fn a_hold_has_a_note_and_ends_at_the_call() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    assert_eq!(codes(hold(&world, &case, " ").await), ["hold_note_missing"]);

    let held = hold(&world, &case, "担当部署から待ってほしいと連絡").await.unwrap();
    assert_eq!((held.state, held.hold_reason), (CaseState::OnHold, Some(HoldReason::Manual)));

    let release = ReleaseHold { reception_number: held.reception_number, version: held.version };
    let resumed = release_hold(&world.desk, release, &agent(), world.now).await.unwrap();
    assert_eq!((resumed.state, resumed.hold_reason, resumed.hold_note), (CaseState::AwaitingCall, None, None));
}

#[tokio::test]
async fn a_reported_compromise_is_neither_moved_nor_withdrawn_nor_held() {
    let world = World::new().await;
    let case = compromised(&world).await;

    assert_eq!(codes(move_to(&world, &case, "2026-12-07").await), ["compromise_takes_no_date"]);
    assert_eq!(codes(withdraw_it(&world, &case).await), ["compromise_not_withdrawable"]);
    assert_eq!(codes(hold(&world, &case, "確認中").await), ["compromise_not_held"]);
    assert_eq!(world.reload(&case).await, case);
}

#[tokio::test]
async fn of_two_changes_on_one_page_the_second_is_stale() {
    let world = World::new().await;
    let page = world.a_case().open().await;
    move_to(&world, &page, "2026-12-07").await.unwrap();

    assert_eq!(codes(withdraw_it(&world, &page).await), ["stale_version"]);
    assert_eq!(codes(hold(&world, &page, "確認中").await), ["stale_version"]);
    assert_eq!(codes(move_to(&world, &page, "2026-12-08").await), ["stale_version"]);
}
