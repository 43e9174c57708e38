//! Single sign-on with a real provider (`scripts/oidc`) that runs for each test.

use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, users};
use serde_json::json;

use crate::provider::{Provider, come_back};
use crate::support::app::{Answer, Browser, PASSWORD, TestApp};

/// The provider's tokens are of now: so is the program.
pub async fn start(issuer: &str) -> TestApp {
    let folder = tempfile::tempdir().unwrap().keep();
    let secret = folder.join("secret");
    std::fs::write(&secret, "the secret of the desk\n").unwrap();
    let sso = json!({ "issuer": issuer, "client_id": "desk", "client_secret_file": secret });
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["sso"] = sso;
    })
    .await;
    std::fs::remove_dir_all(folder).unwrap();
    app
}

/// Presses the button, and says at the provider who one is: the address that leads back.
async fn go_and_be(browser: &mut Browser, next: &str, sub: &str) -> String {
    let there = browser.get(&format!("/login/sso?next={next}")).await;
    let url = there.assert_status(303).location().to_owned();
    assert!(url.contains("code_challenge_method=S256") && url.contains("nonce=") && url.contains("state="), "{url}");
    come_back(&url, sub).await
}

pub async fn log_in(app: &TestApp, sub: &str) -> (Browser, Answer) {
    let mut browser = app.visitor();
    let back = go_and_be(&mut browser, "/desk/cases", sub).await;
    let answer = browser.get(&back).await;
    (browser, answer)
}

#[tokio::test]
async fn a_user_comes_from_the_log_in_of_the_company_to_the_page_asked_for_and_is_known_by_subject_from_then_on() {
    let provider = Provider::start();
    let app = start(&provider.url).await;
    let hana = app.user("hana@ca.example", Role::Agent).await;
    app.visitor().get("/login").await.assert_contains("会社のアカウントでログイン").assert_contains("パスワード");

    let (mut browser, answer) = log_in(&app, "hana").await;
    assert_eq!(answer.assert_status(303).location(), "/desk/cases");
    browser.get("/desk/account").await.assert_status(200).assert_contains("会社のアカウント");

    let tied = users::Entity::find_by_email(&app.ctx.db, "hana@ca.example").await.unwrap().unwrap();
    assert_eq!(tied.sso_subject, Some(format!("{} hana", provider.url)));
    let event = audit_events::after(&app.ctx.db, 0, 10).await.unwrap().remove(0);
    assert_eq!((event.action.as_str(), event.facts()["by"].as_str()), ("logged_in", Some("sso")));
    // The same address with another subject is another person.
    log_in(&app, "other-hana").await.1.assert_status(422).assert_contains("登録されていません");
    // A one-time password that nobody used is no hindrance, and a closed account is one.
    users::disable(&app.ctx.db, hana.id, app.now()).await.unwrap();
    log_in(&app, "hana").await.1.assert_status(422).assert_contains("登録されていません");
}

#[tokio::test]
async fn nobody_gets_in_without_an_account_or_a_verified_address() {
    let provider = Provider::start();
    let app = start(&provider.url).await;
    app.user("jiro@ca.example", Role::Agent).await;
    for sub in ["stranger", "unverified"] {
        let (mut browser, answer) = log_in(&app, sub).await;
        answer.assert_status(422).assert_contains("登録されていません");
        assert!(browser.get("/desk/today").await.location().starts_with("/login"), "{sub}");
    }
    assert!(audit_events::after(&app.ctx.db, 0, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_comes_back_counts_for_the_browser_that_left_and_once() {
    let provider = Provider::start();
    let app = start(&provider.url).await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    let back = go_and_be(&mut browser, "", "hana").await;

    // Somebody else's browser, which never left.
    let mut other = app.visitor();
    assert!(other.get(&back).await.location().starts_with("/login"));
    // Another state: a code that somebody planted.
    let mut planted = app.visitor();
    go_and_be(&mut planted, "", "hana").await;
    planted.get(&back).await.assert_status(422).assert_contains("会社のアカウントで確認できませんでした");
    assert!(planted.get("/desk/today").await.location().starts_with("/login"));

    // Somebody else's code with one's own state.
    let (mut thief, mut owner) = (app.visitor(), app.visitor());
    let (own, stolen) = (go_and_be(&mut thief, "", "stranger").await, go_and_be(&mut owner, "", "hana").await);
    let part = |back: &str, name: &str| back.split(['?', '&']).find(|part| part.starts_with(name)).unwrap().to_owned();
    let swapped = format!("/login/sso/callback?{}&{}", part(&stolen, "code="), part(&own, "state="));
    thief.get(&swapped).await.assert_status(422).assert_contains("会社のアカウントで確認できませんでした");

    assert_eq!(browser.get(&back).await.location(), "/desk/today");
    let again = browser.get(&back).await;
    assert!(again.location().starts_with("/login"), "{}", again.location());
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_the_password() {
    let app = start("http://127.0.0.1:9").await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    let told = browser.get("/login/sso").await;
    told.assert_status(422).assert_contains("会社のログイン画面につながりません");
    browser.log_in("hana@ca.example", PASSWORD).await.assert_status(303);
}

#[tokio::test]
async fn an_administrator_sees_how_it_is_set_and_tries_it() {
    let provider = Provider::start();
    let app = start(&provider.url).await;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/sso").await;
    page.assert_contains(&provider.url)
        .assert_contains("http://desk.test/login/sso/callback")
        .assert_lacks("the secret");
    admin.post_form("/desk/settings/sso", "/desk/settings/sso/check", &[]).await.assert_status(303);
    admin.get("/desk/settings/sso").await.assert_contains("発行者につながりました。");
    app.login_as(Role::Agent).await.get("/desk/settings/sso").await.assert_status(403);

    let bare = TestApp::start().await;
    bare.visitor().get("/login").await.assert_lacks("会社のアカウント");
    bare.visitor().get("/login/sso").await.assert_status(404);
    bare.visitor().get("/login/sso/callback?code=a&state=b").await.assert_status(404);
    bare.login_as(Role::Admin).await.get("/desk/settings/sso").await.assert_contains("使っていません");
}
