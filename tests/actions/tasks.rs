//! The operator's commands: what they do, what they count, and when they end with status 1.

use std::sync::Arc;

use loco_rs::app::Hooks;
use loco_rs::task::{Tasks, Vars};
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::publish_crls::publish_crls;
use revocation_desk::actions::record_run::{Run, record_run};
use revocation_desk::actions::revoke_due::RevokeDue;
use revocation_desk::actions::run_revocations::run_revocations;
use revocation_desk::app::App;
use revocation_desk::audit_heads;
use revocation_desk::ca::embedded::Issuer;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::errors::Error;
use revocation_desk::models::batch_runs::{self, BatchRun, Counts};
use revocation_desk::models::columns::{MessageStatus, RunCause, RunStatus};
use revocation_desk::models::messages;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::proof::{PublishedCrlFile, PublishedCrls};
use sea_orm::EntityTrait;
use tokio_util::sync::CancellationToken;

use crate::app::TestApp;
use crate::builders::{World, day};
use crate::fake_ca::Behaviour;
use crate::revoke_due::assert_sound;

/// A world whose proof is the CRL that the embedded CA really publishes.
pub async fn a_publishing_world() -> World {
    publishing(World::new().await)
}

fn publishing(mut world: World) -> World {
    let ca = world.ca.embedded().clone();
    let file = |issuer: &Issuer| PublishedCrlFile { issuer: issuer.certificate.clone(), path: ca.crl_file(issuer) };
    world.desk.proof = Arc::new(PublishedCrls::new(vec![file(ca.issuing())]));
    world
}

/// Runs `task <name> <arguments>` on this world; an error is status 1 with these words on stderr.
async fn task(world: &World, name: &str, arguments: &[(&str, &str)]) -> Result<(), String> {
    let app = TestApp::start().await;
    app.change_services(|services| *services = world.desk.clone());
    let mut tasks = Tasks::default();
    App::register_tasks(&mut tasks);
    let arguments = arguments.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    tasks.run(&app.ctx, name, &Vars::from_cli_args(arguments)).await.map_err(|error| error.to_string())
}

async fn newest_run(world: &World, name: &str) -> BatchRun {
    batch_runs::newest(&world.desk.db, &[name], None, 1).await.unwrap().remove(0)
}

fn counts(run: &BatchRun) -> (i64, i64, i64, i64) {
    (run.target, run.done, run.failed, run.skipped)
}

async fn confirmed(world: &World) -> Case {
    world.a_case().in_state(CaseState::Confirmed).open().await
}

#[tokio::test]
async fn a_run_revokes_proves_and_mails_what_is_confirmed_and_due() {
    let world = a_publishing_world().await;
    let (one, two) = (confirmed(&world).await, confirmed(&world).await);
    let waiting = world.a_case().open().await;

    assert_eq!(task(&world, "revoke_due", &[]).await, Ok(()));

    for case in [&one, &two] {
        assert_eq!(world.reload(case).await.state, CaseState::Completed);
        let mails = world.mails(case).await;
        let told = mails.iter().find(|mail| mail.kind == "revocation_completed").unwrap();
        assert_eq!(told.status, MessageStatus::Sent);
    }
    assert_eq!(world.reload(&waiting).await, waiting, "without a confirmation nothing is touched");
    assert_eq!(counts(&newest_run(&world, "revoke_due").await), (2, 2, 0, 0));
    assert_eq!(counts(&newest_run(&world, "prove").await), (2, 2, 0, 0));
}

#[tokio::test]
async fn a_second_run_does_nothing() {
    let world = a_publishing_world().await;
    let case = confirmed(&world).await;
    task(&world, "revoke_due", &[]).await.unwrap();
    let (after_first, mails) = (world.reload(&case).await, world.mails(&case).await.len());

    assert_eq!(task(&world, "revoke_due", &[]).await, Ok(()));

    assert_eq!(world.reload(&case).await, after_first);
    assert_eq!(world.mails(&case).await.len(), mails);
    assert_eq!(world.ca.revocations().len(), 1);
    assert_eq!(counts(&newest_run(&world, "revoke_due").await), (0, 0, 0, 0));
}

#[tokio::test]
async fn a_dry_run_counts_and_changes_nothing() {
    let world = a_publishing_world().await;
    let case = confirmed(&world).await;
    let stuck = world.a_case().in_state(CaseState::Revoking).open().await;
    let asked = world.ca.asked().len();

    assert_eq!(task(&world, "revoke_due", &[("dry_run", "true")]).await, Ok(()));

    assert_eq!(world.reload(&case).await, case);
    assert_eq!(world.reload(&stuck).await, stuck);
    assert_eq!(world.ca.asked().len(), asked);
    let run = newest_run(&world, "revoke_due").await;
    assert!(run.dry_run);
    assert_eq!(counts(&run), (1, 1, 0, 0));
}

#[tokio::test]
async fn a_dry_run_that_finds_a_problem_ends_with_status_1() {
    let world = a_publishing_world().await;
    let case = confirmed(&world).await;
    world.tamper("DELETE FROM authorizations").await;

    let told = task(&world, "revoke_due", &[("dry_run", "true")]).await.unwrap_err();

    assert!(told.contains(&case.reception_number.to_string()), "{told}");
}

#[tokio::test]
async fn above_the_limit_nothing_is_revoked_and_a_person_is_asked() {
    let world = World::with(World::new().await.now, |settings| settings.revocation.brake_limit = 1).await;
    let world = publishing(world);
    let cases = [confirmed(&world).await, confirmed(&world).await];

    for (arguments, words) in [(&[("dry_run", "true")][..], "止まります"), (&[][..], "止めました")] {
        let told = task(&world, "revoke_due", arguments).await.unwrap_err();
        assert!(told.contains(words) && told.contains("2件") && told.contains("1件"), "{told}");
    }

    for case in cases {
        assert_eq!(world.reload(&case).await.state, CaseState::Confirmed);
    }
    assert_eq!(newest_run(&world, "revoke_due").await.status, RunStatus::Braked);
    assert!(world.ca.revocations().is_empty());
}

#[tokio::test]
async fn a_case_that_the_ca_does_not_revoke_is_named_and_does_not_stop_the_others() {
    for (behaviour, state, code) in [
        (Behaviour::Refuses("never"), CaseState::OnHold, "ca_refused"),
        (Behaviour::OutOfReach, CaseState::Revoking, "ca_unavailable"),
    ] {
        let world = a_publishing_world().await;
        let (bad, good) = (confirmed(&world).await, confirmed(&world).await);
        world.ca.will(&world.source(&bad).await.serial, behaviour);

        let told = task(&world, "revoke_due", &[]).await.unwrap_err();

        assert!(told.contains(&bad.reception_number.to_string()) && told.contains(code), "{told}");
        assert_eq!(world.reload(&bad).await.state, state);
        assert_eq!(world.reload(&good).await.state, CaseState::Completed);
        assert_eq!(counts(&newest_run(&world, "revoke_due").await), (2, 1, 1, 0));
    }
}

#[tokio::test]
async fn a_case_that_was_left_in_execution_is_finished_first() {
    let world = a_publishing_world().await;
    let stuck = world.a_case().in_state(CaseState::Revoking).open().await;

    assert_eq!(task(&world, "revoke_due", &[]).await, Ok(()));

    assert_eq!(world.reload(&stuck).await.state, CaseState::Completed);
    assert_eq!(counts(&newest_run(&world, "rescue_stuck").await), (1, 1, 0, 0));
}

#[tokio::test]
async fn the_day_of_as_of_decides_what_is_due() {
    let world = a_publishing_world().await;
    let case = confirmed(&world).await;

    assert_eq!(task(&world, "revoke_due", &[("as_of", "2026-11-23")]).await, Ok(()));
    assert_eq!(world.reload(&case).await.state, CaseState::Confirmed);

    assert_eq!(task(&world, "revoke_due", &[("as_of", "2026-11-24")]).await, Ok(()));
    assert_eq!(world.reload(&case).await.state, CaseState::Completed);
    assert_eq!(newest_run(&world, "revoke_due").await.business_date, day("2026-11-24"));
}

#[tokio::test]
async fn a_run_that_is_asked_to_end_finishes_its_case_and_begins_no_other() {
    let world = a_publishing_world().await;
    for _ in 0..3 {
        confirmed(&world).await;
    }
    let stop = CancellationToken::new();
    let token = stop.clone();
    world.ca.when_revoking(move |_| {
        token.cancel();
        async {}
    });
    let today = world.today();
    let input =
        RevokeDue { today, cause: RunCause::Task, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| () };

    let outcome = run_revocations(&world.desk, input, &Actor::system(), world.now).await.unwrap();

    let run = outcome.run.unwrap();
    assert_eq!(run.status, RunStatus::Interrupted);
    assert_eq!(counts(&run), (3, 1, 0, 0));
    assert_eq!(world.ca.revocations().len(), 1);
    assert_eq!(outcome.follow_up.unwrap().proven.unwrap().done, 1, "the finished case is proven");
}

#[tokio::test]
async fn each_task_does_its_work_once_and_counts_it() {
    for (name, from, to) in [
        ("prove", CaseState::Revoked, CaseState::Completed),
        ("rescue_stuck", CaseState::Revoking, CaseState::Revoked),
        ("issue_pending", CaseState::AwaitingReissue, CaseState::AwaitingCall),
    ] {
        let world = World::new().await;
        let case = world.a_case().in_state(from).open().await;

        assert_eq!(task(&world, name, &[]).await, Ok(()), "{name}");
        assert_eq!(world.reload(&case).await.state, to, "{name}");
        assert_eq!(counts(&newest_run(&world, name).await), (1, 1, 0, 0), "{name}");

        assert_eq!(task(&world, name, &[]).await, Ok(()), "{name}");
        assert_eq!(counts(&newest_run(&world, name).await), (0, 0, 0, 0), "{name}");
    }
}

#[tokio::test]
async fn a_reminder_is_queued_once_however_often_the_task_runs() {
    let world = World::new().await;
    world.a_case().due_on(day("2026-12-01")).open().await;
    for (done, skipped) in [(1, 0), (0, 1)] {
        assert_eq!(task(&world, "remind", &[]).await, Ok(()));
        assert_eq!(counts(&newest_run(&world, "remind").await), (1, done, 0, skipped));
    }
}

#[tokio::test]
async fn a_case_whose_certificate_ran_out_is_ended_once() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    world.tamper("UPDATE certificates SET not_after = '2026-11-23T00:00:00+00:00'").await;

    assert_eq!(task(&world, "expire", &[]).await, Ok(()));
    assert_eq!(counts(&newest_run(&world, "expire").await), (1, 1, 0, 0));
    assert_eq!(world.reload(&case).await.state, CaseState::Expired);

    assert_eq!(task(&world, "expire", &[]).await, Ok(()));
    assert_eq!(counts(&newest_run(&world, "expire").await), (0, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_prove_each_case_once() {
    let world = publishing(World::with(World::new().await.now, |settings| settings.revocation.chunk = 2).await);
    let mut cases = Vec::new();
    for _ in 0..13 {
        cases.push(world.a_case().in_state(CaseState::Revoked).open().await);
    }
    publish_crls(&world.desk, world.now).await.unwrap();
    let run = || {
        let (desk, now) = (world.desk.clone(), world.now);
        tokio::spawn(async move { prove(&desk, &Actor::batch(), now).await.unwrap() })
    };

    let (one, two) = tokio::join!(run(), run());

    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.done + two.done, one.failed + two.failed), (13, 0), "{one:?} {two:?}");
    for counts in [one, two] {
        assert_eq!(counts.target, counts.done + counts.skipped, "{one:?} {two:?}");
    }
    for case in &cases {
        assert_eq!(world.reload(case).await.state, CaseState::Completed);
        assert_eq!(world.count(&format!("evidence WHERE case_id = {}", case.id)).await, 1);
        let mails = format!("messages WHERE kind = 'revocation_completed' AND case_id = {}", case.id);
        assert_eq!(world.count(&mails).await, 1);
        let events = format!("audit_events WHERE action = 'proof_seen' AND case_id = {}", case.id);
        assert_eq!(world.count(&events).await, 1);
    }
    assert_eq!(world.count("evidence_documents").await, 1);
    assert_sound(&world).await;
}

#[tokio::test]
async fn a_replacement_that_needs_a_new_examination_is_not_issued() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    world.tamper("UPDATE reissue_applications SET needs_reexamination = TRUE").await;

    assert_eq!(task(&world, "issue_pending", &[]).await, Ok(()));

    assert_eq!(world.reload(&case).await, case);
}

#[tokio::test]
async fn a_misspelt_argument_is_refused_before_anything_is_done() {
    let world = a_publishing_world().await;
    let case = confirmed(&world).await;
    for (name, argument) in [
        ("revoke_due", ("dryrun", "true")),
        ("revoke_due", ("dry_run", "yes")),
        ("revoke_due", ("as_of", "24.11.2026")),
        ("prove", ("as_of", "2026-11-24")),
        ("audit_verify", ("from", "1")),
        ("import_certificates", ("path", "x")),
        ("import_holidays", ("file", "/nowhere/to/be/found")),
    ] {
        let told = task(&world, name, &[argument]).await.unwrap_err();
        assert!(told.contains("引数") || told.contains("/nowhere"), "{told}");
    }
    assert_eq!(world.reload(&case).await, case);
}

#[tokio::test]
async fn a_broken_promise_ends_with_status_1_and_a_sound_desk_with_0() {
    let world = a_publishing_world().await;
    confirmed(&world).await;
    assert_eq!(task(&world, "check_invariants", &[]).await, Ok(()));
    assert_eq!(task(&world, "audit_verify", &[]).await, Ok(()));

    assert!(task(&world, "check_invariants", &[("as_of", "2026-11-25")]).await.is_err(), "overdue by then");
    world.tamper("UPDATE messages SET status = 'sent'").await;
    assert_eq!(task(&world, "check_overdue", &[]).await, Ok(()));
    world.tamper("UPDATE authorizations SET granted_at = '2026-11-23T08:00:00+00:00'").await;
    world.tamper("UPDATE revocation_cases SET due_on = '2026-11-23'").await;
    let told = task(&world, "check_overdue", &[]).await.unwrap_err();
    assert!(told.contains("overdue"), "{told}");
    world.tamper("DELETE FROM audit_events WHERE sequence = 2").await;
    assert!(task(&world, "audit_verify", &[]).await.is_err());
}

#[tokio::test]
async fn a_scheduled_run_leaves_a_row_only_when_it_did_something_or_failed() {
    let nothing = Counts { target: 3, skipped: 3, ..Counts::default() };
    let something = Counts { target: 1, done: 1, ..Counts::default() };
    let failed = Counts { target: 1, failed: 1, ..Counts::default() };
    for (cause, outcome, rows, status) in [
        (RunCause::Schedule, Ok(nothing), 0, None),
        (RunCause::Schedule, Ok(something), 1, Some(RunStatus::Finished)),
        (RunCause::Schedule, Ok(failed), 1, Some(RunStatus::Failed)),
        (RunCause::Schedule, Err(Error::internal("gone")), 1, Some(RunStatus::Failed)),
        (RunCause::Task, Ok(nothing), 1, Some(RunStatus::Finished)),
    ] {
        let world = World::new().await;
        let run = Run { task: "prove", today: world.today(), cause };

        let _ = record_run(&world.desk, run, async { outcome }, &Actor::batch(), world.now).await;

        let found = batch_runs::newest(&world.desk.db, &["prove"], None, 10).await.unwrap();
        assert_eq!(found.len(), rows, "{cause:?} {status:?}");
        assert_eq!(found.first().map(|run| run.status), status);
    }
}

#[tokio::test]
async fn a_customer_is_invited_by_the_organisations_key_or_number() {
    let world = World::new().await;
    let subscriber = world.a_subscriber().register().await;
    let id = subscriber.id.to_string();
    let account = |login: &'static str| [("login", login), ("name", "例文 花"), ("email", "hana@example.jp")];
    let invite = async |key: &str, login: &'static str| {
        let mut arguments = vec![("subscriber", key)];
        arguments.extend(account(login));
        task(&world, "invite_customer", &arguments).await
    };

    assert_eq!(invite(&id, "hana").await, Ok(()));
    world.tamper("UPDATE subscribers SET external_id = 'C-1001'").await;
    assert_eq!(invite("C-1001", "jiro").await, Ok(()));

    assert_eq!(world.count("customers").await, 2);
    assert_eq!(world.count("customer_links").await, 2);
    for (key, login, words) in [
        ("C-9", "saburo", "団体「C-9」は見つかりません。"),
        ("999", "saburo", "団体「999」は見つかりません。"),
        ("C-1001", "hana", "このユーザーIDはすでに使われています。"),
        ("C-1001", "x", "ユーザーIDを読み取れません。"),
    ] {
        let told = invite(key, login).await.unwrap_err();
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(world.count("customers").await, 2);
    let mails = messages::Entity::find().all(&world.desk.db).await.unwrap();
    let kinds: Vec<&str> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(kinds, ["customer_invited", "customer_invited"]);
}

#[tokio::test]
async fn a_signed_end_that_the_log_has_lost_ends_with_status_1() {
    let world = World::new().await;
    world.a_case().open().await;
    assert_eq!(task(&world, "export_audit_head", &[]).await, Ok(()));
    let folder = audit_heads::folder(&world.desk.settings).display().to_string();
    let heads = ("heads", folder.as_str());
    assert_eq!(task(&world, "audit_verify", &[heads]).await, Ok(()));
    let told = task(&world, "audit_verify", &[heads, ("key", "00")]).await.unwrap_err();
    assert!(told.contains("署名が合いません"), "{told}");

    world.tamper("DELETE FROM audit_events WHERE sequence > 3").await;
    let head = "UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit_events WHERE sequence = 3)";
    world.tamper(head).await;
    assert_eq!(task(&world, "audit_verify", &[]).await, Ok(()));
    let told = task(&world, "audit_verify", &[heads]).await.unwrap_err();
    assert!(told.contains("切り詰め"), "{told}");
}
