//! 設定: who may see it, what each page changes, and that nothing changes without the difference and a reason (journeys
//! 14 and 17).

use std::sync::Arc;
use std::time::Duration;

use revocation_desk::ca::guard::{Guarded, Limits};
use revocation_desk::ca::{Authorities, Member};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::{audit_events, users};
use revocation_desk::settings::AuthorityKind;

use super::office::{Fields, Office, href};
use crate::builders::day;
use crate::support::app::{Answer, Browser, PASSWORD, TestApp};

const PAGES: [&str; 13] = [
    "/desk/settings",
    "/desk/settings/hours",
    "/desk/settings/calls",
    "/desk/settings/validity",
    "/desk/settings/calendar",
    "/desk/settings/users",
    "/desk/settings/users/new",
    "/desk/settings/tokens",
    "/desk/settings/tokens/new",
    "/desk/settings/webhooks",
    "/desk/settings/webhooks/new",
    "/desk/settings/ca",
    "/desk/settings/ca/pause",
];

/// Sends the form that an answer shows for `action`, with these fields.
async fn send(browser: &mut Browser, shown: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = Fields::of(fields).on(shown, action);
    browser.post(action, &fields.refs()).await
}

async fn last_event(app: &TestApp) -> (String, serde_json::Value) {
    let (sequence, _) = audit_events::head(&app.ctx.db).await.unwrap();
    let event = audit_events::numbered(&app.ctx.db, sequence).await.unwrap().unwrap();
    (event.action.clone(), event.facts())
}

#[tokio::test]
async fn the_settings_are_the_administrators() {
    let app = TestApp::start().await;
    let target = app.user("misaki@ca.example", Role::Agent).await;
    for role in [Role::Agent, Role::Supervisor, Role::Auditor] {
        let mut browser = app.login_as(role).await;
        let home = browser.get("/desk/today").await;
        home.assert_lacks("/desk/settings");
        let csrf = home.hidden_fields("/logout").remove(0).1;
        let person = format!("/desk/settings/users/{}", target.id);
        for page in PAGES.into_iter().chain([person.as_str()]) {
            browser.get(page).await.assert_status(403);
        }
        for action in [
            "calls/preview",
            "calls",
            "hours/preview",
            "hours",
            "validity/preview",
            "validity",
            "calendar/holidays/preview",
            "calendar/closures/preview",
            "calendar/closures",
            "calendar/closures/2026-12-07/removal",
            "users",
            "users/1/disable",
            "users/1/enable",
            "users/1/password",
            "tokens",
            "tokens/1/revocation",
            "webhooks",
            "webhooks/1/test",
            "webhooks/1/pause",
            "webhooks/1/resume",
            "webhooks/1/secret",
            "webhooks/1/removal",
            "webhooks/1/deliveries/1/resend",
            "ca/check",
            "ca/check/embedded",
            "ca/rate/main/preview",
            "ca/rate/main",
            "ca/pause",
            "ca/resume",
        ] {
            let answer = browser.post(&format!("/desk/settings/{action}"), &[("_csrf", &csrf), ("reason", "x")]).await;
            assert_eq!(answer.status.as_u16(), 403, "{role:?} at {action}");
        }
        for (action, field) in [("users/1/role", "role"), ("calendar/holidays", "csv")] {
            let fields = [("_csrf", csrf.as_str()), ("reason", "x"), (field, "agent")];
            browser.post(&format!("/desk/settings/{action}"), &fields).await.assert_status(403);
        }
    }
    let mut admin = app.login_as(Role::Admin).await;
    admin.get("/desk/today").await.assert_contains("href=\"/desk/settings\"");
    for page in PAGES {
        admin.get(page).await.assert_status(200).assert_lacks("???");
    }
}

#[tokio::test]
async fn call_rules_change_after_the_difference_was_shown_and_a_reason_given() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/calls").await;
    page.assert_contains("name=\"lease_minutes\"")
        .assert_contains("value=\"5, 1\"")
        .assert_contains("value=\"2026-11-24\"");
    let typed = [
        ("attempts", "３"),
        ("attempts_within_business_days", "2"),
        ("attempts_apart_minutes", "60"),
        ("lease_minutes", "20"),
        ("lease_hard_stop_minutes", "45"),
        ("reminder_business_days", "7、1"),
        ("window_business_days", "0"),
        ("confirmation_max_age_business_days", "5"),
        ("effective_on", "2026-11-24"),
    ];
    let wrong = Fields::of(&typed).with("lease_minutes", "0").with("attempts", "many");
    let refused = send(&mut admin, &page, "/desk/settings/calls/preview", &wrong.refs()).await;
    refused.assert_status(422).assert_contains("<title>エラー").assert_contains("value=\"many\"");
    refused.assert_contains("数字で入力してください。").assert_contains("value=\"7、1\"");
    let out = Fields::of(&typed).with("lease_minutes", "121");
    let refused = send(&mut admin, &page, "/desk/settings/calls/preview", &out.refs()).await;
    refused.assert_status(422).assert_contains("1から120までの数で入力してください。");

    let shown = send(&mut admin, &page, "/desk/settings/calls/preview", &typed).await;
    shown.assert_status(200).assert_contains("案件を確保する時間").assert_contains("15分").assert_contains("20分");
    shown.assert_contains("5, 1営業日前").assert_contains("7, 1営業日前").assert_lacks("電話の間隔");
    let silent = send(&mut admin, &shown, "/desk/settings/calls", &[]).await;
    silent.assert_status(422).assert_contains("変更の理由を入力してください。").assert_contains("20分");
    assert_eq!(app.services().calls_on(day("2026-11-24")).lease_minutes, 15);
    let saved = send(&mut admin, &silent, "/desk/settings/calls", &[("reason", "年末の混雑")]).await;
    assert_eq!(saved.assert_status(303).location(), "/desk/settings/calls");
    assert_eq!(app.services().calls_on(day("2026-11-24")).lease_minutes, 20);
    let page = admin.get("/desk/settings/calls").await;
    page.assert_contains("電話の規則を保存しました。").assert_contains("年末の混雑").assert_contains("適用中");
    admin.get("/desk/settings").await.assert_contains("確保 20分");
}

#[tokio::test]
async fn opening_hours_change_after_the_difference_was_shown() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    admin.get("/desk/settings/calendar").await.assert_contains("href=\"/desk/settings/hours\"");
    let page = admin.get("/desk/settings/hours").await;
    page.assert_contains("value=\"09:00\"").assert_contains("value=\"18:00\"");
    let preview = "/desk/settings/hours/preview";
    let typed =
        [("opens", "１０：００"), ("closes", "17:30"), ("words", "平日 10:00～17:30"), ("effective_on", "2026-11-24")];
    let wrong = Fields::of(&typed).with("closes", "9").with("words", "");
    let refused = send(&mut admin, &page, preview, &wrong.refs()).await;
    refused
        .assert_status(422)
        .assert_contains("<title>エラー")
        .assert_contains("時刻を 9:00 のように入力してください。");
    let early = Fields::of(&typed).with("closes", "10:00");
    let refused = send(&mut admin, &page, preview, &early.refs()).await;
    refused.assert_status(422).assert_contains("終わりは、始まり（10:00）より後の時刻を入力してください。");

    let shown = send(&mut admin, &page, preview, &typed).await;
    shown.assert_status(200).assert_contains("09:00").assert_contains("10:00").assert_contains("17:30");
    let silent = send(&mut admin, &shown, "/desk/settings/hours", &[]).await;
    silent.assert_status(422).assert_contains("変更の理由を入力してください。");
    let saved = send(&mut admin, &silent, "/desk/settings/hours", &[("reason", "人員の都合")]).await;
    assert_eq!(saved.assert_status(303).location(), "/desk/settings/calendar");
    admin.get("/desk/settings/calendar").await.assert_contains("10:00–17:30");
    admin.get("/desk/settings/hours").await.assert_contains("人員の都合").assert_contains("適用中");
    app.visitor().get("/portal/login").await.assert_contains("平日 10:00～17:30");
}

#[tokio::test]
async fn the_second_of_two_administrators_sees_what_the_first_did() {
    let app = TestApp::start().await;
    let mut megumi = app.login_as(Role::Admin).await;
    let mut ryo = app.login_another(Role::Admin, "ryo@ca.example").await;
    let page = megumi.get("/desk/settings/calls").await;
    let values = app.services().calls_on(day("2026-11-24")).entries();
    let with = |lease: &str| {
        let mut typed: Vec<(&str, String)> = values.clone();
        typed.push(("effective_on", "2026-11-24".to_owned()));
        let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Fields::of(&typed).with("lease_minutes", lease)
    };
    let hers = send(&mut megumi, &page, "/desk/settings/calls/preview", &with("20").refs()).await;
    let page = ryo.get("/desk/settings/calls").await;
    let his = send(&mut ryo, &page, "/desk/settings/calls/preview", &with("30").refs()).await;
    send(&mut megumi, &hers, "/desk/settings/calls", &[("reason", "先")]).await.assert_status(303);

    let late = send(&mut ryo, &his, "/desk/settings/calls", &[("reason", "後からの理由")]).await;

    late.assert_status(409).assert_contains("ほかの管理者が変更しました").assert_contains("後からの理由");
    late.assert_contains("<td>20分</td>").assert_contains("30分");
    send(&mut ryo, &late, "/desk/settings/calls", &[]).await.assert_status(422);
    send(&mut ryo, &late, "/desk/settings/calls", &[("reason", "後からの理由")]).await.assert_status(303);
    assert_eq!(app.services().calls_on(day("2026-11-24")).lease_minutes, 30);
}

#[tokio::test]
async fn the_what_if_box_shows_the_manuals_example_and_a_dated_rule_changes_it_from_its_day_only() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/validity").await;
    page.assert_contains("value=\"2021-01-10\"").assert_contains("value=\"2022-08-10\"");
    page.assert_contains("2022年2月9日(水)").assert_contains("2021年7月11日(日)以降にもう一度再発行すると");
    let ask = |issued: &str| format!("/desk/settings/validity?issued_on={issued}&entitlement_end_on=2028-12-31");
    let (before, on) = (ask("2027-03-14"), ask("2027-03-15"));
    admin.get(&before).await.assert_contains("2027年9月28日(火)");
    admin.get(&on).await.assert_contains("2027年6月21日(月)");

    let rule = [("step", "set"), ("from", "2027-03-15"), ("kind", "days"), ("number", "90")];
    let shown = send(&mut admin, &page, "/desk/settings/validity/preview", &rule).await;
    shown.assert_status(200).assert_contains("99日").assert_contains("90日").assert_contains("2027年6月12日(土)");
    let saved = send(&mut admin, &shown, "/desk/settings/validity", &[("reason", "社内の方針")]).await;
    saved.assert_status(303);

    admin.get(&before).await.assert_contains("2027年9月28日(火)");
    admin.get(&on).await.assert_contains("2027年6月12日(土)").assert_lacks("2027年6月21日(月)");
    admin.get("/desk/settings/validity").await.assert_contains("2022年2月9日(水)");
    let (action, facts) = last_event(&app).await;
    assert_eq!((action.as_str(), &facts["reason"]), ("validity_rules_changed", &"社内の方針".into()));
}

#[tokio::test]
async fn a_rule_that_the_baseline_requirements_forbid_is_refused_with_what_was_typed() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/validity").await;
    let action = "/desk/settings/validity/preview";
    for (from, kind, number, sentence) in [
        ("2027-03-15", "days", "101", "100日以内と決まっています。"),
        ("2026-11-23", "days", "90", "過ぎた日の規則は変えられません。"),
        ("", "days", "90", "日付を入力してください。"),
        ("2027-03-15", "days", "x", "数字で入力してください。"),
        ("2027-03-15", "days", "0", "1以上の数を入力してください。"),
        ("2027-03-15", "days", "1000", "1から999までの数で入力してください。"),
        ("2027-03-15", "days", "99", "今の設定と同じです。"),
    ] {
        let fields = [("step", "set"), ("from", from), ("kind", kind), ("number", number)];
        let refused = send(&mut admin, &page, action, &fields).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(&format!("value=\"{number}\""));
    }
    let removal = [("step", "remove"), ("from", "2027-03-15")];
    send(&mut admin, &page, action, &removal).await.assert_status(422).assert_contains("100日以内と決まっています。");
    let wrong = admin.get("/desk/settings/validity?issued_on=2022-01-01&entitlement_end_on=2021-01-01").await;
    wrong.assert_status(200).assert_contains("role=\"alert\"");
}

/// The holiday file of two days of 2028, as a browser sends it.
async fn upload(browser: &mut Browser, file: &[u8]) -> Answer {
    let action = "/desk/settings/calendar/holidays/preview";
    browser.attach("/desk/settings/calendar", action, &[("file", Some("syukujitsu.csv"), file)]).await
}

#[tokio::test]
async fn a_year_without_holidays_is_warned_of_until_the_file_is_imported() {
    let app = TestApp::start_at("2027-11-01T15:00:00Z".parse().unwrap()).await;
    let mut admin = app.login_as(Role::Admin).await;
    let warning = "2028年の国民の祝日が登録されていません。";
    app.set_time("2027-11-01T14:59:59Z".parse().unwrap());
    admin.get("/desk/settings").await.assert_lacks(warning);
    app.set_time("2027-11-01T15:00:00Z".parse().unwrap());
    admin.get("/desk/settings").await.assert_contains(warning);
    admin.get("/desk/settings/calendar").await.assert_contains(warning).assert_contains("2027年まで登録されています");
    admin.get("/desk/today").await.assert_contains(warning);

    let text = "国民の祝日・休日月日,国民の祝日・休日名称\r\n2028/1/1,元日\r\n2028/1/10,成人の日\r\n";
    upload(&mut admin, b"").await.assert_status(422).assert_contains("ファイルを選んでください。");
    let bad = upload(&mut admin, text.replace("2028/1/10", "2028/1/40").as_bytes()).await;
    bad.assert_status(422).assert_contains("3行目");
    let shift_jis = encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
    let shown = upload(&mut admin, &shift_jis).await;
    shown
        .assert_status(200)
        .assert_contains("2028/01/10(月)")
        .assert_contains("成人の日")
        .assert_contains("2日を読み取りました");
    let action = "/desk/settings/calendar/holidays";
    let silent = send(&mut admin, &shown, action, &[]).await;
    silent.assert_status(422).assert_contains("変更の理由を入力してください。").assert_contains("成人の日");
    send(&mut admin, &silent, action, &[("reason", "官報の発表")]).await.assert_status(303);

    admin.get("/desk/settings/calendar").await.assert_lacks(warning).assert_contains("国民の祝日を取り込みました。");
    let (action, facts) = last_event(&app).await;
    assert_eq!((action.as_str(), &facts["reason"]), ("holidays_imported", &"官報の発表".into()));
    assert_eq!(facts["changes"][1]["after"], "成人の日");
    assert!(!app.services().calendar().is_business_day(day("2028-01-10")));
}

#[tokio::test]
async fn a_closure_moves_the_day_on_which_cases_are_due() {
    let office = Office::open().await;
    office.world.a_case().due_on(day("2026-12-07")).open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/calendar").await;
    let preview = "/desk/settings/calendar/closures/preview";
    for (date, name, sentence) in [
        ("2026-11-28", "棚卸し", "もともと休業日です。"),
        ("2026-11-23", "棚卸し", "過ぎた日は変えられません。"),
        ("2027-01-11", "棚卸し", "すでに休業日です（成人の日）。"),
        ("", "棚卸し", "日付を入力してください。"),
        ("2026-12-07", "", "必ず入力してください。"),
    ] {
        let refused = send(&mut admin, &page, preview, &[("date", date), ("name", name)]).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(&format!("value=\"{date}\""));
    }
    let shown = send(&mut admin, &page, preview, &[("date", "2026-12-07"), ("name", "棚卸し")]).await;
    shown.assert_status(200).assert_contains("2026年12月7日(月)").assert_contains("1件");
    let action = "/desk/settings/calendar/closures";
    send(&mut admin, &shown, action, &[("reason", "年に一度")]).await.assert_status(303);
    let page = admin.get("/desk/settings/calendar").await;
    page.assert_contains("臨時休業日を追加しました。").assert_contains("棚卸し");
    assert_eq!(office.app.services().calendar().due_on(day("2026-12-07")), day("2026-12-08"));

    let removal = "/desk/settings/calendar/closures/2026-12-07/removal";
    let shown = admin.get(removal).await;
    send(&mut admin, &shown, removal, &[]).await.assert_status(422);
    send(&mut admin, &shown, removal, &[("reason", "中止")]).await.assert_status(303);
    assert!(office.app.services().calendar().is_business_day(day("2026-12-07")));
    admin.get(removal).await.assert_status(404);
    assert_eq!(last_event(&office.app).await.0, "closure_removed");
}

#[tokio::test]
async fn a_new_user_gets_a_password_that_is_shown_once() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/users/new").await;
    let fields = [("name", "例文 花"), ("email", "hana@ca.example"), ("role", "agent"), ("reason", "")];
    let refused = send(&mut admin, &page, "/desk/settings/users", &fields).await;
    refused.assert_status(422).assert_contains("変更の理由を入力してください。").assert_contains("value=\"例文 花\"");
    let fields = Fields::of(&fields).with("reason", "入社");
    let made = send(&mut admin, &refused, "/desk/settings/users", &fields.refs()).await;
    made.assert_status(200).assert_contains("表示するのは今だけです。");
    assert!(made.header("cache-control").contains("no-store"), "{:?}", made.headers);
    let password = made.body.split("id=\"secret\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    let password = password.split('"').next().unwrap().to_owned();
    let list = admin.get("/desk/settings/users").await;
    list.assert_contains("hana@ca.example").assert_contains("パスワード未設定").assert_lacks(&password);
    let taken = send(&mut admin, &page, "/desk/settings/users", &fields.refs()).await;
    assert_eq!(taken.status.as_u16(), 409, "{}", taken.body);

    let mut hana = app.visitor();
    hana.log_in("hana@ca.example", &password).await.assert_status(303);
    assert_eq!(hana.get("/desk/today").await.location(), "/password");
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let mut agent = app.login_as(Role::Agent).await;
    let user = users::Entity::find_by_email(&app.ctx.db, "agent@ca.example").await.unwrap().unwrap();
    let person = format!("/desk/settings/users/{}", user.id);
    admin.get(&person).await.assert_contains("停止する").assert_contains("パスワードを再発行する");
    let disable = format!("{person}/disable");
    let shown = admin.get(&disable).await;
    send(&mut admin, &shown, &disable, &[("reason", " ")]).await.assert_status(422);
    agent.get("/desk/today").await.assert_status(200);
    send(&mut admin, &shown, &disable, &[("reason", "退職")]).await.assert_status(303);

    assert!(agent.get("/desk/today").await.assert_status(303).location().starts_with("/login"));
    app.visitor().log_in("agent@ca.example", PASSWORD).await.assert_status(422);
    let twice = send(&mut admin, &shown, &disable, &[("reason", "退職")]).await;
    twice.assert_status(409).assert_contains("停止されています");
    let enable = format!("{person}/enable");
    let shown = admin.get(&enable).await;
    send(&mut admin, &shown, &enable, &[("reason", "復職")]).await.assert_status(303);
    app.visitor().log_in("agent@ca.example", PASSWORD).await.assert_status(303);
}

#[tokio::test]
async fn another_role_counts_from_the_next_click_and_nobody_changes_their_own() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let mut agent = app.login_as(Role::Agent).await;
    let find = async |email: &str| users::Entity::find_by_email(&app.ctx.db, email).await.unwrap().unwrap();
    let (user, own) = (find("agent@ca.example").await, find("admin@ca.example").await);
    let role = format!("/desk/settings/users/{}/role", user.id);
    let shown = admin.get(&format!("{role}?role=supervisor")).await;
    shown.assert_contains("窓口担当").assert_contains("責任者");
    send(&mut admin, &shown, &role, &[("reason", "昇格")]).await.assert_status(303);
    agent.get("/desk/today").await.assert_contains("責任者");

    let person = format!("/desk/settings/users/{}", own.id);
    admin.get(&person).await.assert_contains("自分自身のアカウントは変えられません。").assert_lacks("停止する");
    let disable = format!("{person}/disable");
    let shown = admin.get(&disable).await;
    let refused = send(&mut admin, &shown, &disable, &[("reason", "x")]).await;
    refused.assert_status(409).assert_contains("自分自身のアカウントは変えられません。");
    let password = format!("/desk/settings/users/{}/password", user.id);
    let shown = admin.get(&password).await;
    let made = send(&mut admin, &shown, &password, &[("reason", "忘れた")]).await;
    made.assert_status(200).assert_contains("表示するのは今だけです。");
    assert_eq!(agent.get("/desk/today").await.status.as_u16(), 303);
}

#[tokio::test]
async fn a_token_works_from_its_only_showing_until_it_is_revoked() {
    let app = TestApp::start().await;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/tokens/new").await;
    let typed = [("name", "注文システム"), ("role", "agent"), ("scope", "read"), ("days", "0"), ("reason", "連携")];
    let refused = send(&mut admin, &page, "/desk/settings/tokens", &typed).await;
    refused.assert_status(422).assert_contains("value=\"注文システム\"");
    let fields = Fields::of(&typed).with("days", "30");
    let made = send(&mut admin, &page, "/desk/settings/tokens", &fields.refs()).await;
    made.assert_status(200).assert_contains("読むだけ").assert_contains("2026年12月24日(木)");
    let start = made.body.find("rdesk_").unwrap();
    let token: String = made.body[start..].chars().take_while(|c| *c != '"').collect();
    let list = admin.get("/desk/settings/tokens").await;
    list.assert_contains("注文システム").assert_lacks("rdesk_");
    let mut program = app.program(Role::Agent).await;
    program.token = Some(token);
    program.get("/api/v1/cases").await.assert_status(200);

    let start = list.body.find("/desk/settings/tokens/").map(|_| {
        list.body
            .split("href=\"")
            .find(|part| part.starts_with("/desk/settings/tokens/") && part.contains("/revocation\""))
    });
    let revocation = start.flatten().unwrap().split('"').next().unwrap().to_owned();
    let shown = admin.get(&revocation).await;
    send(&mut admin, &shown, &revocation, &[("reason", "")]).await.assert_status(422);
    send(&mut admin, &shown, &revocation, &[("reason", "漏えいの疑い")]).await.assert_status(303);
    program.get("/api/v1/cases").await.assert_status(401);
}

#[tokio::test]
async fn a_paused_ca_is_shown_on_every_page_and_no_click_revokes() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let (old, mut agent) = (office.world.source(&case).await, office.app.login_as(Role::Agent).await);
    let mut admin = office.app.login_as(Role::Admin).await;
    let check = admin.post_form("/desk/settings/ca", "/desk/settings/ca/check", &[]).await;
    check.assert_status(303);
    admin.get("/desk/settings/ca").await.assert_contains("応答がありました").assert_contains("接続中");
    let shown = admin.get("/desk/settings/ca/pause").await;
    shown.assert_contains("失効を待つ案件は1件です。");
    send(&mut admin, &shown, "/desk/settings/ca/pause", &[]).await.assert_status(422);
    send(&mut admin, &shown, "/desk/settings/ca/pause", &[("reason", "認証局の保守")]).await.assert_status(303);

    let banner = "認証局への接続を一時停止しています";
    for page in ["/desk/today", "/desk/cases", "/desk/batches", &href(&case)] {
        agent.get(page).await.assert_status(200).assert_contains(banner);
    }
    admin.get("/desk/settings").await.assert_contains("認証局の保守");
    let confirmation = format!("{}/revocation/new", href(&case));
    let revocation = format!("{}/revocation", href(&case));
    let fields = [("serial_suffix", old.serial.suffix())];
    agent.post_form(&confirmation, &revocation, &fields).await.assert_status(303);
    agent.get(&href(&case)).await.assert_contains("認証局の保守");
    assert_eq!(office.world.reload(&case).await.state, CaseState::Confirmed);
    assert_eq!(office.world.ca.revocations(), []);

    let shown = admin.get("/desk/settings/ca/resume").await;
    send(&mut admin, &shown, "/desk/settings/ca/resume", &[("reason", "終わり")]).await.assert_status(303);
    agent.get("/desk/today").await.assert_lacks(banner);
    agent.post_form(&confirmation, &revocation, &fields).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Revoked);
}

/// The embedded CA as a CA outside, behind a guard.
fn with_a_ca_outside(app: &TestApp) -> Arc<Authorities> {
    let limits = Limits {
        timeout: Duration::from_secs(20),
        per_second: 10,
        connections: 4,
        failures: 5,
        rest: Duration::from_secs(30),
    };
    let embedded = Arc::new(app.services().embedded_ca.unwrap());
    let own = Member::inside("own".to_owned(), "CN=Own".to_owned(), embedded.clone());
    let issuer = "CN=Main".to_owned();
    let main = Member::outside("main".to_owned(), AuthorityKind::Cfssl, issuer, 10, Guarded::new(embedded, limits));
    let authorities = Arc::new(Authorities::new(vec![own, main]));
    app.change_services(|services| services.authorities = authorities.clone());
    authorities
}

#[tokio::test]
async fn each_ca_is_shown_and_checked_and_its_rate_is_changed_with_a_reason() {
    let app = TestApp::start().await;
    let authorities = with_a_ca_outside(&app);
    let rate = || authorities.named("main").unwrap().condition().unwrap().per_second;
    let mut admin = app.login_as(Role::Admin).await;
    let page = admin.get("/desk/settings/ca").await;
    page.assert_contains("CN=Main").assert_contains("10回まで").assert_contains("正常").assert_contains("制限なし");
    admin.get("/desk/settings").await.assert_contains("main");
    let checked = admin.post_form("/desk/settings/ca", "/desk/settings/ca/check/main", &[]).await;
    checked.assert_status(303);
    admin.get("/desk/settings/ca").await.assert_contains("できること: 失効, 状態の照会, 発行");

    let href = "/desk/settings/ca/rate/main";
    let preview = format!("{href}/preview");
    let form = admin.get(href).await;
    form.assert_status(200).assert_contains("value=\"10\"");
    for (typed, sentence) in [
        ("x", "数字で入力してください。"),
        ("0", "1から1000までの数で入力してください。"),
        ("1001", "1から1000までの数で入力してください。"),
        ("10", "今の設定と同じです。"),
    ] {
        let refused = send(&mut admin, &form, &preview, &[("per_second", typed)]).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(&format!("value=\"{typed}\""));
    }
    let shown = send(&mut admin, &form, &preview, &[("per_second", "２５")]).await;
    shown.assert_status(200).assert_contains("10回まで").assert_contains("25回まで");
    let silent = send(&mut admin, &shown, href, &[]).await;
    silent.assert_status(422);
    assert_eq!(rate(), 10, "nothing changes without a reason");
    send(&mut admin, &silent, href, &[("reason", "認証局の増強")]).await.assert_status(303);
    assert_eq!(rate(), 25);
    let (action, facts) = last_event(&app).await;
    assert_eq!((action.as_str(), &facts["before"], &facts["after"]), ("ca_rate_changed", &10.into(), &25.into()));

    let late = send(&mut admin, &shown, href, &[("per_second", "30"), ("reason", "先の画面から")]).await;
    late.assert_status(409);
    for missing in ["/desk/settings/ca/rate/own", "/desk/settings/ca/rate/nobody"] {
        admin.get(missing).await.assert_status(404);
    }
}
