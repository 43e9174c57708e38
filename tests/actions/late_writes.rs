//! Writes of whoever read a case, or took it in hand, too long ago: they find the row as it was read, or nothing.

use chrono::Duration;
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::{CaseEvent, CaseState};
use revocation_desk::models::attempts::{self, Answer};
use revocation_desk::models::batch_runs::Counts;
use revocation_desk::models::case_chunks::{self, Step, advance_many};
use revocation_desk::models::columns::{AttemptOutcome, RunCause};
use revocation_desk::models::revocation_cases::{advance, take_over_execution};
use revocation_desk::models::transaction;
use sea_orm::TransactionTrait;
use serde_json::json;

use crate::builders::{World, agent, codes};
use crate::database::is_postgres;
use crate::revoke_due::run_on;

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

    let first = take_over_execution(&world.desk.db, &case, until).await.unwrap();
    let second = take_over_execution(&world.desk.db, &case, until).await;

    assert_eq!(first.fence, case.fence + 1);
    assert_eq!(codes(second), ["stale_version"]);
}

#[tokio::test]
async fn an_attempt_keeps_its_first_answer() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Revoked).open().await;
    let answered = attempts::of_case(&world.desk.db, case.id).await.unwrap().remove(0);
    let (outcome, text) = (AttemptOutcome::Refused, "later");

    let alone = attempts::answer(&world.desk.db, &answered, outcome, text, world.now).await;
    let among_many = [Answer { attempt: &answered, outcome, text }];
    let among_many = attempts::answer_many(&world.desk.db, &among_many, world.now).await;

    assert_eq!(codes(alone), ["attempt_answered"]);
    assert_eq!(codes(among_many), ["attempt_answered"]);
    assert_eq!(attempts::of_case(&world.desk.db, case.id).await.unwrap(), [answered]);
}

#[tokio::test]
async fn a_case_that_was_closed_since_the_list_was_read_is_not_proven_again() {
    let world = World::new().await;
    let closed = world.a_case().in_state(CaseState::Completed).open().await;
    let waiting = world.a_case().in_state(CaseState::Revoked).open().await;
    let txn = transaction::begin(&world.desk.db).await.unwrap();

    let locked = case_chunks::lock_in_state(&txn, vec![waiting.id, closed.id], CaseState::Revoked).await.unwrap();

    assert_eq!(locked.iter().map(|case| case.id).collect::<Vec<_>>(), [waiting.id]);
}

/// On SQLite there is one writer at a time.
#[tokio::test]
async fn a_case_that_another_run_is_proving_is_left_to_it() {
    if !is_postgres() {
        return;
    }
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Revoked).open().await;
    let other_node = world.second_connection().await;
    let (ours, theirs) = (world.desk.db.begin().await.unwrap(), other_node.begin().await.unwrap());

    let first = case_chunks::lock_in_state(&theirs, vec![case.id], CaseState::Revoked).await.unwrap();
    let second = case_chunks::lock_in_state(&ours, vec![case.id], CaseState::Revoked).await.unwrap();

    assert_eq!((first.len(), second.len()), (1, 0));
}

#[tokio::test]
async fn nobody_takes_a_case_over_before_the_lease_of_who_has_it_ends() {
    for by_the_batch in [false, true] {
        let world = World::new().await;
        let case = world.a_case().in_state(CaseState::Confirmed).open().await;
        let first = async {
            if by_the_batch {
                run_on(&world.desk, world.today(), RunCause::Task).await;
            } else {
                revoke_case(&world.desk, world.order(&case), &agent(), world.now).await.unwrap();
            }
        };
        cut_off_at_order(&world, 1, first).await;

        assert_eq!(rescued_after(&world, 110).await.target, 0, "{by_the_batch}");
        cut_off_at_order(&world, 2, rescued_after(&world, 180)).await;
        assert_eq!(rescued_after(&world, 290).await.target, 0, "{by_the_batch}");
        assert_eq!(rescued_after(&world, 360).await.done, 1, "{by_the_batch}");
    }
}

async fn rescued_after(world: &World, seconds: i64) -> Counts {
    rescue_stuck(&world.desk, &Actor::batch(), world.now + Duration::seconds(seconds)).await.unwrap()
}

/// Does `work` until the CA has been asked so many times; then its process is gone, before it was answered.
async fn cut_off_at_order<T>(world: &World, number: usize, work: impl Future<Output = T>) {
    world.ca.when_revoking(|_| std::future::pending());
    tokio::select! {
        _ = work => panic!("the CA never answers"),
        () = async { while world.ca.revocations().len() < number { tokio::task::yield_now().await } } => {}
    }
    world.ca.when_revoking(|_| std::future::ready(()));
}
