//! A run that a person stops, and what becomes of the rest.

use revocation_desk::actions::pause_run::pause_run;
use revocation_desk::actions::raise_alarms::find_alarms;
use revocation_desk::actions::resume_run::resume_run;
use revocation_desk::actions::retry_run::retry_run;
use revocation_desk::domain::alarm::AlarmKind;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::batch_runs;
use revocation_desk::models::columns::{RunCause, RunStatus};
use revocation_desk::scheduler::Scheduler;

use crate::builders::{World, agent, codes, supervisor};
use crate::fake_ca::Behaviour;
use crate::revoke_due::{run_on, states};

/// One case after the other.
async fn a_slow_world() -> World {
    World::with(World::new().await.now, |settings| {
        settings.revocation.chunk = 1;
        settings.revocation.chunks = 1;
    })
    .await
}

#[tokio::test]
async fn a_paused_run_stops_before_its_next_chunk_and_goes_on_only_when_a_person_says_so() {
    let world = a_slow_world().await;
    let mut cases = Vec::new();
    for _ in 0..4 {
        cases.push(world.a_case().in_state(CaseState::Confirmed).open().await);
    }
    let (desk, now) = (world.desk.clone(), world.now);
    world.ca.when_revoking(move |_| {
        let desk = desk.clone();
        async move {
            let run = batch_runs::running(&desk.db).await.unwrap().remove(0);
            if run.paused_at.is_none() {
                pause_run(&desk, run.id, &supervisor(), now).await.unwrap();
            }
        }
    });

    let paused = run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert!(paused.is_paused());
    let done = states(&world, &cases).await.into_iter().filter(|state| *state == CaseState::Revoked).count();
    assert!((1..3).contains(&done), "what was in hand is finished, no more: {done}");
    let alarms = find_alarms(&world.desk, world.now + chrono::Duration::minutes(5)).await.unwrap();
    assert!(alarms.iter().all(|alarm| alarm.kind != AlarmKind::RunInterrupted), "{alarms:?}");
    world.ca.when_revoking(|_| async {});
    Scheduler::new(world.desk.clone()).catch_up().await;
    let still = states(&world, &cases).await.into_iter().filter(|state| *state == CaseState::Revoked).count();
    assert_eq!(still, done, "the schedule does not take it up");

    resume_run(&world.desk, paused.id, &supervisor(), world.now).await.unwrap();
    let resumed = run_on(&world.desk, world.today(), RunCause::CatchUp).await;

    assert_eq!((resumed.status, resumed.done), (RunStatus::Finished, 4 - i64::try_from(done).unwrap()));
    let acts = world.count("audit_events WHERE action IN ('run_paused', 'run_resumed')").await;
    assert_eq!(acts, 2);
}

#[tokio::test]
async fn what_has_ended_is_not_paused_and_what_goes_on_is_not_resumed() {
    let world = World::new().await;
    let run = run_on(&world.desk, world.today(), RunCause::Schedule).await;
    assert_eq!(codes(pause_run(&world.desk, run.id, &agent(), world.now).await), ["run_not_running"]);
    assert_eq!(codes(resume_run(&world.desk, run.id, &agent(), world.now).await), ["run_not_paused"]);
    assert_eq!(codes(retry_run(&world.desk, run.id, &agent(), world.now).await), ["nothing_to_retry"]);
}

#[tokio::test]
async fn what_the_ca_did_not_answer_is_taken_up_at_once_when_a_person_says_so() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    world.ca.will(&world.source(&case).await.serial, Behaviour::OutOfReach);
    let run = run_on(&world.desk, world.today(), RunCause::Schedule).await;
    assert_eq!((run.status, run.failed), (RunStatus::Failed, 1));
    let waits = world.reload(&case).await.next_attempt_at.unwrap();
    assert!(waits > world.now);

    assert_eq!(retry_run(&world.desk, run.id, &supervisor(), world.now).await.unwrap(), 1);

    assert_eq!(world.reload(&case).await.next_attempt_at, Some(world.now));
}
