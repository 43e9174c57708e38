//! Logging in and out, passwords, and how long a session lives.

use chrono::Duration;
use revocation_desk::{
    actions::create_user::{NewStaff, create_user},
    domain::{actor::Actor, role::Role},
    models::{audit_events, passwords::Passwords, sessions, users},
};
use sea_orm::EntityTrait;

use crate::support::app::{PASSWORD, TestApp};

const COOKIE: &str = "desk_session";
const REFUSED: &str = "ユーザーIDまたはパスワードが違います。";

#[tokio::test]
async fn an_agent_logs_in_and_lands_on_the_calls_of_the_day() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();

    let answer = browser.log_in(" Hana@CA.example ", PASSWORD).await;

    answer.assert_status(303);
    assert_eq!(answer.location(), "/desk/today");
}

#[tokio::test]
async fn the_session_gets_a_new_id_at_the_log_in_and_the_database_keeps_only_its_hash() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    let visitors = browser.get("/login").await.hidden_fields("/login").remove(0);
    let before = browser.cookie(COOKIE).unwrap().to_owned();

    let answer = browser.log_in("hana@ca.example", PASSWORD).await;

    let own = browser.get("/desk/today").await.hidden_fields("/logout").remove(0);
    assert_eq!((visitors.0.as_str(), own.0.as_str()), ("_csrf", "_csrf"));
    assert_ne!(visitors.1, own.1, "nothing of the visitor's stays");
    let after = browser.cookie(COOKIE).unwrap().to_owned();
    assert_ne!(before, after);
    let set_cookie = answer.header("set-cookie");
    assert!(set_cookie.contains("HttpOnly") && set_cookie.contains("SameSite=Lax"), "{set_cookie}");
    assert!(!set_cookie.contains("Max-Age"), "the cookie ends with the browser: {set_cookie}");
    let rows = sessions::Entity::find().all(&app.ctx.db).await.unwrap();
    assert_eq!(rows.len(), 1, "the visitor's session is gone");
    assert!(!rows[0].id_hash.contains(&after) && !rows[0].data.contains(&after));
}

#[tokio::test]
async fn a_session_id_that_the_program_did_not_give_is_never_taken_over() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    browser.set_cookie(COOKIE, planted);

    browser.log_in("hana@ca.example", PASSWORD).await.assert_status(303);

    assert_ne!(browser.cookie(COOKIE), Some(planted));
}

#[tokio::test]
async fn an_unknown_account_a_wrong_password_and_a_disabled_account_get_the_same_answer() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let gone = app.user("gone@ca.example", Role::Agent).await;
    users::disable(&app.ctx.db, gone.id, app.now()).await.unwrap();

    let mut pages = Vec::new();
    for (email, password) in
        [("nobody@ca.example", PASSWORD), ("hana@ca.example", "wrong password"), ("gone@ca.example", PASSWORD)]
    {
        let mut browser = app.visitor();
        let answer = browser.log_in(email, password).await;
        answer.assert_status(422).assert_contains(REFUSED);
        let csrf = answer.body.split("name=\"_csrf\" value=\"").nth(1).unwrap()[..64].to_owned();
        pages.push(answer.body.replace(email, "(email)").replace(&csrf, "(csrf)"));
        assert!(browser.get("/").await.location().starts_with("/login"));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0], pages[2]);
}

#[tokio::test]
async fn five_failures_in_a_row_lock_the_account_for_that_address_and_say_until_when() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    for _ in 0..5 {
        browser.log_in("hana@ca.example", "wrong password").await.assert_status(422).assert_contains(REFUSED);
    }

    // The right password does not help, and the time is shown: 10:00 and 15 minutes.
    let locked = browser.log_in("hana@ca.example", PASSWORD).await;
    locked.assert_status(422).assert_contains("10:15以降にもう一度お試しください").assert_lacks(REFUSED);

    // Her own computer at another address is not locked out by somebody else's attempts.
    let mut elsewhere = app.visitor();
    elsewhere.address = "192.0.2.7".to_owned();
    elsewhere.log_in("hana@ca.example", PASSWORD).await.assert_status(303);

    app.pass(Duration::minutes(14));
    browser.log_in("hana@ca.example", PASSWORD).await.assert_status(422);
    app.pass(Duration::minutes(2));
    browser.log_in("hana@ca.example", PASSWORD).await.assert_status(303);
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    for _ in 0..2 {
        for _ in 0..4 {
            browser.log_in("hana@ca.example", "wrong password").await.assert_status(422);
        }
        app.visitor().log_in("hana@ca.example", PASSWORD).await.assert_status(303);
    }
}

#[tokio::test]
async fn many_attempts_at_once_cannot_slip_past_the_limit() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;

    let attempts = (0..12).map(|_| {
        let mut browser = app.visitor();
        async move { browser.log_in("hana@ca.example", "wrong password").await }
    });
    let answers = futures::future::join_all(attempts).await;

    let judged = answers.iter().filter(|answer| answer.body.contains(REFUSED)).count();
    assert_eq!(judged, 5, "the others are told to wait");
}

#[tokio::test]
async fn a_session_ends_after_15_idle_minutes_and_after_10_hours_at_work() {
    for (name, visits_after_minutes, still_in) in [
        ("idle for less", vec![14], true),
        ("idle for too long", vec![15], false),
        ("busy for long", vec![14; 42], true),
        ("busy for too long", vec![14; 43], false),
    ] {
        let app = TestApp::start().await;
        let mut browser = app.login_as(Role::Agent).await;
        let mut location = String::new();
        for minutes in visits_after_minutes {
            app.pass(Duration::minutes(minutes));
            location = browser.get("/").await.location().to_owned();
        }
        assert_eq!(location == "/desk/today", still_in, "{name}: {location}");
    }
}

#[tokio::test]
async fn who_was_logged_out_by_time_is_told_so_and_led_back() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    app.pass(Duration::minutes(16));

    let answer = browser.get("/password?from=menu").await;

    assert_eq!(answer.location(), "/login?next=/password%3Ffrom%3Dmenu&ended=true");
    browser.get(answer.location()).await.assert_contains("時間がたったためログアウトしました。");
    let fields = [("email", "agent@ca.example"), ("password", PASSWORD)];
    let back = browser.post_form("/login?next=/password%3Ffrom%3Dmenu", "/login", &fields).await;
    assert_eq!(back.location(), "/password?from=menu");
}

#[tokio::test]
async fn the_log_in_never_leads_to_another_site() {
    let app = TestApp::start().await;
    app.user("hana@ca.example", Role::Agent).await;
    for next in ["https://evil.example/", "//evil.example/", "/\\evil.example/"] {
        let fields = [("email", "hana@ca.example"), ("password", PASSWORD), ("next", next)];
        let answer = app.visitor().post_form("/login", "/login", &fields).await;
        assert_eq!(answer.location(), "/desk/today", "{next}");
    }
}

#[tokio::test]
async fn a_disabled_user_is_out_at_the_next_click() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    assert_eq!(browser.get("/").await.location(), "/desk/today");
    let user = users::Entity::find_by_email(&app.ctx.db, "agent@ca.example").await.unwrap().unwrap();

    users::disable(&app.ctx.db, user.id, app.now()).await.unwrap();

    assert!(browser.get("/").await.location().starts_with("/login"));
}

#[tokio::test]
async fn logging_out_is_a_post_and_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    let mut thief = browser.clone();
    browser.get("/logout").await.assert_status(405);

    let answer = browser.post_form("/password", "/logout", &[]).await;

    answer.assert_status(303);
    assert_eq!(answer.location(), "/login");
    assert!(thief.get("/").await.location().starts_with("/login"), "the old cookie opens nothing");
}

#[tokio::test]
async fn a_one_time_password_leads_to_nothing_but_choosing_ones_own() {
    let app = TestApp::start().await;
    let new =
        NewStaff {
            name: "例文 花".to_owned(), email: "hana@ca.example".to_owned(), role: Role::Agent, reason: None
        };
    let passwords = Passwords::of(&app.ctx).unwrap();
    let (_, one_time) = create_user(&app.ctx.db, &passwords, new, &Actor::system(), app.now()).await.unwrap();
    let mut browser = app.visitor();
    browser.log_in("hana@ca.example", &one_time).await.assert_status(303);
    assert_eq!(browser.get("/").await.location(), "/password");
    let mut other = app.visitor();
    other.log_in("hana@ca.example", &one_time).await.assert_status(303);

    for (current, new, repeated, told) in [
        ("wrong", "glacier saffron ledger", "glacier saffron ledger", "いまのパスワードが違います。"),
        (one_time.as_str(), "short", "short", "パスワードが短すぎます。12文字以上"),
        (one_time.as_str(), "glacier saffron ledger", "another password", "2つの新しいパスワードが違います。"),
        (one_time.as_str(), "passwordpassword", "passwordpassword", "推測されやすいパスワードです。"),
        (one_time.as_str(), "hana@ca.example", "hana@ca.example", "推測されやすいパスワードです。"),
        (one_time.as_str(), "例示認証局株式会社で働く", "例示認証局株式会社で働く", "推測されやすいパスワードです。"),
        (one_time.as_str(), one_time.as_str(), one_time.as_str(), "いまと同じパスワードです。"),
    ] {
        let fields = [("current", current), ("new", new), ("repeated", repeated)];
        let answer = browser.post_form("/password", "/password", &fields).await;
        answer.assert_status(422).assert_contains(told);
    }
    let fields =
        [("current", one_time.as_str()), ("new", "glacier saffron ledger"), ("repeated", "glacier saffron ledger")];
    browser.post_form("/password", "/password", &fields).await.assert_status(303);

    assert_eq!(browser.get("/").await.location(), "/desk/today");
    assert!(other.get("/").await.location().starts_with("/login"), "other sessions have ended");
    app.visitor().log_in("hana@ca.example", &one_time).await.assert_status(422);
    app.visitor().log_in("hana@ca.example", "glacier saffron ledger").await.assert_status(303);
}

#[tokio::test]
async fn a_form_without_the_sessions_token_changes_nothing() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    let foreign = app.login_as(Role::Supervisor).await.get("/password").await.body;
    let foreign = foreign.split("name=\"_csrf\" value=\"").nth(1).unwrap()[..64].to_owned();

    browser.post("/logout", &[]).await.assert_status(403);
    browser.post("/logout", &[("_csrf", "")]).await.assert_status(403);
    browser.post("/logout", &[("_csrf", &foreign)]).await.assert_status(403);

    assert_eq!(browser.get("/").await.location(), "/desk/today", "still logged in");
}

#[tokio::test]
async fn a_log_in_is_in_the_audit_log_with_its_address() {
    let app = TestApp::start().await;
    let user = app.user("hana@ca.example", Role::Agent).await;
    let mut browser = app.visitor();
    browser.address = "192.0.2.7".to_owned();

    browser.log_in("hana@ca.example", "wrong password").await.assert_status(422);
    browser.log_in("hana@ca.example", PASSWORD).await.assert_status(303);

    let events = audit_events::after(&app.ctx.db, 0, 10).await.unwrap();
    let acts: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.address.as_deref())).collect();
    assert_eq!(acts, [("logged_in", Some("192.0.2.7"))]);
    assert_eq!(events[0].actor, format!("staff:{}", user.id));
}
