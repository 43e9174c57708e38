//! The halt of the desk: what is refused, what is written down even so, and what a reconciliation makes of each case.

use chrono::Duration;
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::compare_head::compare_head;
use revocation_desk::actions::find_revoked::find_revoked;
use revocation_desk::actions::follow_up::send;
use revocation_desk::actions::halt_desk::{HaltDesk, halt_desk};
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::reconcile::reconcile;
use revocation_desk::actions::record_call::record_call;
use revocation_desk::actions::release_desk::release_desk;
use revocation_desk::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::actions::revoke_due::RevokeDue;
use revocation_desk::actions::run_revocations::run_revocations;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::halt::{Finding, HaltCause, may_happen};
use revocation_desk::models::columns::{RunCause, RunStatus};
use revocation_desk::models::sessions::{self, Owner};
use revocation_desk::models::{audit_events, halts, outbox};
use revocation_desk::scheduler::{Job, Scheduler};
use revocation_desk::witness::Witness;
use tokio_util::sync::CancellationToken;

use crate::builders::{World, agent, codes, problem, supervisor};
use crate::fake_ca::Behaviour;
use crate::find_revoked::revoke_elsewhere;
use crate::revoke_due::{run_on, states};
use crate::tasks::a_publishing_world;

pub async fn halt(world: &World, cause: HaltCause) {
    let input = HaltDesk { cause, reason: "バックアップから復元".to_owned(), lost_sequence: None };
    halt_desk(&world.desk, input, &Actor::system(), world.now).await.unwrap();
}

#[tokio::test]
async fn while_the_desk_is_halted_nothing_is_begun() {
    let world = World::new().await;
    let waiting = world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    let to_call = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    let confirmed = world.a_case().in_state(CaseState::Confirmed).open().await;
    let revoked = world.a_case().in_state(CaseState::Revoked).open().await;
    let stuck = world.a_case().in_state(CaseState::Revoking).open().await;
    let to_call = claim_case(&world.desk, to_call.reception_number, &agent(), world.now).await.unwrap();
    halt(&world, HaltCause::Ordered).await;
    let (desk, now) = (&world.desk, world.now);
    let asked = world.ca.asked().len();

    assert_eq!(codes(revoke_case(desk, world.order(&confirmed), &agent(), now).await), ["desk_halted"]);
    let call = world.confirming_call(&to_call).await;
    assert_eq!(codes(record_call(desk, call, &agent(), now).await), ["desk_halted"]);
    assert_eq!(codes(issue_replacement(desk, waiting.id, &agent(), now).await), ["desk_halted"]);
    assert_eq!(codes(send(desk, &CancellationToken::new()).await), ["desk_halted"]);
    let later = now + Duration::hours(1);
    let rescued = rescue_stuck(desk, &Actor::batch(), later).await.unwrap();
    assert_eq!((rescued.done, rescued.skipped), (0, 1));
    let claimed = outbox::claim_due(&desk.db, later, 100, std::time::Duration::from_mins(1), later).await.unwrap();
    assert!(claimed.is_empty());
    drop(prove(desk, &Actor::batch(), later).await);

    for (case, state) in [
        (waiting, CaseState::AwaitingReissue),
        (to_call, CaseState::AwaitingCall),
        (confirmed, CaseState::Confirmed),
        (revoked, CaseState::Revoked),
        (stuck, CaseState::Revoking),
    ] {
        assert_eq!(world.reload(&case).await.state, state);
    }
    assert_eq!(world.ca.asked().len(), asked, "nothing is asked of the CA");
}

#[tokio::test]
async fn what_the_ca_says_is_written_down_even_so() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    revoke_elsewhere(&world, &case).await;
    halt(&world, HaltCause::Ordered).await;

    let counts = find_revoked(&world.desk, world.today(), &Actor::batch(), world.now).await.unwrap();

    assert_eq!(counts.done, 1);
    assert_eq!(world.reload(&case).await.state, CaseState::Revoked);
}

#[test]
fn every_act_of_casework_waits() {
    for refused in ["filed", "call_confirmed", "execution_started", "withdrawn", "message_resent", "proof_seen"] {
        assert!(!may_happen(refused), "{refused}");
    }
    for allowed in ["revocation_accepted", "found_revoked", "confirmation_voided", "logged_in", "desk_released"] {
        assert!(may_happen(allowed), "{allowed}");
    }
}

#[tokio::test]
async fn a_reconciliation_voids_what_may_be_outdated_and_takes_over_what_the_ca_shows() {
    let world = World::new().await;
    let waiting = world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    let confirmed = world.a_case().in_state(CaseState::Confirmed).open().await;
    let gone = world.a_case().in_state(CaseState::OnHold).open().await;
    let stuck_good = world.a_case().in_state(CaseState::Revoking).open().await;
    let compromised = world.a_case().in_state(CaseState::AwaitingCall).open().await;
    let report = ReportKeyCompromise {
        reception_number: compromised.reception_number,
        version: compromised.version,
        ground: "鍵が漏れた".to_owned(),
    };
    let compromised = report_key_compromise(&world.desk, report, &agent(), world.now).await.unwrap();
    revoke_elsewhere(&world, &gone).await;
    world.ca.will(&world.source(&stuck_good).await.serial, Behaviour::Accepts);
    let unanswered = "UPDATE attempts SET outcome = NULL, answer = NULL, answered_at = NULL";
    world.tamper(&format!("{unanswered} WHERE case_id = {}", stuck_good.id)).await;
    let queued = world.count("messages WHERE status = 'queued'").await;
    assert!(queued > 0);
    halt(&world, HaltCause::Restored).await;
    assert_eq!(
        problem(release_desk(&world.desk, "照合前", &supervisor(), world.now).await).code,
        "desk_not_reconciled"
    );

    let done = reconcile(&world.desk, &|_| (), &Actor::system(), world.now).await.unwrap();

    assert_eq!(done.unanswered, 0);
    let mut findings = done.findings;
    findings.sort();
    assert_eq!(
        findings,
        [
            (Finding::FoundRevoked, 1),
            (Finding::ConfirmationVoided, 2),
            (Finding::CompromiseStays, 1),
            (Finding::IssueUnsure, 1),
        ]
    );
    for (case, state) in [
        (&waiting, CaseState::AwaitingReissue),
        (&confirmed, CaseState::AwaitingCall),
        (&gone, CaseState::Revoked),
        (&stuck_good, CaseState::AwaitingCall),
        (&compromised, CaseState::Confirmed),
    ] {
        assert_eq!(world.reload(case).await.state, state);
    }
    assert_eq!(world.count("messages WHERE status = 'queued'").await, 0);
    assert_eq!(i64::try_from(done.mails).unwrap(), queued);
    assert_eq!(world.count("attempts WHERE outcome IS NULL").await, 0);
    release_desk(&world.desk, "照合済み", &supervisor(), world.now).await.unwrap();
    assert!(halts::current(&world.desk.db).await.unwrap().is_none());
    // The old authorization is of an older version: only a new call lets it be revoked.
    let refused = revoke_case(&world.desk, world.order(&world.reload(&confirmed).await), &agent(), world.now).await;
    assert!(!codes(refused).is_empty());
}

#[tokio::test]
async fn the_desk_is_not_released_before_the_ca_answered_for_every_case() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    halt(&world, HaltCause::Restored).await;
    let serial = world.source(&case).await.serial;
    world.ca.will(&serial, Behaviour::OutOfReach);

    let silent = reconcile(&world.desk, &|_| (), &Actor::system(), world.now).await.unwrap();
    assert!(silent.unanswered > 0);
    assert_eq!(world.reload(&case).await.state, CaseState::Confirmed, "nothing is known about it");
    assert_eq!(problem(release_desk(&world.desk, "急ぎ", &supervisor(), world.now).await).code, "desk_unanswered");

    world.ca.will(&serial, Behaviour::Accepts);
    let answered = reconcile(&world.desk, &|_| (), &Actor::system(), world.now).await.unwrap();
    assert_eq!(answered.unanswered, 0);
    release_desk(&world.desk, "照合済み", &supervisor(), world.now).await.unwrap();
}

#[tokio::test]
async fn a_log_that_was_cut_off_is_noticed_and_a_longer_one_is_not() {
    let world = World::new().await;
    world.a_case().in_state(CaseState::AwaitingCall).open().await;
    assert!(compare_head(&world.desk, world.now).await.unwrap().is_none());
    world.a_case().in_state(CaseState::AwaitingCall).open().await;
    assert!(compare_head(&world.desk, world.now).await.unwrap().is_none(), "it only grew");

    world.tamper("UPDATE audit_head SET sequence = sequence - 1").await;
    world.tamper("DELETE FROM audit_events WHERE sequence > (SELECT sequence FROM audit_head)").await;
    let halt = compare_head(&world.desk, world.now).await.unwrap().unwrap();

    assert_eq!(halt.cause, HaltCause::Restored);
    assert_eq!(halt.lost_sequence, Some(halt.found_sequence + 1));
}

#[tokio::test]
async fn a_log_that_went_another_way_is_noticed_however_long_it_is() {
    let world = World::new().await;
    world.a_case().in_state(CaseState::AwaitingCall).open().await;
    compare_head(&world.desk, world.now).await.unwrap();
    world.tamper("UPDATE audit_events SET hash = 'another' WHERE sequence = (SELECT sequence FROM audit_head)").await;
    world.a_case().in_state(CaseState::AwaitingCall).open().await;

    let halt = compare_head(&world.desk, world.now).await.unwrap().unwrap();

    assert_eq!(halt.cause, HaltCause::Restored);
}

#[tokio::test]
async fn a_loss_is_explained_by_a_halt_that_was_placed_since_and_further_back() {
    let world = World::new().await;
    world.a_case().in_state(CaseState::AwaitingCall).open().await;
    halt(&world, HaltCause::Restored).await;
    let placed = halts::current(&world.desk.db).await.unwrap().unwrap();
    let (before, after) = (world.now - Duration::seconds(1), world.now + Duration::seconds(1));
    for (sequence, seen_at, explained) in [
        (placed.found_sequence + 1, before, true),
        (placed.found_sequence, before, false),
        (placed.found_sequence + 1, after, false),
    ] {
        let told = halts::explains(&world.desk.db, sequence, seen_at).await.unwrap();
        assert_eq!(told, explained, "{sequence} {seen_at}");
    }
}

#[tokio::test]
async fn after_a_second_loss_the_first_reconciliation_does_not_count() {
    let world = World::new().await;
    world.a_case().in_state(CaseState::AwaitingCall).open().await;
    halt(&world, HaltCause::Restored).await;
    reconcile(&world.desk, &|_| (), &Actor::system(), world.now).await.unwrap();
    let later = world.now + Duration::minutes(1);
    compare_head(&world.desk, later).await.unwrap();

    world.tamper("UPDATE audit_head SET sequence = sequence - 1").await;
    world.tamper("DELETE FROM audit_events WHERE sequence > (SELECT sequence FROM audit_head)").await;
    compare_head(&world.desk, later).await.unwrap();

    let refused = release_desk(&world.desk, "照合済み", &supervisor(), later).await;
    assert_eq!(problem(refused).code, "desk_not_reconciled");
}

#[tokio::test]
async fn a_backup_of_a_halted_desk_brings_nobodys_session_back() {
    let world = World::new().await;
    sessions::insert(&world.desk.db, "0".repeat(64), Owner::Visitor, "{}".to_owned(), world.now).await.unwrap();
    halt(&world, HaltCause::Ordered).await;
    assert_eq!(world.count("sessions").await, 1, "who works is told why nothing goes on");

    halt(&world, HaltCause::Restored).await;

    assert_eq!(world.count("sessions").await, 0);
}

#[tokio::test]
async fn findings_are_noted_and_numbers_left_out_once_however_often_it_is_reconciled() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    halt(&world, HaltCause::Restored).await;
    for _ in 0..2 {
        let done = reconcile(&world.desk, &|_| (), &Actor::system(), world.now).await.unwrap();
        assert_eq!(done.findings, [(Finding::IssueUnsure, 1)]);
    }
    release_desk(&world.desk, "照合済み", &supervisor(), world.now).await.unwrap();

    let next = world.a_case().in_state(CaseState::AwaitingReissue).open().await;

    assert!((1_001..2_000).contains(&(next.id - case.id)), "{} after {}", next.id, case.id);
}

#[tokio::test]
async fn what_a_run_has_done_is_seen_before_it_is_over() {
    let world = a_publishing_world().await;
    world.a_case().in_state(CaseState::Confirmed).open().await;
    let stop = CancellationToken::new();
    let (today, cause) = (world.today(), RunCause::Task);
    let input = RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| () };

    run_revocations(&world.desk, input, &Actor::batch(), world.now).await.unwrap();

    let seen = Witness::in_folder(&world.desk.settings.data_dir).read().unwrap().unwrap();
    assert_eq!((seen.sequence, seen.hash), audit_events::head(&world.desk.db).await.unwrap());
}

#[tokio::test]
async fn no_job_and_no_run_begins_on_a_halted_desk() {
    let world = World::new().await;
    let missed = world.a_case().in_state(CaseState::Confirmed).open().await;
    world.tamper(&format!("UPDATE revocation_cases SET due_on = '2026-11-20' WHERE id = {}", missed.id)).await;
    halt(&world, HaltCause::Ordered).await;
    let scheduler = Scheduler::new(world.desk.clone());

    for job in Job::ALL {
        let looks = matches!(job, Job::CheckInvariants | Job::ExportAuditHead);
        assert_eq!(scheduler.ring(job).await, looks, "{job:?}");
    }
    scheduler.catch_up().await;
    let stop = CancellationToken::new();
    let (today, cause) = (world.today(), RunCause::Task);
    let input = RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| () };
    let run = run_revocations(&world.desk, input, &Actor::batch(), world.now).await;

    assert_eq!(codes(run), ["desk_halted"]);
    assert_eq!(world.count("batch_runs WHERE task <> 'check_invariants'").await, 0);
}

#[tokio::test]
async fn a_run_that_is_halted_in_its_middle_goes_on_the_same_day() {
    let world = World::with(World::new().await.now, |settings| {
        settings.revocation.chunk = 1;
        settings.revocation.chunks = 1;
    })
    .await;
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(world.a_case().in_state(CaseState::Confirmed).open().await);
    }
    let (desk, now) = (world.desk.clone(), world.now);
    world.ca.when_revoking(move |_| {
        let desk = desk.clone();
        async move {
            let input = HaltDesk { cause: HaltCause::Ordered, reason: "調査".to_owned(), lost_sequence: None };
            halt_desk(&desk, input, &Actor::system(), now).await.unwrap();
        }
    });

    let halted = run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert_eq!((halted.status, halted.done, halted.failed, halted.skipped), (RunStatus::Interrupted, 1, 0, 0));
    let waiting = states(&world, &cases).await.into_iter().filter(|state| *state == CaseState::Confirmed).count();
    assert_eq!(waiting, 2);

    world.ca.when_revoking(|_| async {});
    release_desk(&world.desk, "調査済み", &supervisor(), world.now).await.unwrap();
    let resumed = run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert_eq!((resumed.status, resumed.done), (RunStatus::Finished, 2));
}
