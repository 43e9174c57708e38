//! 失効バッチ: the page follows a run that another process works on.

use revocation_desk::models::batch_runs::{self, BatchRun, Counts, NewRun};
use revocation_desk::models::columns::{RunCause, RunStatus};

use super::working_agent;
use crate::harness::{Screen, Site};

async fn a_run(site: &Site) -> BatchRun {
    let new = NewRun {
        task: "revoke_due",
        business_date: site.world.today(),
        started_by: "batch".to_owned(),
        cause: RunCause::Schedule,
        dry_run: false,
        target: 200,
    };
    batch_runs::start(&site.world.desk.db, new, site.app.now()).await.unwrap().unwrap()
}

fn counts(done: i64, failed: i64) -> Counts {
    Counts { target: 200, done, failed, skipped: 0 }
}

#[tokio::test]
async fn the_bar_follows_the_run_step_by_step_and_nothing_moves() {
    let site = Site::open().await;
    let db = site.world.desk.db.clone();
    let run = a_run(&site).await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.open(&format!("/desk/batches/{}", run.id)).await;
    agent.sees("0／200件（0%）").await;
    agent.is_sound("begun").await;
    for (done, failed, shown) in [(40, 0, "40／200件（20%）"), (55, 5, "100／200件（50%）")] {
        batch_runs::add(&db, run.id, counts(done, failed), site.app.now()).await.unwrap();
        agent.sees(shown).await;
    }
    agent.sees("残り約").await;
    agent.is_sound("half").await;
    agent.set_screen(Screen::Half).await;
    agent.is_sound("half-at-640").await;
    agent.set_screen(Screen::Desk).await;
    let status = RunStatus::Failed;
    batch_runs::finish(&db, &run, status, counts(195, 5), "[]".to_owned(), site.app.now()).await.unwrap();
    agent.sees("200／200件（100%）").await;
    agent.sees("実行が終わりました。").await;
    agent.is_sound("ended").await;
    agent.press("更新").await;
    agent.sees_no("実行が終わりました。").await;
}

#[tokio::test]
async fn a_page_whose_line_was_cut_catches_up_when_it_is_back() {
    let (site, line, server) = Site::on_a_line().await;
    let db = site.world.desk.db.clone();
    let run = a_run(&site).await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.open(&format!("/desk/batches/{}", run.id)).await;
    batch_runs::add(&db, run.id, counts(40, 0), site.app.now()).await.unwrap();
    agent.sees("40／200件（20%）").await;

    line.lead_to("127.0.0.1:1".to_owned());
    batch_runs::add(&db, run.id, counts(60, 0), site.app.now()).await.unwrap();
    line.lead_to(server);

    agent.sees("100／200件（50%）").await;
    let status = RunStatus::Finished;
    batch_runs::finish(&db, &run, status, counts(200, 0), "[]".to_owned(), site.app.now()).await.unwrap();
    agent.sees("実行が終わりました。").await;
}

#[tokio::test]
async fn without_script_the_page_shows_the_same_after_another_look() {
    let site = Site::open().await;
    let run = a_run(&site).await;
    let agent = working_agent(&site, "misaki@ca.example", false).await;
    agent.open(&format!("/desk/batches/{}", run.id)).await;
    batch_runs::add(&site.world.desk.db, run.id, counts(40, 0), site.app.now()).await.unwrap();
    agent.sees("0／200件（0%）").await;
    agent.press("更新").await;
    agent.sees("40／200件（20%）").await;
}
