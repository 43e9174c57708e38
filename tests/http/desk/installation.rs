//! 設置の確認 as people at the desk meet it: the setting, the list, the case, the click, many at once.

use std::sync::Arc;

use revocation_desk::actions::check_installations::check_installations;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::revocation_cases::Case;
use serde_json::json;

use super::lists::{listed, numbers};
use super::office::{Fields, Office, href};
use crate::support::app::Browser;
use crate::tls_sites::Sites;

const SETTING: &str = "/desk/settings/installation";
const WARNING: &str = "旧証明書がまだ使われています: www.example.jp（11/24 10:00 確認）";

async fn open() -> (Office, Sites) {
    let mut office = Office::open().await;
    let sites = Sites::open().await;
    let hosts = Arc::new(sites.clone());
    office.world.desk.hosts = hosts.clone();
    office.app.change_services(|services| services.hosts = hosts);
    (office, sites)
}

/// An administrator turns it on, in its two steps.
async fn turn_on(office: &Office) -> Browser {
    let mut admin = office.app.login_as(Role::Admin).await;
    let page = admin.get(SETTING).await;
    let fields = Fields::of(&[("on", "on"), ("ports", "443"), ("hours_between_looks", "24")]);
    let preview = format!("{SETTING}/preview");
    let shown = admin.post(&preview, &fields.on(&page, &preview).refs()).await;
    let reason = Fields::of(&[("reason", "お客様への案内")]).on(shown.assert_status(200), SETTING);
    assert_eq!(admin.post(SETTING, &reason.refs()).await.assert_status(303).location(), SETTING);
    admin
}

/// What the schedule does.
async fn look(office: &Office) {
    check_installations(&office.world.desk, &Actor::batch(), office.world.now).await.unwrap();
}

async fn show_old(office: &Office, sites: &Sites, case: &Case) {
    sites.show("www.example.jp", &office.world.source(case).await.der);
}

#[tokio::test]
async fn an_administrator_turns_it_on_after_the_difference_and_a_reason() {
    let (office, _sites) = open().await;
    office.world.a_case().open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    let page = admin.get(SETTING).await;
    page.assert_status(200).assert_contains("value=\"off\" checked").assert_contains("value=\"443\"");
    page.assert_lacks("確認の状況").assert_lacks("???");
    admin.get("/desk/settings").await.assert_contains(SETTING).assert_contains("使わない");
    let preview = format!("{SETTING}/preview");
    let send = |on: &str, ports: &str, hours: &str| {
        Fields::of(&[("on", on), ("ports", ports), ("hours_between_looks", hours)]).on(&page, &preview)
    };

    let refused = admin.post(&preview, &send("on", "４４３、x", "0").refs()).await;
    refused.assert_status(422).assert_contains("<title>エラー").assert_contains("value=\"４４３、x\"");
    refused.assert_contains("数字で入力してください。").assert_contains("value=\"on\" checked");
    let refused = admin.post(&preview, &send("on", "443", "0").refs()).await;
    refused.assert_status(422).assert_contains("1から168までの数で入力してください。");
    let refused = admin.post(&preview, &send("off", "443", "24").refs()).await;
    refused.assert_status(422).assert_contains("今の設定と同じです。");
    let refused = admin.post(&preview, &send("perhaps", "443", "24").refs()).await;
    refused.assert_status(422);

    let shown = admin.post(&preview, &send("on", "４４３、8443", "12").refs()).await;
    shown.assert_status(200).assert_contains("使わない").assert_contains("443, 8443").assert_contains("12時間");
    shown.assert_contains("（対象: 1件）").assert_contains("外向きの接続を許可しているか");
    let silent = admin.post(SETTING, &Fields::of(&[]).on(&shown, SETTING).refs()).await;
    silent.assert_status(422).assert_contains("変更の理由を入力してください。");
    assert!(!office.app.services().live().installation().on);
    let fields = Fields::of(&[("reason", "お客様への案内")]).on(&silent, SETTING);
    admin.post(SETTING, &fields.refs()).await.assert_status(303);
    assert!(office.app.services().live().installation().on);
    let page = admin.get(SETTING).await;
    page.assert_contains("設置の確認の設定を保存しました。")
        .assert_contains("お客様への案内")
        .assert_contains("確認の状況");
}

#[tokio::test]
async fn only_administrators_see_and_change_the_setting() {
    let (office, _sites) = open().await;
    for role in [Role::Agent, Role::Supervisor, Role::Auditor] {
        let mut browser = office.app.login_as(role).await;
        let csrf = browser.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
        browser.get(SETTING).await.assert_status(403);
        for action in [SETTING.to_owned(), format!("{SETTING}/preview")] {
            let fields = [("_csrf", csrf.as_str()), ("on", "on"), ("ports", "443"), ("reason", "x")];
            browser.post(&action, &fields).await.assert_status(403);
        }
    }
}

#[tokio::test]
async fn while_it_is_off_no_page_speaks_of_it() {
    let (office, _sites) = open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let list = agent.get("/desk/cases").await;
    list.assert_contains("発行済み").assert_lacks("旧証明書のまま").assert_lacks("未確認");
    agent.get(&href(&case)).await.assert_lacks("今すぐ確認").assert_lacks("id=\"sites\"");
    let action = format!("{}/installation", href(&case));
    let csrf = agent.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
    agent.post(&action, &[("_csrf", &csrf)]).await.assert_status(303);
    agent.get(&href(&case)).await.assert_contains("設置の確認は使わない設定です。");
}

#[tokio::test]
async fn the_list_shows_what_the_sites_show_and_the_view_holds_those_with_the_old_one() {
    let (office, sites) = open().await;
    let old = office.world.a_case().open().await;
    let certificate = office.world.a_certificate().names(["*.example.jp"]).register().await;
    let wild = office.world.a_case().on(&certificate).open().await;
    let waiting = office.world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    turn_on(&office).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get("/desk/cases").await.assert_contains("未確認").assert_contains("確認の対象外");
    show_old(&office, &sites, &old).await;
    look(&office).await;

    let list = agent.get("/desk/cases").await;
    list.assert_contains("旧証明書のまま 1/1").assert_contains("11/24 10:00").assert_contains("発行待ち");
    list.assert_contains("旧証明書のまま <span class=\"c hot\">1</span>").assert_lacks("???");
    assert_eq!(listed(&list).len(), 3);
    let view = agent.get("/desk/cases?view=old_in_use").await;
    assert_eq!(listed(&view), numbers(&[&old]));
    let export = agent.post_form("/desk/cases", "/desk/exports/cases", &[]).await;
    let line = |case: &Case| {
        export.body.lines().find(|line| line.contains(&case.reception_number.to_string())).unwrap().to_owned()
    };
    assert!(export.body.lines().next().unwrap().contains("新証明書の設置,設置の確認日時"), "{}", export.body);
    assert!(line(&old).contains("旧証明書のまま 1/1,2026/11/24 10:00"), "{}", line(&old));
    assert!(line(&wild).contains("確認の対象外,,"), "{}", line(&wild));
    assert!(line(&waiting).contains("発行待ち,,"), "{}", line(&waiting));
}

#[tokio::test]
async fn an_agent_sees_the_sites_of_a_case_and_looks_again() {
    let (office, sites) = open().await;
    let case = office.world.a_case().open().await;
    turn_on(&office).await;
    show_old(&office, &sites, &case).await;
    look(&office).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let page = agent.get(&href(&case)).await;
    page.assert_contains(WARNING).assert_contains("1件中1件のサイトで使用中").assert_contains("443番ポート");
    page.assert_contains("設置の確認</b>　旧証明書のまま 1/1");

    sites.show("www.example.jp", &office.world.replacement(&case).await.der);
    let action = format!("{}/installation", href(&case));
    let again = agent.post_form(&href(&case), &action, &[]).await;
    assert_eq!(again.assert_status(303).location(), format!("{}#h-cmp", href(&case)));

    let page = agent.get(&href(&case)).await;
    page.assert_contains("サイトを確認しました: 設置済み 1/1").assert_lacks(WARNING);
    page.assert_contains("どのサイトでも見つからず").assert_lacks("???");
    for role in [Role::Auditor, Role::Admin] {
        let mut browser = office.app.login_another(role, &format!("second-{}@ca.example", role.as_str())).await;
        let page = browser.get(&href(&case)).await;
        page.assert_contains("どのサイトでも見つからず").assert_lacks("今すぐ確認");
        let csrf = page.hidden_fields("/logout").remove(0).1;
        browser.post(&action, &[("_csrf", &csrf)]).await.assert_status(403);
    }
    let withdrawn = office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    agent.get(&href(&withdrawn)).await.assert_lacks("今すぐ確認");
}

#[tokio::test]
async fn the_click_needs_the_box_while_a_site_shows_the_old_certificate() {
    let (office, sites) = open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    turn_on(&office).await;
    show_old(&office, &sites, &case).await;
    look(&office).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let (page, action) = (format!("{}/revocation/new", href(&case)), format!("{}/revocation", href(&case)));
    agent.get(&page).await.assert_contains(WARNING).assert_contains("旧証明書が使われていることを相手に伝えた");
    let suffix = office.world.source(&case).await.serial.suffix().to_owned();

    let refused = agent.post_form(&page, &action, &[("serial_suffix", &suffix)]).await;
    refused.assert_status(422).assert_contains("相手に伝えてから、チェックを入れてください。");
    refused.assert_contains(&format!("value=\"{suffix}\""));
    let wrong = agent.post_form(&page, &action, &[("serial_suffix", ""), ("old_in_use_told", "yes")]).await;
    wrong.assert_status(422).assert_contains("name=\"old_in_use_told\" value=\"yes\" checked");
    assert_eq!(office.world.ca.revocations(), []);
    let done = agent.post_form(&page, &action, &[("serial_suffix", &suffix), ("old_in_use_told", "yes")]).await;
    assert_eq!(done.assert_status(303).location(), href(&case));
    assert_eq!(office.world.ca.revocations().len(), 1);
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let log = supervisor.get(&format!("/desk/audit?case={}", case.reception_number)).await;
    log.assert_contains("旧証明書の使用を相手に伝えた").assert_contains("設置の確認の結果が変化").assert_lacks("???");
}

#[tokio::test]
async fn an_override_is_warned_of_and_needs_no_box() {
    let (office, sites) = open().await;
    let case = office.world.a_case().open().await;
    let case = office.world.override_call(&case, office.world.now).await;
    turn_on(&office).await;
    show_old(&office, &sites, &case).await;
    look(&office).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let page = agent.get(&format!("{}/revocation/new", href(&case))).await;
    page.assert_contains(WARNING).assert_lacks("旧証明書が使われていることを相手に伝えた");
}

#[tokio::test]
async fn the_dry_run_of_many_says_how_many_still_show_the_old_one() {
    let (office, sites) = open().await;
    let confirmed = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let certificate = office.world.a_certificate().names(["b.example.jp"]).register().await;
    let other = office.world.a_case().on(&certificate).in_state(CaseState::Confirmed).open().await;
    turn_on(&office).await;
    show_old(&office, &sites, &confirmed).await;
    look(&office).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let (one, two) = (confirmed.reception_number.to_string(), other.reception_number.to_string());
    let fields = [("act", "revoke"), ("case", one.as_str()), ("case", two.as_str())];
    let act = agent.post_form("/desk/cases", "/desk/bulk", &fields).await.assert_status(303).location().to_owned();

    let page = agent.get(&act).await;

    page.assert_contains("旧証明書がまだ使われている案件が1件あります。").assert_contains("旧証明書のまま 1/1");
    page.assert_contains("接続できず").assert_contains("実行できる案件（2件）").assert_lacks("???");
}

#[tokio::test]
async fn programs_read_what_the_sites_show_and_say_that_the_customer_was_told() {
    let (office, sites) = open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let program = office.app.program(Role::Agent).await;
    let address = format!("/api/v1/cases/{}", case.reception_number);
    assert_eq!(program.get(&address).await.json()["installation"], json!(null));
    turn_on(&office).await;
    let source = office.world.source(&case).await;
    show_old(&office, &sites, &case).await;
    look(&office).await;

    let shown = program.get(&address).await.json();
    let site = json!({
        "name": "www.example.jp", "seen": "old", "port": 443, "sha256": source.sha256.as_str(), "hindrance": null,
        "looked_at": "2026-11-24T01:00:00Z",
    });
    let mut expected = json!({ "seen": "old", "sites_so": 1, "sites": 1, "names": [site] });
    expected["looked_at"] = shown["installation"]["looked_at"].clone();
    expected["names"][0]["looked_at"] = shown["installation"]["looked_at"].clone();
    assert_eq!(shown["installation"], expected);
    let listed = program.get("/api/v1/cases?view=old_in_use").await.json();
    assert_eq!(listed["items"][0]["reception_number"], case.reception_number.to_string());

    let mut order = json!({ "serial_suffix": source.serial.suffix(), "version": case.version });
    let revocation = format!("{address}/revocation");
    let refused = program.post(&revocation, order.clone()).await;
    let problem = refused.assert_status(422).json();
    assert_eq!(problem["errors"][0]["code"], "old_in_use_not_told", "{problem}");
    order["old_in_use_told"] = json!(true);
    program.post(&revocation, order).await.assert_status(200);
}
