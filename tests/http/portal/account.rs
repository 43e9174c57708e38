//! Accounts of customers: log-in, confirmation code, links by mail, the account page.

use chrono::Duration;
use revocation_desk::actions::follow_up;
use revocation_desk::domain::confirmation_code::{self, code_at};
use revocation_desk::domain::role::Role;
use revocation_desk::models::messages::{self, Message};
use revocation_desk::models::{audit_events, customers, sessions, subscribers};
use sea_orm::{EntityTrait, QueryOrder};
use tokio_util::sync::CancellationToken;

use crate::pages::assert_sound;
use crate::support::app::{Answer, Browser, PASSWORD, TestApp};

const COOKIE: &str = "portal_session";
const HOME: &str = "/portal/certificates";
const REFUSED: &str =
    "ユーザーIDまたはパスワードが違います。ユーザーIDが分からない場合は、窓口へお問い合わせください。";
const CODE_REFUSED: &str = "確認コードが違うか、期限が切れています。認証アプリに表示中の6桁を入力してください。";
const DEAD: &str = "このURLは使えません";
const NEW_PASSWORD: &str = "glacier saffron ledger";
/// The organisation and the user ID, which a guesser knows.
const OF_THE_HOUSE: &str = "例示商事株式会社-hana";

/// The program, an organisation, and the customer `hana` with a password.
struct Portal {
    app: TestApp,
    subscriber_id: i64,
    hana: customers::Customer,
}

impl Portal {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let new = subscribers::NewSubscriber {
            name: "例示商事株式会社".to_owned(),
            name_kana: None,
            external_id: Some("C-1001".to_owned()),
        };
        let subscriber_id = subscribers::insert(&app.ctx.db, new, app.now()).await.unwrap().id;
        let hana = app.customer(subscriber_id, "hana").await;
        Self { app, subscriber_id, hana }
    }

    async fn logged_in(&self) -> Browser {
        let mut browser = self.app.visitor();
        browser.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
        browser
    }

    /// Turns the confirmation code on; the secret, and the recovery codes.
    async fn enrol(&self, browser: &mut Browser) -> (String, Vec<String>) {
        let page = browser.get("/portal/account/code").await;
        let secret = between(&page.body, "translate=\"no\">", "</dd>").replace(' ', "");
        let code = code_at(&secret, self.app.now()).unwrap();
        let answer = browser.post_form("/portal/account/code", "/portal/account/code", &[("code", &code)]).await;
        assert_sound("portal-recovery", &answer.assert_status(200).body);
        let codes = between(&answer.body, "<ol class=\"codes\" translate=\"no\">", "</ol>");
        let codes = codes.split("<li>").skip(1).map(|item| item.split("</li>").next().unwrap().to_owned());
        (secret, codes.collect())
    }

    async fn ask_for_link(&self, login: &str) -> Answer {
        let mut browser = self.app.visitor();
        let answer = browser.post_form("/portal/password/new", "/portal/password/new", &[("login", login)]).await;
        self.app.services().finished().await;
        answer
    }

    async fn mails(&self) -> Vec<Message> {
        messages::Entity::find().order_by_asc(messages::Column::Id).all(&self.app.ctx.db).await.unwrap()
    }

    /// The path of the link in the newest mail of this kind.
    async fn link(&self, kind: &str) -> String {
        let mails = self.mails().await;
        let mail = mails.iter().rfind(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
        let line = mail.body_text.lines().find(|line| line.contains("/portal/password/")).unwrap();
        line.trim().strip_prefix("http://desk.test").unwrap().to_owned()
    }

    async fn acts(&self) -> Vec<String> {
        let events = audit_events::after(&self.app.ctx.db, 0, 100).await.unwrap();
        events.into_iter().map(|event| event.action).collect()
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}")).1;
    rest.split_once(end).unwrap().0
}

async fn choose(browser: &mut Browser, link: &str, new: &str, repeated: &str) -> Answer {
    browser.post_form(link, link, &[("new", new), ("repeated", repeated)]).await
}

fn is_out(answer: &Answer) -> bool {
    answer.status == 303 && answer.location().starts_with("/portal/login")
}

#[tokio::test]
async fn a_customer_logs_in_and_lands_on_the_certificates() {
    let portal = Portal::open().await;
    let mut browser = portal.app.visitor();
    browser.address = "192.0.2.7".to_owned();
    let page = browser.get("/portal/login").await;
    assert_sound("portal-login", &page.assert_status(200).body);
    page.assert_contains("窓口").assert_contains("tel:");
    let before = browser.cookie(COOKIE).unwrap().to_owned();

    let answer = browser.log_in_to_portal(" HANA ", PASSWORD).await;

    assert_eq!(answer.assert_status(303).location(), HOME);
    assert_ne!(browser.cookie(COOKIE).unwrap(), before, "a new session id");
    let rows = sessions::Entity::find().all(&portal.app.ctx.db).await.unwrap();
    assert_eq!(rows.len(), 1, "the visitor's session is gone");
    assert_eq!(rows[0].customer_id, Some(portal.hana.id));
    let events = audit_events::after(&portal.app.ctx.db, 0, 10).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.actor.as_str())).collect();
    assert_eq!(told, [("customer_logged_in", format!("customer:{}", portal.hana.id).as_str())]);
    assert_eq!(events[0].address.as_deref(), Some("192.0.2.7"));
    assert_eq!(browser.get("/portal/login").await.location(), HOME, "nobody logs in twice");
}

#[tokio::test]
async fn accounts_that_cannot_log_in_are_not_told_apart() {
    let portal = Portal::open().await;
    let db = &portal.app.ctx.db;
    let gone = portal.app.customer(portal.subscriber_id, "gone").await;
    customers::set_disabled(db, gone.id, Some(portal.app.now())).await.unwrap();
    let invited = customers::NewCustomer {
        subscriber_id: portal.subscriber_id,
        login: "invited".to_owned(),
        name: "例文 二郎".to_owned(),
        email: "jiro@customer.example".to_owned(),
        password_hash: None,
    };
    customers::insert(db, invited, portal.app.now()).await.unwrap();
    portal.app.user("staff@ca.example", Role::Agent).await;

    let mut pages = Vec::new();
    for (login, password) in [
        ("nobody", PASSWORD),
        ("hana", "wrong password"),
        ("gone", PASSWORD),
        ("invited", ""),
        ("invited", PASSWORD),
        ("staff@ca.example", PASSWORD),
    ] {
        let mut browser = portal.app.visitor();
        let answer = browser.log_in_to_portal(login, password).await;
        answer.assert_status(422).assert_contains(REFUSED).assert_contains("<title>エラー: ");
        let csrf = answer.hidden_fields("/portal/login").remove(0).1;
        pages.push(answer.body.replace(&format!("value=\"{login}\""), "").replace(&csrf, ""));
        assert!(is_out(&browser.get("/portal").await));
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert_sound("portal-login-refused", &pages[0].replace("value=\"\">\n<div", "value=\"x\">\n<div"));
}

#[tokio::test]
async fn five_failures_lock_the_customer_at_that_address_and_nobody_else() {
    let portal = Portal::open().await;
    portal.app.user("hana", Role::Agent).await;
    let mut browser = portal.app.visitor();
    for _ in 0..5 {
        browser.log_in_to_portal("hana", "wrong password").await.assert_status(422).assert_contains(REFUSED);
    }

    let locked = browser.log_in_to_portal("hana", PASSWORD).await;
    locked
        .assert_status(422)
        .assert_contains("続けて5回失敗したため、15分間ログインできません。10:15以降にもう一度お試しください。");
    browser.log_in("hana", PASSWORD).await.assert_status(303);
    let mut elsewhere = portal.app.visitor();
    elsewhere.address = "192.0.2.7".to_owned();
    elsewhere.log_in_to_portal("hana", PASSWORD).await.assert_status(303);

    portal.app.pass(Duration::minutes(16));
    browser.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
}

#[tokio::test]
async fn the_log_in_leads_back_to_the_asked_page_of_the_portal_and_nowhere_else() {
    let portal = Portal::open().await;
    let mut browser = portal.app.visitor();
    let asked = browser.get("/portal/account?from=mail").await;
    assert_eq!(asked.assert_status(303).location(), "/portal/login?next=/portal/account%3Ffrom%3Dmail");
    for (next, led_to) in [
        ("/portal/account?from=mail", "/portal/account?from=mail"),
        ("/desk/today", HOME),
        ("/portal/../desk/today", HOME),
        ("//evil.example/portal/", HOME),
    ] {
        let fields = [("login", "hana"), ("password", PASSWORD), ("next", next)];
        let answer = portal.app.visitor().post_form("/portal/login", "/portal/login", &fields).await;
        assert_eq!(answer.assert_status(303).location(), led_to);
    }
}

#[tokio::test]
async fn who_was_logged_out_by_time_is_told_so() {
    let portal = Portal::open().await;
    let mut browser = portal.logged_in().await;
    portal.app.pass(Duration::minutes(29));
    browser.get("/portal/account").await.assert_status(200);
    portal.app.pass(Duration::minutes(31));

    let answer = browser.get("/portal/account").await;

    assert_eq!(answer.assert_status(303).location(), "/portal/login?next=/portal/account&ended=true");
    browser.get(answer.location()).await.assert_contains("時間がたったためログアウトしました。");
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let portal = Portal::open().await;
    let mut browser = portal.logged_in().await;
    let mut thief = browser.clone();
    browser.get("/portal/logout").await.assert_status(405);
    browser.post("/portal/logout", &[("_csrf", "")]).await.assert_status(403);

    let answer = browser.post_form("/portal/account", "/portal/logout", &[]).await;

    assert_eq!(answer.assert_status(303).location(), "/portal/login");
    assert!(is_out(&thief.get("/portal/account").await));
}

#[tokio::test]
async fn the_account_page_says_who_the_customer_is() {
    let portal = Portal::open().await;
    let page = portal.logged_in().await.get("/portal/account").await;
    assert_sound("portal-account", &page.assert_status(200).body);
    for fact in ["例示商事株式会社", "hana", "例文 花", "hana@customer.example", "確認コードを設定する"]
    {
        page.assert_contains(fact);
    }
}

#[tokio::test]
async fn a_confirmation_code_is_set_up_by_scanning_or_typing_and_by_one_code() {
    let portal = Portal::open().await;
    let mut browser = portal.logged_in().await;
    let page = browser.get("/portal/account/code").await;
    assert_sound("portal-enrol", &page.assert_status(200).body);
    page.assert_contains("<svg class=\"qr\"").assert_contains("autocomplete=\"one-time-code\"");
    let secret = between(&page.body, "translate=\"no\">", "</dd>");
    assert_eq!(secret.split(' ').map(str::len).collect::<Vec<_>>(), [4; 8], "{secret}");
    browser.get("/portal/account/code").await.assert_contains(secret);

    let wrong = browser.post_form("/portal/account/code", "/portal/account/code", &[("code", "000000")]).await;
    wrong.assert_status(422).assert_contains(CODE_REFUSED).assert_contains(secret);
    assert_sound("portal-enrol-refused", &wrong.body);
    let (_, codes) = portal.enrol(&mut browser).await;

    assert_eq!(codes.len(), 10);
    let account = browser.get("/portal/account").await;
    account.assert_contains("未使用の予備のコード　10個").assert_contains("/portal/account/code/off");
    assert_sound("portal-account-code", &account.body);
    assert_eq!(browser.get("/portal/account/code").await.assert_status(303).location(), "/portal/account");
    let row = customers::by_id(&portal.app.ctx.db, portal.hana.id).await.unwrap();
    assert!(row.totp_secret.is_some());
}

#[tokio::test]
async fn with_a_confirmation_code_a_password_alone_opens_nothing() {
    let portal = Portal::open().await;
    let (secret, _) = portal.enrol(&mut portal.logged_in().await).await;
    portal.app.pass(Duration::minutes(2));
    let mut browser = portal.app.visitor();
    let fields = [("login", "hana"), ("password", PASSWORD), ("next", "/portal/account")];

    let first = browser.post_form("/portal/login", "/portal/login", &fields).await;

    assert_eq!(first.assert_status(303).location(), "/portal/login/code");
    assert!(is_out(&browser.get("/portal/account").await));
    let page = browser.get("/portal/login/code").await;
    assert_sound("portal-code", &page.assert_status(200).body);
    let wrong = browser.post_form("/portal/login/code", "/portal/login/code", &[("code", "12345")]).await;
    wrong.assert_status(422).assert_contains(CODE_REFUSED);
    assert_sound("portal-code-refused", &wrong.body);
    let code = code_at(&secret, portal.app.now()).unwrap();
    let typed = format!("{} {}", &code[..3], &code[3..]);
    let answer = browser.post_form("/portal/login/code", "/portal/login/code", &[("code", &typed)]).await;
    assert_eq!(answer.assert_status(303).location(), "/portal/account");
    browser.get("/portal/account").await.assert_status(200);

    // The same code a second time, in another browser, though its time is not over.
    let mut other = portal.app.visitor();
    other.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
    let again = other.post_form("/portal/login/code", "/portal/login/code", &[("code", &code)]).await;
    again.assert_status(422).assert_contains(CODE_REFUSED);
}

#[tokio::test]
async fn one_code_sent_twice_at_once_lets_one_in() {
    let portal = Portal::open().await;
    let (secret, _) = portal.enrol(&mut portal.logged_in().await).await;
    portal.app.pass(Duration::minutes(2));
    let (mut one, mut two) = (portal.app.visitor(), portal.app.visitor());
    let mut tokens = Vec::new();
    for browser in [&mut one, &mut two] {
        browser.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
        tokens.push(browser.get("/portal/login/code").await.hidden_fields("/portal/login/code").remove(0).1);
    }
    let code = code_at(&secret, portal.app.now()).unwrap();
    let (first, second) =
        ([("_csrf", tokens[0].as_str()), ("code", &code)], [("_csrf", tokens[1].as_str()), ("code", &code)]);

    let answers = tokio::join!(one.post("/portal/login/code", &first), two.post("/portal/login/code", &second));

    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
}

#[tokio::test]
async fn wrong_codes_lock_the_account_however_often_the_password_was_right() {
    let portal = Portal::open().await;
    let (secret, _) = portal.enrol(&mut portal.logged_in().await).await;
    portal.app.pass(Duration::minutes(2));
    let mut browser = portal.app.visitor();
    for _ in 0..5 {
        browser.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
        let wrong = browser.post_form("/portal/login/code", "/portal/login/code", &[("code", "12345")]).await;
        wrong.assert_status(422).assert_contains(CODE_REFUSED);
    }
    let code = code_at(&secret, portal.app.now()).unwrap();
    let right = browser.post_form("/portal/login/code", "/portal/login/code", &[("code", &code)]).await;
    right.assert_status(422).assert_contains("10:17以降にもう一度お試しください。");
    browser.log_in_to_portal("hana", PASSWORD).await.assert_status(422).assert_contains("10:17以降");
}

#[tokio::test]
async fn a_right_password_waits_five_minutes_for_its_code() {
    let portal = Portal::open().await;
    let (secret, _) = portal.enrol(&mut portal.logged_in().await).await;
    let mut browser = portal.app.visitor();
    for (minutes, waits) in [(4, true), (5, false)] {
        browser.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
        let csrf = browser.get("/portal/login/code").await.hidden_fields("/portal/login/code").remove(0).1;
        portal.app.pass(Duration::minutes(minutes));
        assert_eq!(browser.get("/portal/login/code").await.status == 200, waits, "{minutes}");
        if !waits {
            let code = code_at(&secret, portal.app.now()).unwrap();
            let late = browser.post("/portal/login/code", &[("_csrf", &csrf), ("code", &code)]).await;
            assert_eq!(late.assert_status(303).location(), "/portal/login?ended=true");
        }
    }
    let answer = portal.app.visitor().get("/portal/login/code").await;
    assert_eq!(answer.assert_status(303).location(), "/portal/login?ended=true", "nobody begins here");
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once() {
    let portal = Portal::open().await;
    let (_, codes) = portal.enrol(&mut portal.logged_in().await).await;
    let typed = codes[3].to_uppercase().replace('-', " ");
    let mut browser = portal.app.visitor();
    browser.log_in_to_portal("hana", PASSWORD).await.assert_status(303);

    let answer = browser.post_form("/portal/login/code", "/portal/login/code", &[("recovery", &typed)]).await;

    assert_eq!(answer.assert_status(303).location(), HOME);
    browser.get("/portal/account").await.assert_contains("未使用の予備のコード　9個");
    let mut other = portal.app.visitor();
    other.log_in_to_portal("hana", PASSWORD).await.assert_status(303);
    let again = other.post_form("/portal/login/code", "/portal/login/code", &[("recovery", &typed)]).await;
    again
        .assert_status(422)
        .assert_contains("予備のコードが違うか、使用済みです。")
        .assert_contains("<details class=\"more\" open>");
}

#[tokio::test]
async fn the_confirmation_code_is_turned_off_with_the_password_only() {
    let portal = Portal::open().await;
    let mut browser = portal.logged_in().await;
    portal.enrol(&mut browser).await;
    let off = "/portal/account/code/off";
    let page = browser.get(off).await;
    assert_sound("portal-code-off", &page.assert_status(200).body);

    browser
        .post_form(off, off, &[("current", "wrong")])
        .await
        .assert_status(422)
        .assert_contains("いまのパスワードが違います。");
    let answer = browser.post_form(off, off, &[("current", PASSWORD)]).await;

    assert_eq!(answer.assert_status(303).location(), "/portal/account");
    browser
        .get("/portal/account")
        .await
        .assert_contains("確認コードをやめました。")
        .assert_contains("確認コードを設定する");
    let direct = portal.app.visitor().log_in_to_portal("hana", PASSWORD).await;
    assert_eq!(direct.assert_status(303).location(), HOME);
    let acts = portal.acts().await;
    assert!(acts.contains(&"confirmation_code_on".to_owned()) && acts.contains(&"confirmation_code_off".to_owned()));
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_and_is_told_by_mail() {
    let portal = Portal::open().await;
    let (mut browser, mut other) = (portal.logged_in().await, portal.logged_in().await);
    let page = "/portal/account/password";
    assert_sound("portal-password-change", &browser.get(page).await.body);
    for (current, new, repeated, told) in [
        ("wrong", NEW_PASSWORD, NEW_PASSWORD, "いまのパスワードが違います。"),
        (PASSWORD, "elevenchars", "elevenchars", "パスワードが短すぎます。12文字以上"),
        (PASSWORD, NEW_PASSWORD, "another password", "2つの新しいパスワードが違います。"),
        (PASSWORD, "passwordpassword", "passwordpassword", "推測されやすいパスワードです。"),
        (PASSWORD, OF_THE_HOUSE, OF_THE_HOUSE, "推測されやすいパスワードです。"),
        (PASSWORD, PASSWORD, PASSWORD, "いまと同じパスワードです。"),
    ] {
        let fields = [("current", current), ("new", new), ("repeated", repeated)];
        browser.post_form(page, page, &fields).await.assert_status(422).assert_contains(told);
    }
    let fields = [("current", PASSWORD), ("new", NEW_PASSWORD), ("repeated", NEW_PASSWORD)];

    let answer = browser.post_form(page, page, &fields).await;

    assert_eq!(answer.assert_status(303).location(), "/portal/account");
    browser.get("/portal/account").await.assert_contains("パスワードを変更しました。");
    assert!(is_out(&other.get("/portal/account").await));
    portal.app.visitor().log_in_to_portal("hana", PASSWORD).await.assert_status(422);
    portal.app.visitor().log_in_to_portal("hana", NEW_PASSWORD).await.assert_status(303);
    let mails = portal.mails().await;
    assert_eq!(mails.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["password_changed"]);
    assert!(mails[0].recipients.contains("hana@customer.example"));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    let portal = Portal::open().await;
    let mut inside = portal.logged_in().await;
    let mut browser = portal.app.visitor();
    assert_sound("portal-password-request", &browser.get("/portal/password/new").await.body);

    let answer = portal.ask_for_link(" Hana ").await;

    assert_eq!(answer.assert_status(303).location(), "/portal/password/new?sent=true");
    assert_sound("portal-password-sent", &browser.get(answer.location()).await.body);
    let link = portal.link("password_reset").await;
    let page = browser.get(&link).await;
    assert_sound("portal-password-choose", &page.assert_status(200).body);
    page.assert_contains("hana");
    inside.get("/portal/account").await.assert_status(200);
    choose(&mut browser, &link, "elevenchars", "elevenchars").await.assert_status(422).assert_contains("12文字以上");
    choose(&mut browser, &link, NEW_PASSWORD, "another password").await.assert_status(422);
    let guessable = choose(&mut browser, &link, OF_THE_HOUSE, OF_THE_HOUSE).await;
    guessable.assert_status(422).assert_contains("推測されやすいパスワードです。");
    let mut late = browser.clone();
    let chosen = choose(&mut browser, &link, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!(chosen.assert_status(303).location(), "/portal/login");
    browser.get("/portal/login").await.assert_contains("新しいパスワードでログインしてください。");

    assert!(is_out(&inside.get("/portal/account").await), "all sessions have ended");
    let dead = late.get(&link).await;
    dead.assert_status(404).assert_contains(DEAD);
    assert_sound("portal-password-dead", &dead.body);
    browser.log_in_to_portal("hana", PASSWORD).await.assert_status(422);
    browser.log_in_to_portal("hana", NEW_PASSWORD).await.assert_status(303);
    assert_eq!(portal.mails().await.last().unwrap().kind, "password_changed");
    assert!(portal.acts().await.contains(&"customer_password_set".to_owned()));
}

#[tokio::test]
async fn the_answer_to_a_forgotten_password_is_the_same_for_every_login() {
    let portal = Portal::open().await;
    let gone = portal.app.customer(portal.subscriber_id, "gone").await;
    customers::set_disabled(&portal.app.ctx.db, gone.id, Some(portal.app.now())).await.unwrap();
    for login in ["hana", "gone", "nobody", "staff@ca.example"] {
        let answer = portal.ask_for_link(login).await;
        assert_eq!(answer.assert_status(303).location(), "/portal/password/new?sent=true", "{login}");
    }
    assert_eq!(portal.mails().await.len(), 1, "only hana has a mail");
    portal.ask_for_link(" ").await.assert_status(422).assert_contains("ユーザーIDを入力してください。");
}

#[tokio::test]
async fn a_sixth_request_within_a_quarter_of_an_hour_sends_nothing_wherever_it_comes_from() {
    let portal = Portal::open().await;
    for login in ["hana", "nobody"] {
        for number in 0..6 {
            let mut browser = portal.app.visitor();
            browser.address = format!("192.0.2.{number}");
            let page = "/portal/password/new";
            let answer = browser.post_form(page, page, &[("login", login)]).await;
            assert_eq!(answer.status.as_u16(), if number < 5 { 303 } else { 422 }, "{login} {number}");
            if number == 5 {
                answer.assert_contains("10:15以降にもう一度お試しください。");
            }
        }
    }
    portal.app.services().finished().await;
    assert_eq!(portal.mails().await.len(), 5);
    portal.app.visitor().log_in_to_portal("hana", PASSWORD).await.assert_status(303);
}

#[tokio::test]
async fn a_link_ends_after_its_hour_when_a_newer_one_is_sent_and_when_the_account_is_closed() {
    let portal = Portal::open().await;
    portal.ask_for_link("hana").await;
    let first = portal.link("password_reset").await;
    portal.app.pass(Duration::minutes(1));
    portal.ask_for_link("hana").await;
    let second = portal.link("password_reset").await;
    let mut browser = portal.app.visitor();
    browser.get(&first).await.assert_status(404);

    portal.app.pass(Duration::minutes(59));
    browser.get(&second).await.assert_status(200);
    let csrf = browser.get("/portal/login").await.hidden_fields("/portal/login").remove(0).1;
    portal.app.pass(Duration::minutes(1));
    browser.get(&second).await.assert_status(404).assert_contains(DEAD);
    let fields = [("_csrf", csrf.as_str()), ("new", NEW_PASSWORD), ("repeated", NEW_PASSWORD)];
    browser.post(&second, &fields).await.assert_status(404).assert_contains(DEAD);

    portal.ask_for_link("hana").await;
    let third = portal.link("password_reset").await;
    let actor = revocation_desk::domain::actor::Actor::system();
    revocation_desk::actions::disable_customer::disable_customer(
        &portal.app.ctx.db,
        portal.hana.id,
        &actor,
        portal.app.now(),
    )
    .await
    .unwrap();
    browser.get(&third).await.assert_status(404);
    browser.get("/portal/password/nonsense").await.assert_status(404).assert_contains(DEAD);
    portal.app.visitor().log_in_to_portal("hana", NEW_PASSWORD).await.assert_status(422);
}

#[tokio::test]
async fn two_who_use_one_link_at_once_choose_one_password() {
    let portal = Portal::open().await;
    portal.ask_for_link("hana").await;
    let link = portal.link("password_reset").await;
    let (mut one, mut two) = (portal.app.visitor(), portal.app.visitor());
    let (csrf_one, csrf_two) = (one.get(&link).await, two.get(&link).await);
    let fields = |page: &Answer| page.hidden_fields(&link).remove(0).1;
    let (csrf_one, csrf_two) = (fields(&csrf_one), fields(&csrf_two));
    let one_fields = [("_csrf", csrf_one.as_str()), ("new", NEW_PASSWORD), ("repeated", NEW_PASSWORD)];
    let two_fields =
        [("_csrf", csrf_two.as_str()), ("new", "walnut orbit cello fern"), ("repeated", "walnut orbit cello fern")];

    let (first, second) = tokio::join!(one.post(&link, &one_fields), two.post(&link, &two_fields));

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    let won = if first.status == 303 { NEW_PASSWORD } else { "walnut orbit cello fern" };
    portal.app.visitor().log_in_to_portal("hana", won).await.assert_status(303);
}

#[tokio::test]
async fn the_desk_invites_a_customer_who_then_chooses_a_password() {
    let portal = Portal::open().await;
    let mut agent = portal.app.login_as(Role::Agent).await;
    let choose_page = agent.get("/desk/customers/new?q=例示".replace("例示", "%E4%BE%8B%E7%A4%BA").as_str()).await;
    assert_sound("desk-customer-choose", &choose_page.assert_status(200).body);
    let form = format!("/desk/customers/new?subscriber={}", portal.subscriber_id);
    choose_page.assert_contains(&form);
    agent.get("/desk/customers/new?q=C-1001").await.assert_contains(&form);
    agent.get("/desk/customers/new?q=nobody").await.assert_lacks(&form);
    assert_sound("desk-customer-new", &agent.get(&form).await.assert_status(200).body);
    let bad = [("login", "é"), ("name", "例文\u{202E}二郎"), ("email", "jiro")];
    let refused = agent.post_form(&form, "/desk/customers", &bad).await;
    refused
        .assert_status(422)
        .assert_contains("ユーザーIDを読み取れません。")
        .assert_contains("氏名を読み取れません。");
    refused.assert_contains("メールアドレスを読み取れません。");
    assert_sound("desk-customer-new-refused", &refused.body);
    let taken = [("login", "HANA"), ("name", "例文 二郎"), ("email", "jiro@customer.example")];
    agent
        .post_form(&form, "/desk/customers", &taken)
        .await
        .assert_status(422)
        .assert_contains("すでに使われています。");
    let fields = [("login", " Jiro "), ("name", "例文 二郎"), ("email", "jiro@customer.example")];

    let answer = agent.post_form(&form, "/desk/customers", &fields).await;

    let page = agent.get(answer.assert_status(303).location()).await;
    page.assert_contains("例文 二郎 様へ招待のメールを送りました。").assert_contains("招待中");
    assert_sound("desk-customer", &page.body);
    let link = portal.link("customer_invited").await;
    page.assert_lacks(link.rsplit('/').next().unwrap());
    portal.app.pass(Duration::days(7) - Duration::minutes(1));
    let mut jiro = portal.app.visitor();
    choose(&mut jiro, &link, NEW_PASSWORD, NEW_PASSWORD).await.assert_status(303);
    jiro.log_in_to_portal("jiro", NEW_PASSWORD).await.assert_status(303);
    jiro.get("/portal/account").await.assert_contains("jiro@customer.example");
}

#[tokio::test]
async fn an_invitation_ends_after_seven_days_and_is_sent_again_with_a_new_link() {
    let portal = Portal::open().await;
    let mut agent = portal.app.login_as(Role::Agent).await;
    let form = format!("/desk/customers/new?subscriber={}", portal.subscriber_id);
    let fields = [("login", "jiro"), ("name", "例文 二郎"), ("email", "jiro@customer.example")];
    let account = agent.post_form(&form, "/desk/customers", &fields).await.location().to_owned();
    let first = portal.link("customer_invited").await;
    portal.app.pass(Duration::days(7));
    let mut jiro = portal.app.visitor();
    jiro.get(&first).await.assert_status(404).assert_contains("招待のメールの再送");
    portal.ask_for_link("jiro").await;
    assert_eq!(portal.mails().await.len(), 1, "no reset before the invitation was accepted");

    let mut agent = portal.app.login_another(Role::Agent, "two@ca.example").await;
    let again = format!("{account}/invitation");
    agent.post_form(&account, &again, &[]).await.assert_status(303);

    agent.get(&account).await.assert_contains("招待のメールをもう一度送りました。");
    let second = portal.link("customer_invited").await;
    assert_ne!(first, second);
    choose(&mut jiro, &second, NEW_PASSWORD, NEW_PASSWORD).await.assert_status(303);
    let page = agent.get(&account).await;
    page.assert_contains("有効").assert_lacks(&again);
    let csrf = page.hidden_fields("/logout").remove(0).1;
    agent.post(&again, &[("_csrf", &csrf)]).await.assert_status(303);
    agent.get(&account).await.assert_contains("このお客様はパスワードを設定済みです。");
}

#[tokio::test]
async fn a_supervisor_closes_an_account_at_once_and_opens_it_again() {
    let portal = Portal::open().await;
    let (mut inside, mut at_lunch) = (portal.logged_in().await, portal.logged_in().await);
    let account = format!("/desk/customers/{}", portal.hana.id);
    let mut supervisor = portal.app.login_as(Role::Supervisor).await;
    supervisor.get(&account).await.assert_contains("有効").assert_contains("2026年11月24日(火) 10:00");

    supervisor.post_form(&account, &format!("{account}/disable"), &[]).await.assert_status(303);

    assert!(is_out(&inside.get("/portal/account").await));
    let page = supervisor.get(&account).await;
    page.assert_contains("アカウントを停止しました。").assert_lacks(&format!("{account}/disable"));
    portal.app.visitor().log_in_to_portal("hana", PASSWORD).await.assert_status(422).assert_contains(REFUSED);
    supervisor.post_form(&account, &format!("{account}/enable"), &[]).await.assert_status(303);
    portal.app.visitor().log_in_to_portal("hana", PASSWORD).await.assert_status(303);
    assert!(is_out(&at_lunch.get("/portal/account").await), "the old sessions stay ended");
}

#[tokio::test]
async fn a_customer_who_lost_app_and_codes_is_freed_by_a_supervisor() {
    let portal = Portal::open().await;
    portal.enrol(&mut portal.logged_in().await).await;
    let account = format!("/desk/customers/{}", portal.hana.id);
    let mut supervisor = portal.app.login_as(Role::Supervisor).await;
    assert_sound("desk-customer-active", &supervisor.get(&account).await.body);

    supervisor.post_form(&account, &format!("{account}/code/release"), &[]).await.assert_status(303);

    supervisor.get(&account).await.assert_contains("確認コードを解除しました。").assert_contains("未使用");
    let direct = portal.app.visitor().log_in_to_portal("hana", PASSWORD).await;
    assert_eq!(direct.location(), HOME);
}

#[tokio::test]
async fn accounts_are_found_by_organisation_and_login() {
    let portal = Portal::open().await;
    let other = subscribers::NewSubscriber {
        name: "例示物産株式会社".to_owned(),
        name_kana: Some("レイジブッサン".to_owned()),
        external_id: Some("C-2002".to_owned()),
    };
    let other = subscribers::insert(&portal.app.ctx.db, other, portal.app.now()).await.unwrap();
    portal.app.customer(other.id, "taro_1").await;
    let mut agent = portal.app.login_as(Role::Agent).await;
    assert_sound("desk-customers", &agent.get("/desk/customers").await.body);
    for (q, found) in [
        ("", 2),
        ("HAN", 1),
        ("taro_1", 1),
        ("taro%251", 0),
        ("C-2002", 1),
        ("%EF%BE%9A%EF%BD%B2%EF%BD%BC%EF%BE%9E%EF%BE%8C%EF%BE%9E", 1),
        ("%E4%BE%8B%E7%A4%BA", 2),
        ("nobody", 0),
    ] {
        let page = agent.get(&format!("/desk/customers?q={q}")).await;
        assert_eq!(page.assert_status(200).body.matches("<tr data-row").count(), found, "{q}");
        page.assert_lacks("???");
    }
}

#[tokio::test]
async fn each_role_of_the_desk_does_what_it_may_with_accounts() {
    let portal = Portal::open().await;
    let account = format!("/desk/customers/{}", portal.hana.id);
    for (role, invites, closes) in [
        (Role::Agent, true, false),
        (Role::Supervisor, true, true),
        (Role::Admin, true, true),
        (Role::Auditor, false, false),
    ] {
        let mut browser = portal.app.login_as(role).await;
        let list = browser.get("/desk/customers").await;
        assert_eq!(list.assert_status(200).body.contains("/desk/customers/new"), invites, "{role:?}");
        let page = browser.get(&account).await;
        assert_eq!(page.body.contains(&format!("{account}/disable")), closes, "{role:?}");
        let new = browser.get("/desk/customers/new").await;
        assert_eq!(new.status.as_u16(), if invites { 200 } else { 403 }, "{role:?}");
        let csrf = page.hidden_fields("/logout").remove(0).1;
        let subscriber = portal.subscriber_id.to_string();
        let invitation =
            [("_csrf", csrf.as_str()), ("subscriber", &subscriber), ("login", ""), ("name", ""), ("email", "")];
        let invited = browser.post("/desk/customers", &invitation).await;
        assert_eq!(invited.status.as_u16(), if invites { 422 } else { 403 }, "{role:?}");
        let again = browser.post(&format!("{account}/invitation"), &[("_csrf", &csrf)]).await;
        assert_eq!(again.status.as_u16(), if invites { 303 } else { 403 }, "{role:?}");
        for deed in ["disable", "enable", "code/release"] {
            let done = browser.post(&format!("{account}/{deed}"), &[("_csrf", &csrf)]).await;
            assert_eq!(done.status.as_u16(), if closes { 303 } else { 403 }, "{role:?} {deed}");
        }
    }
}

#[tokio::test]
async fn nobody_at_the_desk_reads_or_resends_a_mail_with_a_link_and_it_is_not_kept() {
    let portal = Portal::open().await;
    portal.ask_for_link("hana").await;
    let token = portal.link("password_reset").await.rsplit('/').next().unwrap().to_owned();
    let mail = portal.mails().await.remove(0);
    assert!(mail.body_html.contains(&token) && !mail.message_id.contains(&token) && !mail.event_key.contains(&token));
    let page = format!("/desk/mails/{}", mail.id);
    let mut supervisor = portal.app.login_as(Role::Supervisor).await;
    let program = portal.app.program(Role::Supervisor).await;
    for sent in [false, true] {
        if sent {
            follow_up::send(&portal.app.services(), &CancellationToken::new()).await.unwrap();
        }
        let shown = supervisor.get(&page).await;
        shown
            .assert_status(200)
            .assert_lacks(&token)
            .assert_contains("本文は表示せず、送信後は残さない。")
            .assert_lacks("再送する");
        assert_sound("desk-mail-withheld", &shown.body);
        supervisor.get("/desk/mails").await.assert_lacks(&token).assert_contains("パスワードの再設定");
        let listed = program.get("/api/v1/messages").await;
        listed.assert_status(200).assert_lacks(&token).assert_contains("本文は表示せず、送信後は残さない。");
    }

    let csrf = supervisor.get(&page).await.hidden_fields("/logout").remove(0).1;
    let resent = supervisor.post(&format!("{page}/resend"), &[("_csrf", &csrf)]).await;
    assert_eq!(resent.assert_status(303).location(), page);
    supervisor.get(&page).await.assert_contains("再送できません。");
    let resent = program.post(&format!("/api/v1/messages/{}/resend", mail.id), serde_json::json!({})).await;
    assert_eq!(resent.assert_status(409).json()["code"], "message_holds_secret");
    let kept = portal.mails().await.remove(0);
    assert_eq!((kept.body_text.as_str(), kept.body_html.as_str()), ("", ""));
    let audit = audit_events::after(&portal.app.ctx.db, 0, 100).await.unwrap();
    assert!(audit.iter().all(|event| !event.detail.contains(&token)));
}

#[tokio::test]
async fn a_secret_that_was_offered_is_a_new_one_for_each_customer() {
    let portal = Portal::open().await;
    let (mut one, mut two) = (portal.logged_in().await, portal.logged_in().await);
    let secret = |page: &Answer| between(&page.body, "translate=\"no\">", "</dd>").to_owned();
    let (first, second) = (one.get("/portal/account/code").await, two.get("/portal/account/code").await);
    assert_ne!(secret(&first), secret(&second));
    assert_ne!(confirmation_code::encode([0; 20]), secret(&first).replace(' ', ""));
}
