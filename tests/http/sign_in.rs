//! How staff log in with more than a password, where they are logged in, and who gets in at all.

use chrono::Duration;
use revocation_desk::domain::confirmation_code::code_at;
use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, sessions, users};

use crate::pages::assert_sound;
use crate::support::app::{Browser, PASSWORD, TestApp, set};

const CODE_REFUSED: &str = "確認コードが違うか、期限が切れています。認証アプリに表示中の6桁を入力してください。";
const ENROL: &str = "/desk/account/code";
const SESSIONS: &str = "/desk/account/sessions/end";
const HANA: &str = "agent@ca.example";

/// Where a second factor is asked of everybody.
async fn strict() -> TestApp {
    TestApp::start_with(|config| {
        set(config, "clock_starts_at", "2026-11-24T01:00:00Z");
        config.settings.as_mut().unwrap()["staff"] = serde_json::json!({ "require_second_factor": true });
    })
    .await
}

/// Sets the confirmation code up; the secret, and the recovery codes.
async fn enrol(app: &TestApp, browser: &mut Browser) -> (String, Vec<String>) {
    let page = browser.get(ENROL).await;
    let secret = between(&page.assert_status(200).body, "translate=\"no\">", "</dd>").replace(' ', "");
    let code = code_at(&secret, app.now()).unwrap();
    let answer = browser.post_form(ENROL, ENROL, &[("code", &code)]).await;
    assert_sound("account-recovery-real", &answer.assert_status(200).body);
    let codes = between(&answer.body, "<ol class=\"codes\" translate=\"no\">", "</ol>");
    let codes = codes.split("<li>").skip(1).map(|item| item.split("</li>").next().unwrap().to_owned());
    (secret, codes.collect())
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split(start).nth(1).unwrap_or_else(|| panic!("no {start} in {text}")).split(end).next().unwrap()
}

async fn user(app: &TestApp, email: &str) -> users::Model {
    users::Entity::find_by_email(&app.ctx.db, email).await.unwrap().unwrap()
}

async fn acts(app: &TestApp) -> Vec<String> {
    audit_events::after(&app.ctx.db, 0, 100).await.unwrap().into_iter().map(|event| event.action).collect()
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/desk/today").await.status.as_u16() == 200
}

#[tokio::test]
async fn with_a_confirmation_code_a_password_alone_opens_nothing() {
    let app = TestApp::start().await;
    let (secret, recovery) = enrol(&app, &mut app.login_as(Role::Agent).await).await;
    assert_eq!(recovery.len(), 10);
    let stored = user(&app, HANA).await.totp_secret.unwrap();
    assert!(stored.starts_with("v1.") && !stored.contains(&secret), "sealed: {stored}");
    app.pass(Duration::minutes(2));

    let mut hana = app.visitor();
    let answer = hana.post_form("/login?next=/desk/cases", "/login", &[("email", HANA), ("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/login/code");
    assert!(!is_in(&mut hana).await);
    let page = hana.get("/login/code").await;
    page.assert_contains("autocomplete=\"one-time-code\"").assert_contains("inputmode=\"numeric\"");
    let right = code_at(&secret, app.now()).unwrap();
    let wrong = if right == "000000" { "111111" } else { "000000" };
    let refused = hana.post_form("/login/code", "/login/code", &[("code", wrong)]).await;
    refused.assert_status(422).assert_contains(CODE_REFUSED);
    let spaced = format!("{} {}", &right[..3], &right[3..]);
    let done = hana.post_form("/login/code", "/login/code", &[("code", &spaced)]).await;
    assert_eq!(done.assert_status(303).location(), "/desk/cases", "the page that was asked for");
    assert!(is_in(&mut hana).await);

    // The same code once more, by somebody who looked over her shoulder.
    let mut thief = app.visitor();
    thief.log_in(HANA, PASSWORD).await;
    thief.post_form("/login/code", "/login/code", &[("code", &right)]).await.assert_status(422);
}

#[tokio::test]
async fn wrong_codes_count_like_wrong_passwords_and_the_time_is_told() {
    let app = TestApp::start().await;
    let (secret, _) = enrol(&app, &mut app.login_as(Role::Agent).await).await;
    app.pass(Duration::minutes(2));
    let mut hana = app.visitor();
    hana.log_in(HANA, PASSWORD).await.assert_status(303);
    for _ in 0..5 {
        hana.post_form("/login/code", "/login/code", &[("code", "12345")]).await.assert_contains(CODE_REFUSED);
    }
    let right = code_at(&secret, app.now()).unwrap();
    let locked = hana.post_form("/login/code", "/login/code", &[("code", &right)]).await;
    locked.assert_status(422).assert_contains("10:17以降にもう一度お試しください");
    app.visitor().log_in(HANA, PASSWORD).await.assert_status(422).assert_contains("10:17以降");
}

#[tokio::test]
async fn a_right_password_waits_five_minutes_for_its_code() {
    for (minutes, opens) in [(4, true), (5, false)] {
        let app = TestApp::start().await;
        let (secret, _) = enrol(&app, &mut app.login_as(Role::Agent).await).await;
        app.pass(Duration::minutes(2));
        let mut hana = app.visitor();
        hana.log_in(HANA, PASSWORD).await.assert_status(303);
        let csrf = hana.get("/login/code").await.hidden_fields("/login/code").remove(0).1;
        app.pass(Duration::minutes(minutes));
        let code = code_at(&secret, app.now()).unwrap();
        let answer = hana.post("/login/code", &[("_csrf", csrf.as_str()), ("code", code.as_str())]).await;
        assert_eq!(is_in(&mut hana).await, opens, "{minutes} {}", answer.location());
    }
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once() {
    let app = TestApp::start().await;
    let (_, recovery) = enrol(&app, &mut app.login_as(Role::Agent).await).await;
    for (opens, left) in [(true, "未使用の予備のコード　9個"), (false, "")] {
        let mut hana = app.visitor();
        hana.log_in(HANA, PASSWORD).await.assert_status(303);
        let given = recovery[3].to_uppercase();
        hana.post_form("/login/code", "/login/code", &[("recovery", &given)]).await;
        assert_eq!(is_in(&mut hana).await, opens);
        if opens {
            hana.get("/desk/account").await.assert_contains(left);
        }
    }
}

#[tokio::test]
async fn where_a_second_factor_is_asked_nobody_works_without_one() {
    let app = strict().await;
    let mut hana = app.login_as(Role::Agent).await;
    for page in ["/desk/today", "/desk/cases", "/desk/account", "/password", "/"] {
        assert_eq!(hana.get(page).await.location(), ENROL, "{page}");
    }
    let posted = hana.get(ENROL).await.hidden_fields("/logout").remove(0).1;
    assert_eq!(hana.post("/desk/next", &[("_csrf", posted.as_str())]).await.location(), ENROL);
    let page = hana.get(ENROL).await;
    page.assert_contains("パスワードだけで仕事を始められません");
    enrol(&app, &mut hana).await;
    assert!(is_in(&mut hana).await);

    // It is not taken off again.
    let off = "/desk/account/code/off";
    let refused = hana.post_form(off, off, &[]).await;
    refused.assert_status(409).assert_contains("最後の1つは外せません");
    let mut new = app.login_another(Role::Agent, "jiro@ca.example").await;
    new.post_form(ENROL, "/logout", &[]).await.assert_status(303);
    assert!(new.get("/desk/today").await.location().starts_with("/login"), "one may leave");
}

#[tokio::test]
async fn whoever_is_logged_in_sees_where_and_ends_the_others() {
    let app = TestApp::start().await;
    let mut desk = app.login_as(Role::Agent).await;
    let mut forgotten = app.visitor();
    forgotten.address = "192.0.2.7".to_owned();
    forgotten.log_in(HANA, PASSWORD).await.assert_status(303);
    let mut third = app.visitor();
    third.log_in(HANA, PASSWORD).await.assert_status(303);
    let mut stranger = app.login_as(Role::Supervisor).await;

    let page = desk.get("/desk/account").await;
    page.assert_contains("192.0.2.7").assert_contains("この端末").assert_contains("パスワード");
    let rows = sessions::of_user(&app.ctx.db, user(&app, HANA).await.id, app.now()).await.unwrap();
    assert_eq!(rows.len(), 3);
    let one = rows.iter().find(|row| row.data.contains("192.0.2.7")).unwrap().id_hash.clone();
    let csrf = stranger.get("/desk/account").await.hidden_fields("/logout").remove(0).1;
    let not_his = stranger.post(SESSIONS, &[("_csrf", csrf.as_str()), ("session", one.as_str())]).await;
    not_his.assert_status(404);
    assert!(is_in(&mut forgotten).await);

    desk.post_form("/desk/account", SESSIONS, &[("session", &one)]).await.assert_status(303);
    assert!(!is_in(&mut forgotten).await);
    assert!(is_in(&mut third).await && is_in(&mut desk).await);
    let csrf = desk.get("/desk/account").await.hidden_fields("/logout").remove(0).1;
    desk.post(SESSIONS, &[("_csrf", csrf.as_str())]).await.assert_status(303);
    assert!(!is_in(&mut third).await);
    assert!(is_in(&mut desk).await && is_in(&mut stranger).await);
    assert_eq!(acts(&app).await.iter().filter(|act| *act == "sessions_ended").count(), 2);
}

#[tokio::test]
async fn an_administrator_ends_anybodys_log_ins_and_takes_away_a_lost_factor() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let mut hana = app.login_as(Role::Agent).await;
    enrol(&app, &mut hana).await;
    let id = user(&app, HANA).await.id;
    let person = format!("/desk/settings/users/{id}");
    admin
        .get(&person)
        .await
        .assert_contains("確認コード")
        .assert_contains("ログイン中の端末")
        .assert_contains("127.0.0.1");

    let end = format!("{person}/sessions");
    admin.post_form(&end, &end, &[("reason", "")]).await.assert_status(422);
    admin.post_form(&end, &end, &[("reason", "端末の紛失")]).await.assert_status(303);
    assert!(!is_in(&mut hana).await);
    app.visitor().log_in(HANA, PASSWORD).await.assert_status(303);

    let factor = format!("{person}/factor");
    admin.post_form(&factor, &factor, &[("reason", "スマートフォンの故障")]).await.assert_status(303);
    let mut hana = app.visitor();
    hana.log_in(HANA, PASSWORD).await.assert_status(303);
    assert!(is_in(&mut hana).await, "the password is enough again");
    let acts = acts(&app).await;
    assert!(
        acts.contains(&"sessions_ended".to_owned()) && acts.contains(&"user_factor_released".to_owned()),
        "{acts:?}"
    );
    let mut agent = app.login_another(Role::Agent, "jiro@ca.example").await;
    let csrf = agent.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
    for path in [&end, &factor] {
        agent.post(path, &[("_csrf", csrf.as_str()), ("reason", "いたずら")]).await.assert_status(403);
    }
}

#[tokio::test]
async fn the_access_review_lists_everybody_and_is_in_the_audit_log() {
    let app = TestApp::start().await;
    enrol(&app, &mut app.login_as(Role::Agent).await).await;
    let gone = app.user("gone@ca.example", Role::Auditor).await;
    users::disable(&app.ctx.db, gone.id, app.now()).await.unwrap();
    let mut admin = app.login_as(Role::Admin).await;

    let file = admin.post_form("/desk/settings/users", "/desk/settings/users/review", &[]).await;

    file.assert_status(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("access-20261124.csv"));
    let lines: Vec<&str> = file.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0].split(',').next(), Some("氏名"));
    let line = |email: &str| *lines.iter().find(|line| line.contains(email)).unwrap();
    assert!(line(HANA).contains("窓口担当,有効,") && line(HANA).contains(",あり,なし,なし,"), "{}", line(HANA));
    assert!(line("gone@ca.example").contains("監査,停止,"), "{}", line("gone@ca.example"));
    assert_eq!(acts(&app).await.last().unwrap(), "access_reviewed");
    app.login_as(Role::Supervisor).await.get("/desk/settings/users").await.assert_status(403);
}
