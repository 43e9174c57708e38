//! The schedule: claims, catch-up, runs that were cut off, the bell.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use revocation_desk::actions::mark_interrupted::{mark_interrupted, mark_interrupted_at_start};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::ring_times::RingTimes;
use revocation_desk::models::batch_runs::{self, BatchRun, Counts, NewRun, node_name};
use revocation_desk::models::columns::{RunCause, RunStatus};
use revocation_desk::scheduler::{Job, Scheduler};
use revocation_desk::settings;

use crate::builders::{World, day};
use crate::tasks::a_publishing_world;

async fn runs(world: &World) -> Vec<BatchRun> {
    batch_runs::newest(&world.desk.db, &["revoke_due"], None, 10).await.unwrap()
}

/// A run of the day before, still `running` in the table, begun by `node`.
pub async fn an_open_run(world: &World, node: &str, heartbeat_at: DateTime<Utc>) -> BatchRun {
    let new = NewRun {
        task: "revoke_due",
        business_date: day("2026-11-23"),
        started_by: "batch".to_owned(),
        cause: RunCause::Schedule,
        dry_run: false,
        target: 5,
    };
    let run = batch_runs::start(&world.desk.db, new, heartbeat_at).await.unwrap().unwrap();
    world.tamper(&format!("UPDATE batch_runs SET node = '{node}' WHERE id = {}", run.id)).await;
    run
}

fn host() -> String {
    node_name().split('#').next().unwrap().to_owned()
}

#[test]
fn every_job_has_its_time_and_every_time_its_job() {
    let schedule = settings::Schedule::default();
    let names: Vec<_> = schedule.entries().map(|(name, _)| name).to_vec();
    assert_eq!(names, Job::ALL.map(Job::as_str));
    for (name, times) in schedule.entries() {
        assert!(RingTimes::parse(times).is_ok(), "{name}");
    }
}

#[tokio::test]
async fn the_scheduled_run_of_a_day_happens_once() {
    let world = a_publishing_world().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let nodes = [Scheduler::new(world.desk.clone()), Scheduler::new(world.desk.clone())];

    for node in &nodes {
        assert!(node.ring(Job::RevokeDue).await);
    }

    assert_eq!(world.reload(&case).await.state, CaseState::Completed);
    let runs = runs(&world).await;
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].cause, runs[0].business_date), (RunCause::Schedule, world.today()));
}

#[tokio::test]
async fn a_missed_run_is_made_good_once_for_its_own_day() {
    let world = a_publishing_world().await;
    let due_today = world.a_case().in_state(CaseState::Confirmed).open().await;
    let overdue = world.a_case().in_state(CaseState::Confirmed).open().await;
    world.tamper(&format!("UPDATE revocation_cases SET due_on = '2026-11-20' WHERE id = {}", overdue.id)).await;
    let scheduler = Scheduler::new(world.desk.clone());

    scheduler.catch_up().await;
    scheduler.catch_up().await;

    let runs = runs(&world).await;
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].cause, runs[0].business_date), (RunCause::CatchUp, day("2026-11-23")));
    assert_eq!(world.reload(&overdue).await.state, CaseState::Completed);
    assert_eq!(world.reload(&due_today).await.state, CaseState::Confirmed, "its run comes at 18:30");
}

#[tokio::test]
async fn a_run_whose_process_is_gone_is_claimed_again_at_the_next_start() {
    let world = a_publishing_world().await;
    let cut_off = an_open_run(&world, &format!("{}#999999999", host()), world.now).await;

    Box::pin(Scheduler::new(world.desk.clone()).start_up()).await;

    assert_eq!(batch_runs::by_id(&world.desk.db, cut_off.id).await.unwrap().status, RunStatus::Interrupted);
    let newest = runs(&world).await.remove(0);
    assert_eq!((newest.cause, newest.status), (RunCause::CatchUp, RunStatus::Finished));
    assert_eq!(newest.business_date, day("2026-11-23"));
}

#[tokio::test]
async fn a_run_is_called_interrupted_only_when_nobody_can_be_at_it() {
    let alive = format!("{}#1", host());
    let own = node_name();
    let gone = format!("{}#999999999", host());
    let elsewhere = "another-host#999999999".to_owned();
    let both_gone = format!("{gone} {}#999999998", host());
    let one_gone = format!("{gone} {elsewhere}");
    for (node, minutes_silent, at_start, later) in [
        (&alive, 0, false, false),
        (&alive, 1, false, false),
        (&alive, 3, true, true),
        (&own, 0, true, false),
        (&gone, 0, true, false),
        (&elsewhere, 1, false, false),
        (&elsewhere, 3, true, true),
        (&both_gone, 0, true, false),
        (&one_gone, 0, false, false),
        (&one_gone, 3, true, true),
    ] {
        for (is_start, expected) in [(true, at_start), (false, later)] {
            let world = World::new().await;
            let run = an_open_run(&world, node, world.now - chrono::Duration::minutes(minutes_silent)).await;

            let marked = if is_start {
                mark_interrupted_at_start(&world.desk, world.now).await.unwrap()
            } else {
                mark_interrupted(&world.desk, world.now).await.unwrap()
            };

            let status = batch_runs::by_id(&world.desk.db, run.id).await.unwrap().status;
            let expected_status = if expected { RunStatus::Interrupted } else { RunStatus::Running };
            assert_eq!((marked, status), (u64::from(expected), expected_status), "{node} {minutes_silent} {is_start}");
        }
    }
}

#[tokio::test]
async fn what_a_run_adds_to_its_counts_is_its_sign_of_life() {
    let world = World::new().await;
    let silent = an_open_run(&world, "another-host#7", world.now - chrono::Duration::minutes(3)).await;

    batch_runs::add(&world.desk.db, silent.id, Counts::default(), world.now).await.unwrap();

    assert_eq!(mark_interrupted(&world.desk, world.now).await.unwrap(), 0);
}

#[tokio::test]
async fn nobody_takes_part_in_a_run_that_was_called_interrupted() {
    let world = World::new().await;
    let silent = an_open_run(&world, "another-host#7", world.now - chrono::Duration::minutes(3)).await;

    mark_interrupted(&world.desk, world.now).await.unwrap();

    assert_eq!(batch_runs::join(&world.desk.db, &silent, world.now).await.unwrap(), None);
}

#[tokio::test]
async fn a_job_does_not_overlap_with_itself() {
    let world = a_publishing_world().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    let scheduler = Scheduler::new(world.desk.clone());
    let (again, began) = (scheduler.clone(), Arc::new(AtomicBool::new(false)));
    let seen = began.clone();
    world.ca.when_revoking(move |_| {
        let (again, began) = (again.clone(), began.clone());
        async move { began.store(again.ring(Job::RevokeDue).await, Ordering::SeqCst) }
    });

    assert!(scheduler.ring(Job::RevokeDue).await);

    assert!(!seen.load(Ordering::SeqCst));
    assert_eq!(world.ca.revocations().len(), 1);
}

#[tokio::test]
async fn after_the_end_nothing_begins() {
    let world = a_publishing_world().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let scheduler = Scheduler::new(world.desk.clone());

    world.desk.stop.cancel();

    assert!(!scheduler.ring(Job::RevokeDue).await);
    scheduler.catch_up().await;
    assert_eq!(world.reload(&case).await, case);
    assert!(runs(&world).await.is_empty());
}

#[tokio::test]
async fn the_end_waits_for_what_goes_on_in_the_background() {
    let world = World::new().await;
    let ended = Arc::new(AtomicBool::new(false));
    let (stop, seen) = (world.desk.stop.clone(), ended.clone());
    world.desk.spawn(async move {
        stop.cancelled().await;
        tokio::task::yield_now().await;
        seen.store(true, Ordering::SeqCst);
    });

    world.desk.stop.cancel();
    world.desk.finished().await;

    assert!(ended.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_ring_of_the_bell_publishes_proves_and_sends() {
    let world = a_publishing_world().await;
    let case = world.a_case().in_state(CaseState::Revoked).open().await;
    let scheduler = Scheduler::new(world.desk.clone());
    // Rung before anybody listens: not lost.
    world.desk.nudge();
    world.desk.nudge();
    let listening = tokio::spawn(scheduler.clone().listen());

    while world.mails(&case).await.iter().all(|mail| mail.kind != "revocation_completed" || mail.sent_at.is_none()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert_eq!(world.reload(&case).await.state, CaseState::Completed);
    world.desk.stop.cancel();
    listening.await.unwrap();
}
