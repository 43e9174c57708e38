//! 失効バッチ while it runs: what the browser is told, and when the stream ends.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use revocation_desk::domain::role::Role;
use revocation_desk::models::batch_runs::{self, BatchRun, Counts};
use revocation_desk::models::columns::RunStatus;
use serde_json::Value;
use tower::ServiceExt;

use super::office::Office;
use crate::support::app::Browser;

fn counts(done: i64, failed: i64) -> Counts {
    Counts { target: 52, done, failed, skipped: 0 }
}

async fn finish(office: &Office, run: &BatchRun) {
    let db = &office.world.desk.db;
    let (counts, detail) = (counts(49, 3), "[]".to_owned());
    batch_runs::finish(db, run, RunStatus::Failed, counts, detail, office.app.now()).await.unwrap();
}

/// Name and data of each event.
fn events(body: &str) -> Vec<(String, Value)> {
    let blocks = body.split("\n\n").filter(|block| block.contains("event: "));
    let line = |block: &str, name: &str| {
        let found = block.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {name} in {block}"))
    };
    blocks.map(|block| (line(block, "event: "), serde_json::from_str(&line(block, "data: ")).unwrap())).collect()
}

/// Opens the stream and does not read it.
async fn open(office: &Office, browser: &Browser, run: &BatchRun) -> Response<Body> {
    let cookie = format!("desk_session={}", browser.cookie("desk_session").unwrap());
    let mut request = Request::get(format!("/desk/batches/{}/events", run.id))
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 50_000))));
    office.app.router().oneshot(request).await.unwrap()
}

async fn rest(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_run_of_another_node_is_followed_to_its_end() {
    let office = Office::open().await;
    let run = office.a_run(52).await;
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let address = format!("/desk/batches/{}/events", run.id);
    auditor
        .get(&format!("/desk/batches/{}", run.id))
        .await
        .assert_contains(&format!("data-run-events=\"{address}\""))
        .assert_contains("/run.js")
        .assert_contains("data-run=\"workers\">1</b>")
        .assert_contains("data-run=\"waiting\">51</b>");
    office.app.pass(chrono::Duration::seconds(10));
    let db = office.world.desk.db.clone();

    let stream = open(&office, &auditor, &run).await;
    assert_eq!(stream.headers()[header::CONTENT_TYPE], "text/event-stream");
    let work = async {
        batch_runs::join(&db, &run, office.app.now()).await.unwrap().unwrap();
        batch_runs::add(&db, run.id, counts(20, 1), office.app.now()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(2200)).await;
        finish(&office, &run).await;
    };
    let (body, ()) = tokio::join!(rest(stream), work);

    let told = events(&body);
    assert_eq!(told.first().unwrap().1["texts"]["done"], "0", "as it stood: {body}");
    let middle = told.iter().find(|(_, run)| run["value"] == 21).unwrap_or_else(|| panic!("{body}"));
    assert_eq!(middle.0, "progress");
    assert_eq!(middle.1["texts"]["summary"], "21／52件（40%）");
    assert_eq!((middle.1["texts"]["running"].as_str(), middle.1["texts"]["waiting"].as_str()), (Some("1"), Some("30")));
    assert_eq!(middle.1["texts"]["workers"], "2");
    assert!(middle.1["texts"]["pace"].as_str().unwrap().starts_with("毎秒"), "{body}");
    let (name, end) = told.last().unwrap();
    assert_eq!((name.as_str(), &end["value"], &end["failed"]), ("end", &52.into(), &3.into()));
    assert_eq!(end["texts"]["pace"], "");

    let page = auditor.get(&format!("/desk/batches/{}", run.id)).await;
    page.assert_lacks("data-run-events").assert_lacks("/run.js").assert_contains("52／52件（100%）");
    let told = events(&auditor.get(&address).await.body);
    assert_eq!(told.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["end"]);
    auditor.get("/desk/batches/9999/events").await.assert_status(404);
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_process() {
    let office = Office::open().await;
    let run = office.a_run(52).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let other = office.app.login_another(Role::Agent, "colleague@ca.example").await;
    let (mine, theirs) = (open(&office, &agent, &run).await, open(&office, &other, &run).await);

    agent.post_form("/password", "/logout", &[]).await.assert_status(303);
    assert_eq!(events(&rest(mine).await).len(), 1, "as it stood, and no more");

    office.app.services().stop.cancel();
    assert_eq!(events(&rest(theirs).await).len(), 1);
    office.app.services().finished().await;
}

#[tokio::test]
async fn nobody_who_is_not_logged_in_is_told_anything() {
    let office = Office::open().await;
    let run = office.a_run(52).await;
    let answer = office.app.visitor().get(&format!("/desk/batches/{}/events", run.id)).await;
    answer.assert_status(303);
}

#[tokio::test]
async fn streams_are_bounded_and_a_seat_is_free_again_when_its_browser_goes() {
    let office = Office::open().await;
    let run = office.a_run(52).await;
    let agent = office.app.login_as(Role::Agent).await;
    let mut seated = Vec::new();
    for _ in 0..128 {
        seated.push(open(&office, &agent, &run).await);
    }
    assert!(seated.iter().all(|stream| stream.status() == StatusCode::OK));
    assert_eq!(open(&office, &agent, &run).await.status(), StatusCode::NO_CONTENT, "a browser does not ask again");
    seated.pop();
    assert_eq!(open(&office, &agent, &run).await.status(), StatusCode::OK);
}
