//! 失効バッチ: the runs, what failed, and the bell that supervisors may ring.

use std::time::Duration;

use revocation_desk::actions::revoke_due::{RevokeDue, revoke_due};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::batch_runs;
use revocation_desk::models::columns::{RunCause, RunStatus};
use tokio_util::sync::CancellationToken;

use super::office::{Office, href};
use crate::fake_ca::Behaviour;

#[tokio::test]
async fn a_run_lists_what_it_did_and_what_failed_and_why() {
    let office = Office::open().await;
    let done = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let refused = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let source = office.world.source(&refused).await;
    office.world.ca.will(&source.serial, Behaviour::Refuses("not in our books"));
    let stop = CancellationToken::new();
    let today = office.world.today();
    let input = RevokeDue {
        today,
        cause: RunCause::Schedule,
        dry_run: false,
        brake_lifted: false,
        stop: &stop,
        progress: &|_| {},
    };
    let run = revoke_due(&office.app.services(), input, &Actor::batch(), office.app.now()).await.unwrap().unwrap();
    let mut auditor = office.app.login_as(Role::Auditor).await;

    let list = auditor.get("/desk/batches").await;
    list.assert_contains("毎日の実行").assert_contains(&format!("href=\"/desk/batches/{}\"", run.id));
    list.assert_contains("次の実行 11/24(火) 18:30").assert_lacks("いま実行する").assert_lacks("???");
    let page = auditor.get(&format!("/desk/batches/{}", run.id)).await;
    page.assert_status(200).assert_contains("CAが受け付けませんでした").assert_contains("not in our books");
    page.assert_contains(&href(&refused)).assert_lacks(&href(&done)).assert_lacks("???").assert_contains("100%");
    auditor.get(&href(&refused)).await.assert_contains("CAが失効を受け付けなかった");
}

#[tokio::test]
async fn a_supervisor_rings_the_batch_and_an_agent_does_not() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let untouched = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let page = agent.get("/desk/batches").await;
    page.assert_lacks("いま実行する");
    let csrf = page.hidden_fields("/logout").remove(0).1;
    agent.post("/desk/batches", &[("_csrf", &csrf)]).await.assert_status(403);

    let rung = supervisor.post_form("/desk/batches", "/desk/batches", &[]).await;

    assert_eq!(rung.assert_status(303).location(), "/desk/batches");
    supervisor.get("/desk/batches").await.assert_contains("実行を始めました。");
    let run = finished_run(&office).await;
    assert_eq!((run.done, run.failed), (1, 0));
    supervisor.get("/desk/batches").await.assert_contains("例文 supervisorが実行");
    assert_ne!(office.world.reload(&case).await.state, CaseState::Confirmed);
    assert_eq!(office.world.reload(&untouched).await.state, CaseState::AwaitingCall);
}

/// The run goes on in the background; a test that never sees its end hangs on to the limit and fails.
async fn finished_run(office: &Office) -> batch_runs::BatchRun {
    for _ in 0..600 {
        let runs = batch_runs::newest(&office.world.desk.db, &[], None, 10).await.unwrap();
        let of_revocations = |run: &batch_runs::BatchRun| run.task == "revoke_due" && run.status == RunStatus::Finished;
        if let Some(run) = runs.into_iter().find(of_revocations) {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run did not end");
}

#[tokio::test]
async fn the_runs_are_listed_in_pages() {
    let office = Office::open().await;
    let stop = CancellationToken::new();
    for _ in 0..51 {
        let input = RevokeDue {
            today: office.world.today(),
            cause: RunCause::Task,
            dry_run: true,
            brake_lifted: false,
            stop: &stop,
            progress: &|_| {},
        };
        revoke_due(&office.app.services(), input, &Actor::system(), office.app.now()).await.unwrap();
    }
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let first = auditor.get("/desk/batches").await;
    assert_eq!(first.body.matches("<tr data-row").count(), 50);
    let next = first.body.split("href=\"/desk/batches?after=").nth(1).unwrap().split('"').next().unwrap();
    let second = auditor.get(&format!("/desk/batches?after={next}")).await;
    assert_eq!(second.body.matches("<tr data-row").count(), 1);
}

#[tokio::test]
async fn a_supervisor_lets_a_braked_run_go_on_and_nobody_else_does() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let (db, now) = (&office.world.desk.db, office.app.now());
    let run = office.a_run(501).await;
    let counts = batch_runs::Counts { target: 501, skipped: 501, ..batch_runs::Counts::default() };
    let detail = r#"[{"result":"braked","due":501,"limit":500}]"#.to_owned();
    batch_runs::finish(db, &run, RunStatus::Braked, counts, detail, now).await.unwrap();
    let page = format!("/desk/batches/{}", run.id);
    let release = format!("{page}/release");

    let mut agent = office.app.login_as(Role::Agent).await;
    let seen = agent.get(&page).await;
    seen.assert_contains("上限の500件").assert_lacks("責任者として実行を許可する");
    let csrf = seen.hidden_fields("/logout").remove(0).1;
    agent.post(&release, &[("_csrf", &csrf)]).await.assert_status(403);

    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    supervisor.get(&page).await.assert_contains("責任者として実行を許可する");
    supervisor.post_form(&page, &release, &[]).await.assert_status(303);
    assert_eq!(finished_run(&office).await.done, 1);
    assert_ne!(office.world.reload(&case).await.state, CaseState::Confirmed);
}
