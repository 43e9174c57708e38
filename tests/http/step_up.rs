//! What a computer left alone must not do asks for a proof that is not older than five minutes.

use chrono::Duration;
use revocation_desk::domain::confirmation_code::code_at;
use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, users};

use crate::pages::assert_sound;
use crate::support::app::{Browser, PASSWORD, TestApp};

const NEW: &str = "/desk/settings/users";
const FIELDS: [(&str, &str); 4] =
    [("name", "例文 花 & 子"), ("email", "hana@ca.example"), ("role", "agent"), ("reason", "入社")];

/// An administrator who logged in some minutes ago, and the hidden fields of a form that is open since then.
async fn admin(app: &TestApp, minutes: i64) -> (Browser, String) {
    let mut admin = app.login_as(Role::Admin).await;
    let csrf = admin.get("/desk/settings/users/new").await.hidden_fields(NEW).remove(0).1;
    app.pass(Duration::minutes(minutes));
    (admin, csrf)
}

async fn create(admin: &mut Browser, csrf: &str, proof: &[(&str, &str)]) -> crate::support::app::Answer {
    let mut fields = vec![("_csrf", csrf)];
    fields.extend(FIELDS);
    fields.extend(proof);
    admin.post(NEW, &fields).await
}

async fn is_there(app: &TestApp) -> bool {
    users::Entity::find_by_email(&app.ctx.db, "hana@ca.example").await.unwrap().is_some()
}

#[tokio::test]
async fn for_five_minutes_after_the_log_in_nothing_more_is_asked() {
    for (minutes, status) in [(4, 200), (5, 403)] {
        let app = TestApp::start().await;
        let (mut admin, csrf) = admin(&app, minutes).await;
        create(&mut admin, &csrf, &[]).await.assert_status(status);
        assert_eq!(is_there(&app).await, status == 200, "{minutes}");
    }
}

#[tokio::test]
async fn the_form_comes_along_and_is_taken_once_the_password_is_right() {
    let app = TestApp::start().await;
    let (mut admin, csrf) = admin(&app, 6).await;
    let asked = create(&mut admin, &csrf, &[]).await;
    asked.assert_status(403).assert_contains("本人の確認").assert_contains("value=\"例文 花 &#38; 子\"");
    assert_sound("proof-real", &asked.body);
    assert!(!is_there(&app).await);

    let empty = create(&mut admin, &csrf, &[("proof_password", "")]).await;
    empty.assert_status(422).assert_contains("パスワードか確認コードを入力してください。");
    let wrong = create(&mut admin, &csrf, &[("proof_password", "wrong password")]).await;
    wrong.assert_status(422).assert_contains("いまのパスワードが違います。").assert_contains("value=\"入社\"");
    assert!(!is_there(&app).await);
    let done = create(&mut admin, &csrf, &[("proof_password", PASSWORD)]).await;
    done.assert_status(200).assert_contains("一度だけ使えるパスワード");
    let user = users::Entity::find_by_email(&app.ctx.db, "hana@ca.example").await.unwrap().unwrap();
    assert_eq!(user.name, "例文 花 & 子");
    let events = audit_events::after(&app.ctx.db, 0, 100).await.unwrap();
    let acts: Vec<_> = events.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(acts, ["logged_in", "identity_proven", "user_created"]);

    // From now on for five minutes.
    app.pass(Duration::minutes(4));
    let again = create(&mut admin, &csrf, &[]).await;
    again.assert_status(409);
}

#[tokio::test]
async fn guesses_are_counted_with_those_of_the_log_in() {
    let app = TestApp::start().await;
    let (mut admin, csrf) = admin(&app, 6).await;
    for _ in 0..5 {
        create(&mut admin, &csrf, &[("proof_password", "wrong password")]).await.assert_status(422);
    }
    let locked = create(&mut admin, &csrf, &[("proof_password", PASSWORD)]).await;
    locked.assert_status(422).assert_contains("10:21以降にもう一度お試しください");
    assert!(!is_there(&app).await);
    app.visitor().log_in("admin@ca.example", PASSWORD).await.assert_status(422).assert_contains("10:21以降");
}

#[tokio::test]
async fn a_form_of_another_site_or_session_asks_nobody_and_guesses_nothing() {
    let app = TestApp::start().await;
    let (mut admin, _) = admin(&app, 6).await;
    for token in ["", "0000"] {
        create(&mut admin, token, &[("proof_password", PASSWORD)]).await;
        assert!(!is_there(&app).await);
    }
    let events = audit_events::after(&app.ctx.db, 0, 100).await.unwrap();
    assert!(events.iter().all(|event| event.action != "identity_proven"));
}

#[tokio::test]
async fn a_code_of_the_app_is_a_proof_too() {
    let app = TestApp::start().await;
    let mut hana = app.login_as(Role::Admin).await;
    let page = hana.get("/desk/account/code").await;
    let secret = page.body.split("translate=\"no\">").nth(1).unwrap().split("</dd>").next().unwrap().replace(' ', "");
    let code = code_at(&secret, app.now()).unwrap();
    hana.post_form("/desk/account/code", "/desk/account/code", &[("code", &code)]).await.assert_status(200);
    let csrf = hana.get("/desk/settings/users/new").await.hidden_fields(NEW).remove(0).1;
    app.pass(Duration::minutes(6));
    let asked = create(&mut hana, &csrf, &[]).await;
    asked.assert_status(403).assert_contains("確認コード");
    let code = code_at(&secret, app.now()).unwrap();
    create(&mut hana, &csrf, &[("proof_code", &code)]).await.assert_status(200);
    assert!(is_there(&app).await);
}

#[tokio::test]
async fn exports_ask_and_then_give_the_file() {
    let app = TestApp::start().await;
    let mut supervisor = app.login_as(Role::Supervisor).await;
    let hidden = supervisor.get("/desk/cases").await.hidden_fields("/desk/exports/cases");
    app.pass(Duration::minutes(6));
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    supervisor.post("/desk/exports/cases", &fields).await.assert_status(403).assert_contains("本人の確認");
    fields.push(("proof_password", PASSWORD));
    let file = supervisor.post("/desk/exports/cases", &fields).await;
    file.assert_status(200);
    assert!(file.header("content-type").starts_with("text/csv"), "{:?}", file.headers);
}
