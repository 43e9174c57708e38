//! 個人設定: the language and the keys of each member of staff.

use revocation_desk::domain::language::Language;
use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, users};
use serde_json::json;

use crate::support::app::{Browser, PASSWORD, TestApp};

const PAGE: &str = "/desk/preferences";

async fn choose(browser: &mut Browser, fields: &[(&str, &str)]) -> crate::support::app::Answer {
    browser.post_form(PAGE, PAGE, fields).await
}

#[tokio::test]
async fn everybody_chooses_for_themselves_and_for_nobody_else() {
    let app = TestApp::start().await;
    for role in Role::ALL {
        let mut browser = app.login_as(role).await;
        let mut colleague = app.login_another(role, &format!("second-{}@ca.example", role.as_str())).await;
        browser.get("/desk/today").await.assert_contains("<html lang=\"ja\">").assert_contains("本日の電話確認");

        let answer = choose(&mut browser, &[("language", "en"), ("single_keys", "on")]).await;

        answer.assert_status(303);
        assert_eq!(answer.location(), PAGE);
        browser.get(PAGE).await.assert_contains("Your preferences are saved.").assert_contains("value=\"en\" checked");
        browser.get("/desk/today").await.assert_contains("<html lang=\"en\">").assert_contains("Today&#39;s calls");
        browser.get("/password").await.assert_contains("<html lang=\"en\">");
        colleague.get("/desk/today").await.assert_contains("<html lang=\"ja\">");
    }
}

#[tokio::test]
async fn a_choice_is_stored_and_stands_in_the_audit_log() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    let before = users::Entity::find_by_email(&app.ctx.db, "agent@ca.example").await.unwrap().unwrap();
    assert_eq!((before.language, before.single_keys), (None, true));

    choose(&mut browser, &[("language", "en")]).await.assert_status(303);

    let after = users::Entity::find_by_email(&app.ctx.db, "agent@ca.example").await.unwrap().unwrap();
    assert_eq!((after.language, after.single_keys), (Some(Language::English), false));
    let events = audit_events::after(&app.ctx.db, 0, 20).await.unwrap();
    let event = events.iter().find(|event| event.action == "preferences_chosen").unwrap();
    assert_eq!(event.subject, format!("user:{}", after.id));
    assert_eq!(event.actor, format!("staff:{}", after.id));
    assert_eq!(event.facts(), json!({ "language": "en", "single_keys": false }));
}

#[tokio::test]
async fn without_single_keys_the_page_offers_the_script_none_and_says_so() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    browser.get("/desk/today").await.assert_contains("data-keys=\"n\" data-act=\"press\"").assert_lacks("nokeys");

    choose(&mut browser, &[("language", "ja")]).await.assert_status(303);

    let today = browser.get("/desk/today").await;
    today
        .assert_lacks("data-act=\"press\" data-on=\"[data-key=n]\"")
        .assert_contains("data-keys=\"PageUp\"")
        .assert_contains("class=\"nokeys\"")
        .assert_contains("使わないようにしています");
    browser.get(PAGE).await.assert_lacks("name=\"single_keys\" value=\"on\" checked");

    choose(&mut browser, &[("language", "ja"), ("single_keys", "on")]).await.assert_status(303);
    browser
        .get("/desk/today")
        .await
        .assert_contains("data-on=\"[data-key=n]\"")
        .assert_lacks("使わないようにしています");
}

#[tokio::test]
async fn an_unknown_language_is_refused_beside_its_field() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    for language in ["fr", ""] {
        let answer = choose(&mut browser, &[("language", language), ("single_keys", "on")]).await;
        answer.assert_status(422).assert_contains("id=\"e-language\"").assert_contains("<title>エラー: ");
        answer.assert_contains("name=\"single_keys\" value=\"on\" checked");
    }
    let user = users::Entity::find_by_email(&app.ctx.db, "agent@ca.example").await.unwrap().unwrap();
    assert_eq!(user.language, None);
}

#[tokio::test]
async fn a_choice_needs_a_log_in_and_the_token_of_the_form() {
    let app = TestApp::start().await;
    assert!(app.visitor().get(PAGE).await.location().starts_with("/login?next=/desk/preferences"));
    let mut browser = app.login_as(Role::Agent).await;
    let forged = browser.post(PAGE, &[("language", "en"), ("_csrf", "forged")]).await;
    assert_eq!(forged.assert_status(303).location(), "/desk/kept");
    browser.get("/desk/today").await.assert_contains("<html lang=\"ja\">");
}

#[tokio::test]
async fn what_was_chosen_is_there_on_another_computer_from_the_log_in_on() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    choose(&mut browser, &[("language", "en")]).await.assert_status(303);

    let mut elsewhere = app.visitor();
    elsewhere.log_in("agent@ca.example", PASSWORD).await.assert_status(303);

    elsewhere.get("/desk/today").await.assert_contains("<html lang=\"en\" class=\"nokeys\">");
    // Pages that know nobody follow: the log-in set the cookie.
    elsewhere.get("/desk/nowhere").await.assert_status(404).assert_contains("This page does not exist");
}
