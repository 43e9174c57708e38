//! Floods: log-ins on many accounts, guessed tokens, and more requests than anybody reads answers.

use chrono::Duration;
use revocation_desk::domain::role::Role;

use crate::support::app::{TestApp, set};

#[tokio::test]
async fn one_address_that_tries_many_accounts_has_to_wait_and_the_others_have_not() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut stranger = app.visitor();
    stranger.address = "203.0.113.9".to_owned();
    for n in 0..50 {
        // Alternately at both doors.
        let (page, name) = if n % 2 == 0 { ("/login", "email") } else { ("/portal/login", "login") };
        let account = format!("account{n}@ca.example");
        let answer = stranger.post_form(page, page, &[(name, &account), ("password", "guess guess guess")]).await;
        answer.assert_status(422).assert_lacks("ネットワーク");
    }
    let stopped = stranger.log_in("hana@ca.example", crate::support::app::PASSWORD).await;
    stopped.assert_status(422).assert_contains("お使いのネットワークからのログインの失敗が続いたため、10:15まで");
    let mut another = app.visitor();
    another.address = "203.0.113.10".to_owned();
    another.log_in("hana@ca.example", crate::support::app::PASSWORD).await.assert_status(303);
    app.pass(Duration::minutes(16));
    stranger.log_in("hana@ca.example", crate::support::app::PASSWORD).await.assert_status(303);
}

#[tokio::test]
async fn who_guesses_tokens_has_to_wait() {
    let app = TestApp::start_with(|config| set(config, "limits.unknown_tokens_per_minute", 5)).await;
    let program = app.program(Role::Agent).await;
    let mut guessing = program.clone();
    for n in 0..5 {
        guessing.token = Some(format!("rdesk_guess{n}"));
        guessing.get("/api/v1/cases").await.assert_status(401);
    }
    let stopped = guessing.get("/api/v1/cases").await;
    assert_eq!(stopped.assert_status(429).header("retry-after"), "60");
    assert_eq!(stopped.header("content-type"), "application/problem+json");
    assert_eq!(stopped.json()["code"], "too_many_requests");
    // From that address not even a right one: else the answers would tell which guess was right.
    program.get("/api/v1/cases").await.assert_status(429);
    app.pass(Duration::minutes(1));
    program.get("/api/v1/cases").await.assert_status(200);
}

#[tokio::test]
async fn a_program_and_a_customers_address_get_so_many_answers_a_minute() {
    let app = TestApp::start_with(|config| {
        set(config, "limits.api_per_minute", 3);
        set(config, "limits.portal_per_minute", 4);
    })
    .await;
    let (program, another) = (app.program(Role::Agent).await, app.program(Role::Auditor).await);
    let mut visitor = app.visitor();
    visitor.address = "2001:db8:1:2::1".to_owned();
    for _ in 0..3 {
        program.get("/api/v1/cases").await.assert_status(200);
        visitor.get("/portal/login").await.assert_status(200);
    }
    program.get("/api/v1/cases").await.assert_status(429);
    another.get("/api/v1/cases").await.assert_status(200);
    visitor.get("/portal/login").await.assert_status(200);
    visitor.address = "2001:db8:1:2::2".to_owned();
    visitor.get("/portal/login").await.assert_status(429).assert_contains("しばらくお待ちください");
    visitor.get("/login").await.assert_status(200);
    visitor.address = "2001:db8:1:3::1".to_owned();
    visitor.get("/portal/login").await.assert_status(200);
    app.pass(Duration::minutes(1));
    program.get("/api/v1/cases").await.assert_status(200);
}
