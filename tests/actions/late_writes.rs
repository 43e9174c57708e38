//! Writes of whoever read a case, or took it in hand, too long ago: they find the row as it was read, or nothing.

use chrono::Duration;
use revocation_desk::domain::case::{CaseEvent, CaseState};
use revocation_desk::models::case_chunks::{self, Step, advance_many};
use revocation_desk::models::revocation_cases::{self, advance, take_over_execution};
use revocation_desk::models::transaction;
use serde_json::json;

use crate::builders::{World, agent, codes};

#[tokio::test]
async fn a_step_is_refused_when_state_version_or_fence_moved_since_the_case_was_read() {
    for moved in ["state = 'awaiting_call'", "version = version + 1", "fence = fence + 1"] {
        let world = World::new().await;
        let case = world.a_case().in_state(CaseState::Confirmed).open().await;
        world.tamper(&format!("UPDATE revocation_cases SET {moved} WHERE id = {}", case.id)).await;
        let before = world.reload(&case).await;
        let (event, now) = (CaseEvent::ExecutionStarted, world.now);

        let txn = transaction::begin(&world.desk.db).await.unwrap();
        let alone = advance(&txn, &case, event, |_| {}, json!({}), &agent(), now).await;
        let step = Step { case: &case, detail: json!({}), revoked_at: None };
        let among_many = advance_many(&txn, vec![step], event, |_| {}, now).await.unwrap();
        txn.commit().await.unwrap();

        assert_eq!(codes(alone), ["stale_version"], "{moved}");
        assert_eq!(among_many.cases, [], "{moved}");
        assert_eq!(world.reload(&case).await, before, "{moved}");
    }
}

#[tokio::test]
async fn each_step_makes_what_was_read_before_it_stale() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let step = || vec![Step { case: &case, detail: json!({}), revoked_at: None }];
    let txn = transaction::begin(&world.desk.db).await.unwrap();

    let started = advance_many(&txn, step(), CaseEvent::ExecutionStarted, |_| {}, world.now).await.unwrap();
    txn.commit().await.unwrap();

    assert_eq!((started.cases[0].version, started.cases[0].fence), (case.version + 1, case.fence + 1));
}

#[tokio::test]
async fn a_case_in_execution_is_kept_or_taken_over_only_by_who_knows_its_fence() {
    for moved in ["state = 'revoked'", "fence = fence + 1"] {
        let world = World::new().await;
        let case = world.a_case().in_state(CaseState::Revoking).open().await;
        world.tamper(&format!("UPDATE revocation_cases SET {moved} WHERE id = {}", case.id)).await;
        let until = world.now + Duration::minutes(10);

        let kept = case_chunks::keep_in_execution(&world.desk.db, &[&case], until).await.unwrap();
        let taken = take_over_execution(&world.desk.db, &case, until).await;

        assert_eq!(kept, [], "{moved}");
        assert_eq!(codes(taken), ["stale_version"], "{moved}");
    }
}

#[tokio::test]
async fn of_two_who_take_a_case_over_one_has_it() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Revoking).open().await;
    let until = world.now + Duration::minutes(10);

    let first = revocation_cases::take_over_execution(&world.desk.db, &case, until).await.unwrap();
    let second = revocation_cases::take_over_execution(&world.desk.db, &case, until).await;

    assert_eq!(first.fence, case.fence + 1);
    assert_eq!(codes(second), ["stale_version"]);
}
