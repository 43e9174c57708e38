//! What others do meanwhile: the stream that says so, and pages that look again by themselves.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use chrono::Duration;
use futures::StreamExt;
use revocation_desk::domain::role::Role;
use tower::ServiceExt;

use super::office::{Office, claim, href};
use crate::support::app::{Answer, Browser};

fn request(browser: &Browser, path: &str, quiet: bool) -> Request<Body> {
    let cookie = format!("desk_session={}", browser.cookie("desk_session").unwrap());
    let mut request = Request::get(path).header(header::COOKIE, cookie);
    if quiet {
        request = request.header("x-quiet", "1");
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 50_000))));
    request
}

async fn look(browser: &mut Browser, path: &str) -> Answer {
    let request = request(browser, path, true);
    browser.send(request).await
}

#[tokio::test]
async fn what_a_colleague_does_is_told_within_a_moment() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let agent = office.app.login_as(Role::Agent).await;
    let mut colleague = office.app.login_another(Role::Agent, "aoi@ca.example").await;
    let response = office.app.router().oneshot(request(&agent, "/desk/news/events", false)).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut told = response.into_body().into_data_stream();
    let first = told.next().await.unwrap().unwrap();

    claim(&mut colleague, &case).await.assert_status(303);

    let second = told.next().await.unwrap().unwrap();
    let sequence = |event: &[u8]| -> i64 {
        let text = String::from_utf8(event.to_vec()).unwrap();
        assert!(text.contains("event: news"), "{text}");
        text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().parse().unwrap()
    };
    assert!(sequence(&second) > sequence(&first));
}

#[tokio::test]
async fn a_page_that_looks_by_itself_neither_eats_a_message_nor_keeps_anybody_logged_in() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);

    look(&mut agent, "/desk/today").await.assert_status(200).assert_lacks("この案件を");
    agent.get(&href(&case)).await.assert_contains("この案件を");

    let mut answers = Vec::new();
    for _ in 0..4 {
        office.app.pass(Duration::minutes(4));
        answers.push(look(&mut agent, "/desk/today").await.status);
    }
    assert_eq!(answers, [200, 200, 200, 303], "logged out after 15 minutes without a person");
}

#[tokio::test]
async fn the_lists_say_what_they_know_and_what_changes_in_them() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for path in ["/desk/today", "/desk/cases"] {
        let page = agent.get(path).await;
        page.assert_contains("data-news=\"").assert_contains(&format!("data-row=\"{}\"", case.reception_number));
        page.assert_contains(&format!("data-live=\"{} status\"", case.reception_number)).assert_contains("/live.js");
    }
}
