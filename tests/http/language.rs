//! In which language pages without a log-in, refusals and the API answer.

use axum::http::Method;
use revocation_desk::domain::role::Role;
use serde_json::json;

use crate::support::app::{PASSWORD, TestApp};

#[tokio::test]
async fn the_log_in_page_changes_its_language_by_a_link_and_remembers_it() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    let page = browser.get("/login?next=/desk/cases%3Fq%3Da").await;
    page.assert_contains("<html lang=\"ja\">");
    page.assert_contains(
        "href=\"/login?next=/desk/cases%3Fq%3Da&#38;language=en\" lang=\"en\" hreflang=\"en\">English<",
    );

    let page = browser.get("/login?next=/desk/cases%3Fq%3Da&language=en").await;

    page.assert_contains("<html lang=\"en\">").assert_contains("value=\"/desk/cases?q=a\"").assert_contains(">日本語<");
    let refused = browser.log_in("hana@ca.example", "wrong password").await;
    refused.assert_status(422).assert_contains("User ID or password is wrong.");
    browser.get("/nowhere").await.assert_status(404).assert_contains("This page does not exist.");

    // Who has chosen none goes on in the language of the log-in.
    browser.log_in("hana@ca.example", PASSWORD).await.assert_status(303);
    browser.get("/desk/today").await.assert_contains("<html lang=\"en\">");
    // The portal has only one.
    browser.get("/portal/nowhere").await.assert_status(404).assert_contains("<html lang=\"ja\">");
    browser.get("/portal/login").await.assert_contains("<html lang=\"ja\">");
}

#[tokio::test]
async fn a_language_that_is_none_changes_nothing() {
    let app = TestApp::start().await;
    let mut browser = app.visitor();
    for language in ["fr", "", "en%0d%0aX-Evil:1"] {
        let page = browser.get(&format!("/login?language={language}")).await;
        page.assert_status(200).assert_contains("<html lang=\"ja\">");
        assert_eq!(browser.cookie("desk_language"), None);
    }
    browser.set_cookie("desk_language", "fr");
    browser.get("/login").await.assert_contains("<html lang=\"ja\">");
}

#[tokio::test]
async fn the_api_refuses_in_the_language_that_the_program_asks_for() {
    let app = TestApp::start().await;
    let program = app.program(Role::Admin).await;
    for (asked, language, detail) in [
        (None, "ja", "「-----BEGIN"),
        (Some("en"), "en", "The certificate cannot be read."),
        (Some("en-GB,en;q=0.9,ja;q=0.1"), "en", "The certificate cannot be read."),
        (Some("ja"), "ja", "「-----BEGIN"),
        (Some("fr"), "ja", "「-----BEGIN"),
    ] {
        let body = json!({ "subscriber_id": 1, "pem": "nothing" });
        let headers: Vec<_> = asked.map(|asked| ("accept-language", asked)).into_iter().collect();
        let answer = program.call(Method::POST, "/api/v1/certificates", Some(body), &headers).await;
        answer.assert_status(422);
        assert_eq!(answer.header("content-language"), language, "{asked:?}");
        let problem = answer.json();
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{asked:?}: {problem}");
        assert_eq!(problem["code"], "certificate_malformed");
    }
}
