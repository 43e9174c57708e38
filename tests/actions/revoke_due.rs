//! The daily run by the chunk and on several nodes: each case once, none forgotten, one bad row never in the way.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::publish_crls::publish_crls;
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::actions::revoke_due::{RevokeDue, revoke_due};
use revocation_desk::actions::verify_audit::verify_audit;
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::clock::Clock;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::attempts;
use revocation_desk::models::batch_runs::{self, BatchRun, NewRun};
use revocation_desk::models::columns::{RunCause, RunStatus};
use revocation_desk::models::revocation_cases::{self, Case};
use revocation_desk::scheduler::{Job, Scheduler};
use revocation_desk::services::Services;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, TransactionTrait};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::builders::{World, agent, day};
use crate::database::is_postgres;
use crate::tasks::a_publishing_world;

/// A world whose runs take two cases at a time and ask the CA about them one after the other.
async fn a_world_of_small_chunks() -> World {
    World::with(World::new().await.now, |settings| {
        settings.revocation.chunk = 2;
        settings.revocation.parallel = 1;
    })
    .await
}

async fn confirmed(world: &World, number: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for _ in 0..number {
        cases.push(world.a_case().in_state(CaseState::Confirmed).open().await);
    }
    cases
}

pub async fn run_on(desk: &Services, today: NaiveDate, cause: RunCause) -> BatchRun {
    let stop = CancellationToken::new();
    let input = RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| () };
    revoke_due(desk, input, &Actor::batch(), desk.clock.now()).await.unwrap().unwrap()
}

async fn run(world: &World) -> BatchRun {
    run_on(&world.desk, world.today(), RunCause::Task).await
}

fn counts(run: &BatchRun) -> (i64, i64, i64, i64) {
    (run.target, run.done, run.failed, run.skipped)
}

/// Result and code of each case that the run lists.
fn listed(run: &BatchRun) -> Vec<(String, String)> {
    let entries: Vec<Value> = serde_json::from_str(&run.detail).unwrap();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    entries.iter().map(|entry| (text(entry, "result"), text(entry, "code"))).collect()
}

pub async fn states(world: &World, cases: &[Case]) -> Vec<CaseState> {
    let mut states = Vec::new();
    for case in cases {
        states.push(world.reload(case).await.state);
    }
    states
}

pub async fn assert_sound(world: &World) {
    let verdict = verify_audit(&world.desk, &|_| ()).await.unwrap();
    assert_eq!(verdict.fault, None);
    assert_eq!(verdict.sound, world.count("audit_events").await);
}

/// From now on the database refuses this write for this case.
async fn refuse_in_the_database(world: &World, write: &str, table: &str, case_column: &str, case: &Case) {
    let id = case.id;
    if is_postgres() {
        world
            .tamper(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'a bad row'; END $$",
            )
            .await;
        world
            .tamper(&format!(
                "CREATE TRIGGER bad BEFORE {write} ON {table} FOR EACH ROW WHEN (NEW.{case_column} = {id})
                 EXECUTE FUNCTION refuse()"
            ))
            .await;
    } else {
        world
            .tamper(&format!(
                "CREATE TRIGGER bad BEFORE {write} ON {table} WHEN NEW.{case_column} = {id}
                 BEGIN SELECT RAISE(ABORT, 'a bad row'); END"
            ))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_runs_side_by_side_revoke_each_case_once() {
    let world = a_world_of_small_chunks().await;
    let cases = confirmed(&world, 9).await;

    let (one, two) = tokio::join!(run(&world), run(&world));

    assert_eq!(one.done + two.done, 9, "{one:?} {two:?}");
    assert_eq!((one.failed, two.failed), (0, 0));
    assert_eq!(world.ca.revocations().len(), 9);
    assert_eq!(world.count("attempts WHERE outcome = 'accepted'").await, 9);
    assert_eq!(world.count("attempts").await, 9);
    assert_eq!(states(&world, &cases).await, [CaseState::Revoked; 9]);
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_case_that_was_revoked_in_a_chunk_looks_like_one_that_was_revoked_by_itself() {
    let world = World::new().await;
    let case = confirmed(&world, 1).await.remove(0);

    run(&world).await;

    let revoked = world.reload(&case).await;
    let order = world.ca.revocations().remove(0);
    let source = world.source(&case).await;
    assert_eq!((revoked.state, revoked.version, revoked.fence), (CaseState::Revoked, case.version + 2, case.fence + 1));
    assert_eq!((revoked.next_attempt_at, revoked.lease_holder.as_deref()), (None, None));
    assert_eq!(order.certificate, source.identity());
    assert_eq!(revoked.revoked_at, source.revoked_at);
    assert_eq!(source.revocation_reason, Some(i32::from(case.revocation_reason.code())));
    let attempt = attempts::of_case(&world.desk.db, case.id).await.unwrap().remove(0);
    assert_eq!(attempt.case_version, case.version + 1);
    assert_eq!((attempt.serial, attempt.sha256), (source.serial.clone(), source.sha256.clone()));
    assert_eq!(attempt.request_id, order.request_id.to_string());
    assert!(attempt.answer.unwrap().contains("entered in the books"));
    // Instants of many rows are written as the driver writes those of one (SQLite compares them as text).
    let same = revocation_cases::Entity::find().filter(revocation_cases::Column::RevokedAt.eq(revoked.revoked_at));
    assert_eq!(same.one(&world.desk.db).await.unwrap(), Some(revoked.clone()));
    let events = revocation_desk::models::audit_events::of_case(&world.desk.db, case.id).await.unwrap();
    let last: Vec<_> = events.iter().rev().take(2).map(|event| (event.action.as_str(), event.facts())).collect();
    assert_eq!(last[0].0, "revocation_accepted");
    assert_eq!(last[0].1["with"]["serial"], source.serial.to_string());
    assert_eq!(
        (last[1].0, &last[1].1["from"], &last[1].1["to"]),
        ("execution_started", &"confirmed".into(), &"revoking".into())
    );
    assert_eq!(last[1].1["with"]["sha256"], source.sha256.to_string());
    assert_sound(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_that_rings_while_the_run_goes_on_takes_part_in_it() {
    let world = a_world_of_small_chunks().await;
    let cases = confirmed(&world, 12).await;
    let gate = Arc::new(Semaphore::new(0));
    let closed = gate.clone();
    world.ca.when_revoking(move |_| {
        let gate = closed.clone();
        async move { gate.acquire().await.unwrap().forget() }
    });
    let ring = || {
        let (desk, today) = (world.desk.clone(), world.today());
        tokio::spawn(async move { run_on(&desk, today, RunCause::Schedule).await })
    };

    let first = ring();
    let open = until(&world, |run| run.workers == 1).await;
    let second = ring();
    until(&world, |run| run.workers == 2).await;
    gate.add_permits(1000);
    first.await.unwrap();
    second.await.unwrap();

    let ended = batch_runs::by_id(&world.desk.db, open.id).await.unwrap();
    assert_eq!((ended.status, ended.workers), (RunStatus::Finished, 0));
    assert_eq!(counts(&ended), (12, 12, 0, 0), "both added what they did");
    assert_eq!(world.count("batch_runs").await, 1);
    assert_eq!(world.ca.revocations().len(), 12);
    assert_eq!(states(&world, &cases).await, [CaseState::Revoked; 12]);
    assert_sound(&world).await;
}

/// The newest run, once it is as wanted. A test that never sees it hangs on to the limit and fails.
async fn until(world: &World, wanted: impl Fn(&BatchRun) -> bool) -> BatchRun {
    for _ in 0..1_000 {
        let runs = batch_runs::newest(&world.desk.db, &["revoke_due"], None, 1).await.unwrap();
        if let Some(run) = runs.into_iter().find(|run| wanted(run)) {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the run never became so");
}

#[tokio::test]
async fn nobody_takes_part_in_a_run_before_its_brake_was_judged_or_after_it_stopped() {
    let world = World::with(World::new().await.now, |settings| settings.revocation.brake_limit = 1).await;
    let cases = confirmed(&world, 2).await;
    let stop = CancellationToken::new();
    let ring = async || {
        let (today, cause) = (world.today(), RunCause::Schedule);
        let input = RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| () };
        revoke_due(&world.desk, input, &Actor::batch(), world.now).await
    };

    let (one, two) = tokio::join!(ring(), ring());

    let braked: Vec<BatchRun> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(braked.len(), 1, "one judges, the other has nothing to take part in");
    assert_eq!((braked[0].status, braked[0].workers), (RunStatus::Braked, 0));
    assert_eq!(counts(&braked[0]), (2, 0, 0, 2));
    assert_eq!(ring().await.unwrap(), None);
    assert_eq!(states(&world, &cases).await, [CaseState::Confirmed; 2]);
    assert_eq!(world.ca.revocations(), []);
}

#[tokio::test]
async fn a_run_that_somebody_prepares_is_joined_once_it_is_open() {
    let world = World::new().await;
    let waiting = confirmed(&world, 1).await.remove(0);
    let new = NewRun {
        task: "revoke_due",
        business_date: world.today(),
        started_by: "batch".to_owned(),
        cause: RunCause::Schedule,
        dry_run: false,
        target: 0,
    };
    let prepared = batch_runs::prepare(&world.desk.db, new, world.now).await.unwrap().unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    let input = RevokeDue {
        today: world.today(),
        cause: RunCause::Schedule,
        dry_run: false,
        brake_lifted: false,
        stop: &stop,
        progress: &|_| (),
    };
    let before = revoke_due(&world.desk, input, &Actor::batch(), world.now).await.unwrap();
    assert_eq!(before, None, "whether it runs at all is not known yet");

    batch_runs::open(&world.desk.db, &prepared, 1, world.now).await.unwrap();
    let joined = run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert_eq!((joined.id, joined.workers), (prepared.id, 1), "the one who opened it is still at it");
    assert_eq!(counts(&joined), (1, 1, 0, 0));
    assert_eq!(world.reload(&waiting).await.state, CaseState::Revoked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_case_that_is_withdrawn_before_its_chunk_is_claimed_is_not_revoked() {
    let world = World::with(World::new().await.now, |settings| {
        settings.revocation.chunk = 1;
        settings.revocation.parallel = 1;
    })
    .await;
    let cases = confirmed(&world, 6).await;
    let last = cases[5].clone();
    let desk = world.desk.clone();
    let now = world.now;
    world.ca.when_revoking(move |_| {
        let (desk, last) = (desk.clone(), last.clone());
        async move {
            let current = revocation_cases::by_id(&desk.db, last.id).await.unwrap();
            if current.state == CaseState::Confirmed {
                let (reception_number, version) = (last.reception_number, last.version);
                let input = Withdraw { reception_number, version, ground: "お客様からの電話".to_owned() };
                withdraw(&desk, input, &agent(), now).await.unwrap();
            }
        }
    });

    let run = run(&world).await;

    assert_eq!(world.reload(&cases[5]).await.state, CaseState::Withdrawn);
    assert_eq!((run.done, run.failed), (5, 0));
    let withdrawn = world.source(&cases[5]).await.serial;
    assert!(world.ca.revocations().iter().all(|order| order.certificate.serial != withdrawn));
}

#[tokio::test]
async fn a_receipt_that_comes_after_the_case_was_taken_over_is_dropped() {
    let world = World::new().await;
    let cases = confirmed(&world, 3).await;
    let taken = cases[1].clone();
    let serial = world.source(&taken).await.serial;
    let desk = world.desk.clone();
    let until = world.now + chrono::Duration::minutes(10);
    world.ca.when_revoking(move |order| {
        let (desk, id, ours) = (desk.clone(), taken.id, order.certificate.serial == serial);
        async move {
            if ours {
                let case = revocation_cases::by_id(&desk.db, id).await.unwrap();
                revocation_cases::take_over_execution(&desk.db, &case, until).await.unwrap();
            }
        }
    });

    let run = run(&world).await;

    assert_eq!(counts(&run), (3, 2, 0, 1));
    assert_eq!(listed(&run), [("skipped".to_owned(), "stale_version".to_owned())]);
    assert_eq!(
        states(&world, &cases).await,
        [CaseState::Revoked, CaseState::Revoking, CaseState::Revoked],
        "who took it over writes what becomes of it"
    );
    assert_eq!(world.source(&cases[1]).await.revoked_at, None);
    assert_eq!(world.count("attempts WHERE outcome IS NULL").await, 1);

    rescue_stuck(&world.desk, &Actor::batch(), until).await.unwrap();
    assert_eq!(world.reload(&cases[1]).await.state, CaseState::Revoked);
    assert_eq!(world.count("attempts").await, 3, "the same intent");
    assert_sound(&world).await;
}

#[tokio::test]
async fn one_bad_row_keeps_no_other_case_of_its_chunk_from_being_revoked() {
    for (write, table, column, at_the_ca) in
        [("INSERT", "attempts", "case_id", 3), ("UPDATE OF outcome", "attempts", "case_id", 4)]
    {
        let world = World::new().await;
        let cases = confirmed(&world, 4).await;
        refuse_in_the_database(&world, write, table, column, &cases[2]).await;

        let run = run(&world).await;

        assert_eq!(counts(&run), (4, 3, 1, 0), "{write}");
        assert_eq!(run.status, RunStatus::Failed);
        assert!(listed(&run)[0].1.contains("a bad row"), "{:?}", listed(&run));
        for good in [0, 1, 3] {
            assert_eq!(world.reload(&cases[good]).await.state, CaseState::Revoked, "{write}");
        }
        assert_ne!(world.reload(&cases[2]).await.state, CaseState::Revoked);
        assert_eq!(world.ca.revocations().len(), at_the_ca, "{write}: nobody is asked twice");
        assert_sound(&world).await;
    }
}

#[tokio::test]
async fn one_bad_row_keeps_no_other_case_of_its_chunk_from_being_proven() {
    let world = a_publishing_world().await;
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(world.a_case().in_state(CaseState::Revoked).open().await);
    }
    publish_crls(&world.desk, world.now).await.unwrap();
    refuse_in_the_database(&world, "INSERT", "evidence", "case_id", &cases[1]).await;

    let counts = prove(&world.desk, &Actor::batch(), world.now).await.unwrap();

    assert_eq!((counts.target, counts.done, counts.failed, counts.skipped), (3, 2, 1, 0));
    assert_eq!(states(&world, &cases).await, [CaseState::Completed, CaseState::Revoked, CaseState::Completed]);
    assert_eq!(world.count("messages WHERE kind = 'revocation_completed'").await, 2);
    assert_sound(&world).await;
}

#[tokio::test]
async fn what_fails_its_guards_is_looked_at_once_in_a_run() {
    let world = World::with(World::new().await.now, |settings| settings.revocation.chunk = 1).await;
    let cases = confirmed(&world, 3).await;
    let without = format!("DELETE FROM authorizations WHERE case_id IN ({}, {})", cases[0].id, cases[1].id);
    world.tamper(&without).await;

    let run = run(&world).await;

    assert_eq!(counts(&run), (3, 1, 2, 0));
    assert_eq!(world.ca.revocations().len(), 1);
}

/// Every guard of the single revocation, through the chunk: what is changed behind the program's back, and how the run
/// lists the case.
#[tokio::test]
async fn every_guard_holds_in_a_chunk_too() {
    let no_authorization = "DELETE FROM authorizations WHERE case_id = {case}";
    let void = "UPDATE revocation_cases SET version = version + 1 WHERE id = {case}";
    let no_replacement = "UPDATE revocation_cases SET replacement_certificate_id = NULL WHERE id = {case}";
    let other_bytes =
        "UPDATE certificates SET sha256 = '0000000000000000000000000000000000000000000000000000000000000007'
        WHERE id = {source}";
    let other_serial = "UPDATE certificates SET serial = '00' || serial WHERE id = {source}";
    let other_issuer = "UPDATE certificates SET issuer = 'CN=Another CA' WHERE id = {source}";
    let newest = "UPDATE certificates SET not_before = '2020-01-01 00:00:00+00:00' WHERE id = {replacement}";
    let lapsed = "UPDATE authorizations SET granted_at = '2026-11-01 00:00:00+00:00' WHERE case_id = {case}";
    for (tampering, result, code, after) in [
        (no_authorization, "failed", "no_authorization", CaseState::Confirmed),
        (void, "failed", "authorization_void", CaseState::Confirmed),
        (no_replacement, "failed", "no_replacement", CaseState::Confirmed),
        (other_bytes, "failed", "target_differs", CaseState::Confirmed),
        (other_serial, "failed", "target_differs", CaseState::Confirmed),
        (other_issuer, "failed", "target_differs", CaseState::Confirmed),
        (newest, "failed", "target_is_newest", CaseState::Confirmed),
        (lapsed, "skipped", "confirmation_lapsed", CaseState::AwaitingCall),
    ] {
        let world = World::new().await;
        let cases = confirmed(&world, 2).await;
        let bad = &cases[0];
        let sql = tampering
            .replace("{case}", &bad.id.to_string())
            .replace("{source}", &bad.source_certificate_id.to_string())
            .replace("{replacement}", &bad.replacement_certificate_id.unwrap().to_string());
        world.tamper(&sql).await;

        let run = run(&world).await;

        assert_eq!(listed(&run), [(result.to_owned(), code.to_owned())], "{tampering}");
        assert_eq!(run.done, 1, "{tampering}");
        assert_eq!(world.ca.revocations().len(), 1, "{tampering}");
        assert_eq!(states(&world, &cases).await, [after, CaseState::Revoked], "{tampering}");
        assert_eq!(world.count("attempts").await, 1, "{tampering}");
        assert_sound(&world).await;
    }
}

#[tokio::test]
async fn a_chunk_revokes_nothing_before_its_day_but_a_compromised_key_at_once() {
    let start = World::new().await.now;
    let world = World::with(start, |settings| settings.calls.window_business_days = 2).await;
    let early = world.a_case().due_on(day("2026-11-26")).in_state(CaseState::Confirmed).open().await;
    let urgent = world.a_case().due_on(day("2026-11-26")).in_state(CaseState::Confirmed).open().await;
    world
        .tamper(&format!(
            "UPDATE authorizations SET kind = 'key_compromise', call_id = NULL WHERE case_id = {0}",
            urgent.id
        ))
        .await;
    world
        .tamper(&format!(
            "UPDATE revocation_cases SET compromise_reported_at = '2026-11-24 00:00:00+00:00' WHERE id = {}",
            urgent.id
        ))
        .await;

    let run = run(&world).await;

    assert_eq!(counts(&run), (1, 1, 0, 0));
    assert_eq!(states(&world, &[early, urgent]).await, [CaseState::Confirmed, CaseState::Revoked]);
}

#[tokio::test]
async fn a_node_that_dies_in_the_middle_leaves_nothing_undone() {
    let world = a_publishing_world().await;
    let cases = confirmed(&world, 5).await;
    // The CA answers twice, then the node dies.
    let gate = Arc::new(Semaphore::new(2));
    let closed = gate.clone();
    world.ca.when_revoking(move |_| {
        let gate = closed.clone();
        async move { gate.acquire().await.unwrap().forget() }
    });
    let desk = world.desk.clone();
    let today = world.today();
    let dying = tokio::spawn(async move { run_on(&desk, today, RunCause::Schedule).await });
    while world.count("ca_revocations").await < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(world.count("revocation_cases WHERE state = 'revoking'").await, 5, "no receipt was written");
    gate.add_permits(1000);

    let mut another = world.desk.clone();
    another.clock = Clock::starting_at(world.now + chrono::Duration::minutes(3));
    assert!(Scheduler::new(another).ring(Job::RevokeDue).await);

    assert_eq!(states(&world, &cases).await, [CaseState::Completed; 5]);
    assert_eq!(world.count("ca_revocations").await, 5);
    assert_eq!(world.count("attempts").await, 5, "each intent got its receipt");
    let runs = batch_runs::newest(&world.desk.db, &["revoke_due"], None, 10).await.unwrap();
    let statuses: Vec<_> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatus::Finished, RunStatus::Interrupted]);
    assert_sound(&world).await;
}

/// A run that waited would wait as long as the other transaction lasts. On SQLite there is one writer at a time.
#[tokio::test]
async fn a_case_that_somebody_is_writing_about_is_left_out_and_holds_up_no_other() {
    if !is_postgres() {
        return;
    }
    let world = World::new().await;
    let cases = confirmed(&world, 3).await;
    let other_node = world.second_connection().await;
    let held = other_node.begin().await.unwrap();
    let lock = format!("SELECT 1 FROM revocation_cases WHERE id = {} FOR UPDATE", cases[1].id);
    held.execute_unprepared(&lock).await.unwrap();

    let first = tokio::time::timeout(Duration::from_mins(1), run(&world)).await.expect("the run waits");
    held.rollback().await.unwrap();
    let next = run(&world).await;

    assert_eq!((first.status, first.done, first.failed), (RunStatus::Interrupted, 2, 0), "the day is not over");
    assert_eq!((next.status, next.done), (RunStatus::Finished, 1));
    assert_eq!(states(&world, &cases).await, [CaseState::Revoked; 3]);
    assert_sound(&world).await;
}

/// The process is asked to end while the CA answers for the first time.
async fn run_that_is_asked_to_end(world: &World) -> BatchRun {
    let stop = CancellationToken::new();
    let token = stop.clone();
    world.ca.when_revoking(move |_| {
        token.cancel();
        async {}
    });
    let (today, cause) = (world.today(), RunCause::Schedule);
    let input = RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| () };
    revoke_due(&world.desk, input, &Actor::batch(), world.now).await.unwrap().unwrap()
}

#[tokio::test]
async fn cases_that_were_not_begun_when_the_process_ends_are_given_back_at_once() {
    let world = World::with(World::new().await.now, |settings| settings.revocation.parallel = 1).await;
    let cases = confirmed(&world, 3).await;
    let run = run_that_is_asked_to_end(&world).await;
    assert_eq!((run.status, counts(&run)), (RunStatus::Interrupted, (3, 1, 0, 0)));

    let soon = world.now + chrono::Duration::seconds(20);
    let rescued = rescue_stuck(&world.desk, &Actor::batch(), soon).await.unwrap();

    assert_eq!(rescued.done, 2, "nobody waits for the end of the lease");
    assert_eq!(states(&world, &cases).await, [CaseState::Revoked; 3]);
}

#[tokio::test]
async fn a_run_that_is_asked_to_end_claims_no_further_chunk() {
    let world = a_world_of_small_chunks().await;
    let cases = confirmed(&world, 6).await;

    run_that_is_asked_to_end(&world).await;

    let in_hand = if is_postgres() { 2 * world.desk.settings.revocation.chunks as usize } else { 2 };
    let untouched = states(&world, &cases).await.into_iter().filter(|state| *state == CaseState::Confirmed).count();
    assert!(untouched >= 6_usize.saturating_sub(in_hand), "{untouched}");
}

#[tokio::test]
async fn a_compromised_key_is_due_until_it_is_revoked_and_no_longer() {
    let world = World::new().await;
    let case = confirmed(&world, 1).await.remove(0);
    let reported = "UPDATE revocation_cases SET compromise_reported_at = '2026-11-24 00:00:00+00:00'";
    world.tamper(&format!("{reported} WHERE id = {}", case.id)).await;

    assert_eq!(counts(&run(&world).await), (1, 1, 0, 0));
    assert_eq!(counts(&run(&world).await), (0, 0, 0, 0));
}

#[tokio::test]
async fn the_days_are_counted_in_japan() {
    // 23:59 JST is not the next day yet, 00:00 is.
    for (hour, minute, revoked) in [(23, 59, false), (0, 0, true)] {
        let at = if revoked { jst(day("2026-11-25"), hour, minute) } else { jst(day("2026-11-24"), hour, minute) };
        let start = World::new().await.now;
        let mut world = World::with(start, |settings| settings.calls.window_business_days = 1).await;
        let case = world.a_case().due_on(day("2026-11-25")).in_state(CaseState::Confirmed).open().await;
        world.now = at;
        world.desk.clock = Clock::starting_at(at);

        run(&world).await;

        let expected = if revoked { CaseState::Revoked } else { CaseState::Confirmed };
        assert_eq!(world.reload(&case).await.state, expected, "{at}");
    }
}
