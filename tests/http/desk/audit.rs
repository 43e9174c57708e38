//! 監査ログ: who reads what of it, and how it is narrowed down (S10).

use chrono::Duration;
use revocation_desk::actions::check_audit::check_audit;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::audit::GROUPS;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::office::{Office, claim, href};
use crate::builders::day;
use crate::support::app::{Answer, Browser, PASSWORD};

/// The actions of the rows, in their order.
fn listed(page: &Answer) -> Vec<String> {
    let rows = page.body.split("<tr data-row>").skip(1);
    rows.map(|row| row.split("</td><td>").nth(2).unwrap().to_owned()).collect()
}

async fn rows(browser: &mut Browser, query: &str) -> usize {
    let page = browser.get(&format!("/desk/audit{query}")).await;
    page.assert_status(200).assert_lacks("???").body.matches("<tr data-row>").count()
}

#[tokio::test]
async fn the_log_is_narrowed_down_by_case_person_action_and_period() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    office.world.a_case().open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let number = case.reception_number.to_string();
    for (query, found) in [
        ("?action=filed".to_owned(), 2),
        (format!("?case={number}&action=filed"), 1),
        (format!("?case={number}"), 3),
        (format!("?case=%20{}", number.to_lowercase()), 3),
        (format!("?case={number}&from=2026-11-24"), 1),
        (format!("?case={number}&to=2026-11-23"), 2),
        (format!("?case={number}&from=2026-11-17&to=2026-11-17"), 2),
        ("?action=filed&from=2026-11-18".to_owned(), 0),
        ("?action=withdrawn&actor=staff:1".to_owned(), 1),
        ("?actor=customer:1".to_owned(), 2),
        ("?actor=customer:2".to_owned(), 0),
        ("?action=execution_started".to_owned(), 0),
        ("?actor=batch".to_owned(), 0),
        // What cannot be read finds nothing: the whole log would mislead.
        ("?case=RQ-261124-9999".to_owned(), 0),
        ("?case=nonsense".to_owned(), 0),
        ("?from=nonsense".to_owned(), 0),
    ] {
        assert_eq!(rows(&mut supervisor, &query).await, found, "{query}");
    }
    let page = supervisor.get(&format!("/desk/audit?case={number}")).await;
    assert_eq!(listed(&page), ["取り下げ", "新証明書を登録", "再発行申請を受け付け"]);
    page.assert_contains("電話の確認待ち").assert_contains(&href(&case)).assert_contains("192.0.2.1");
    page.assert_contains("2026/11/24(火) 09:3").assert_contains("お客様 #1");
}

#[tokio::test]
async fn what_the_daily_run_did_is_found_by_its_actions_and_its_name() {
    let office = Office::open().await;
    office.world.a_case().in_state(CaseState::Revoked).open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    for query in ["?action=execution_started", "?action=revocation_accepted", "?actor=batch&action=execution_started"] {
        assert_eq!(rows(&mut admin, query).await, 1, "{query}");
    }
    assert_eq!(rows(&mut admin, "?actor=batch").await, 2);
    assert_eq!(rows(&mut admin, "?actor=batch&action=call_confirmed").await, 0);
}

#[tokio::test]
async fn paging_shows_every_event_once_while_others_come_in() {
    let office = Office::open().await;
    for _ in 0..25 {
        office.world.a_case().open().await;
    }
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let all = supervisor.get("/desk/audit?to=2026-11-17").await;
    assert_eq!(listed(&all).len(), 50);
    office.world.a_case().open().await;
    let mut seen: Vec<String> = sequences(&all);
    let mut page = all;
    while let Some(next) = link(&page, "after") {
        page = supervisor.get(&next).await;
        seen.extend(sequences(&page));
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len());
    let back = supervisor.get(&link(&page, "before").unwrap()).await;
    assert!(sequences(&back).iter().all(|sequence| seen.contains(sequence)));
}

fn sequences(page: &Answer) -> Vec<String> {
    let marks = page.body.split("\">#").skip(1);
    marks.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

fn link(page: &Answer, direction: &str) -> Option<String> {
    let hrefs = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs.map(|href| href.replace("&#38;", "&")).find(|href| href.contains(&format!("&{direction}=")))
}

#[tokio::test]
async fn an_agent_sees_only_what_they_did_themselves() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let page = agent.get("/desk/audit").await;
    assert_eq!(listed(page.assert_status(200)), ["案件を確保", "ログイン"]);
    page.assert_lacks("/desk/audit/export").assert_lacks("/desk/audit/checks").assert_lacks("id=\"f-actor\"");
    assert_eq!(rows(&mut agent, "?actor=staff:1").await, 2, "whoever is asked for");
    assert_eq!(rows(&mut agent, "?actor=customer:1").await, 2);
    let csrf = page.hidden_fields("/logout").remove(0).1;
    for path in ["export", "checks", "unlock"] {
        let answer = agent.post(&format!("/desk/audit/{path}"), &[("_csrf", &csrf), ("format", "csv")]).await;
        assert_eq!(answer.status.as_u16(), 403, "{path}");
    }
    agent.get("/desk/audit/unlock/new").await.assert_status(403);
}

#[tokio::test]
async fn an_auditor_sees_personal_data_only_after_saying_why_and_only_for_a_while() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    office.app.customer(case.subscriber_id, "hana").await;
    let log = format!("/desk/audit?case={}", case.reception_number);
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let hidden = auditor.get(&log).await;
    hidden
        .assert_contains("192.0.2.***")
        .assert_contains("お客様 #1")
        .assert_lacks("192.0.2.80")
        .assert_lacks("例文 花");

    let form = link_to(&hidden, "/desk/audit/unlock/new");
    let refused = auditor.post_form(&form, "/desk/audit/unlock", &[("reason", "　")]).await;
    refused.assert_status(422).assert_contains("エラー: ").assert_contains("表示する理由を入力してください。");
    auditor.get(&log).await.assert_lacks("例文 花");
    let endless = "あ".repeat(501);
    auditor.post_form(&form, "/desk/audit/unlock", &[("reason", &endless)]).await.assert_status(422);
    let shown = auditor.post_form(&form, "/desk/audit/unlock", &[("reason", "苦情の調査")]).await;
    assert_eq!(shown.assert_status(303).location(), log);
    let open = auditor.get(&log).await;
    open.assert_contains("192.0.2.80").assert_contains("例文 花").assert_contains("10:30まで表示しています");

    let record = auditor.get("/desk/audit?action=audit_unlocked").await;
    assert_eq!(listed(&record), ["個人情報を表示"]);
    record.assert_contains("理由 苦情の調査");
    let mut another = office.app.login_another(Role::Auditor, "another@ca.example").await;
    another.get(&log).await.assert_lacks("例文 花");
    office.app.pass(Duration::minutes(29));
    again(&office, Role::Auditor).await.get(&log).await.assert_contains("例文 花");
    office.app.pass(Duration::minutes(2));
    let later = again(&office, Role::Auditor).await.get(&log).await;
    later.assert_status(200).assert_lacks("例文 花").assert_lacks("192.0.2.80");
}

/// The same person in a new session: the old one may be over.
async fn again(office: &Office, role: Role) -> Browser {
    let mut browser = office.app.visitor();
    browser.log_in(&format!("{}@ca.example", role.as_str()), PASSWORD).await.assert_status(303);
    browser
}

fn link_to(page: &Answer, path: &str) -> String {
    let start = page.body.find(&format!("href=\"{path}")).unwrap_or_else(|| panic!("no {path} in {}", page.body)) + 6;
    page.body[start..].split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn the_page_says_when_the_chain_was_found_whole_and_what_is_wrong_with_it() {
    let office = Office::open().await;
    let desk = &office.world.desk;
    office.world.a_case().open().await;
    let mut auditor = office.app.login_as(Role::Auditor).await;
    auditor.get("/desk/audit").await.assert_contains("連続性 未確認");
    let begun = auditor.post_form("/desk/audit", "/desk/audit/checks", &[]).await;
    assert_eq!(begun.assert_status(303).location(), "/desk/audit");
    office.app.services().finished().await;
    let (head, _) = revocation_desk::models::audit_events::head(&desk.db).await.unwrap();
    auditor.get("/desk/audit").await.assert_contains("連続性 確認済み").assert_contains(&format!("#1から#{head}まで"));

    office.world.tamper("UPDATE audit_events SET detail = '{}' WHERE sequence = 2").await;
    check_audit(desk, &Actor::system(), office.world.now).await.unwrap();
    auditor.get("/desk/audit").await.assert_contains("連続性 異常あり").assert_contains("#2が書き換えられています。");
}

#[tokio::test]
async fn a_check_that_goes_on_is_not_begun_twice() {
    let office = Office::open().await;
    let desk = &office.world.desk;
    let now = office.world.now;
    let begin = |at| revocation_desk::models::audit_checks::begin(&desk.db, "system".to_owned(), at);
    begin(now - Duration::minutes(5)).await.unwrap();
    let mut admin = office.app.login_as(Role::Admin).await;
    let page = admin.get("/desk/audit").await;
    page.assert_contains("確認中（09:55から）").assert_lacks("/desk/audit/checks");
    let csrf = page.hidden_fields("/logout").remove(0).1;
    admin.post("/desk/audit/checks", &[("_csrf", &csrf)]).await.assert_status(303);
    assert_eq!(office.world.count("audit_checks").await, 1);
    // One that was cut off does not stand in the way for ever.
    office.app.pass(Duration::minutes(56));
    again(&office, Role::Admin).await.get("/desk/audit").await.assert_contains("/desk/audit/checks");
}

#[tokio::test]
async fn every_page_of_the_log_can_be_asked_for_while_the_desk_is_halted() {
    let office = Office::open().await;
    office.world.a_case().due_on(day("2026-11-27")).open().await;
    let input = revocation_desk::actions::halt_desk::HaltDesk {
        cause: revocation_desk::domain::halt::HaltCause::Ordered,
        reason: "調査".to_owned(),
        lost_sequence: None,
    };
    let desk = &office.world.desk;
    revocation_desk::actions::halt_desk::halt_desk(desk, input, &Actor::system(), office.world.now).await.unwrap();
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let page = "/desk/audit/unlock/new";
    auditor.post_form(page, "/desk/audit/unlock", &[("reason", "復旧の調査")]).await.assert_status(303);
    let export = auditor.post_form("/desk/audit", "/desk/audit/export", &[("format", "jsonl")]).await;
    export.assert_status(200).assert_contains("desk_halted");
}

#[tokio::test]
async fn every_action_can_be_asked_for_by_its_word() {
    let office = Office::open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let page = supervisor.get("/desk/audit").await;
    for action in GROUPS.iter().flat_map(|group| group.actions) {
        page.assert_contains(&format!("<option value=\"{action}\""));
    }
    let chosen = supervisor.get("/desk/audit?action=filed&actor=customer:7").await;
    chosen.assert_contains("value=\"filed\" selected").assert_contains("value=\"customer:7\" selected");
}
