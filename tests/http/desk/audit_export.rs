//! The audit log taken out of the system: complete, harmless to spreadsheets, and recorded.

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::audit_events::{self, AuditEvent, chain_hash};

use super::office::Office;
use crate::support::app::{Answer, Browser};

async fn export(browser: &mut Browser, page: &str, format: &str) -> Answer {
    let csrf = browser.get("/desk/audit").await.hidden_fields("/logout").remove(0).1;
    let mut fields = vec![("_csrf", csrf.as_str()), ("format", format)];
    let query = page.split_once('?').map_or("", |(_, query)| query);
    fields.extend(query.split('&').filter_map(|pair| pair.split_once('=')));
    browser.post("/desk/audit/export", &fields).await
}

#[tokio::test]
async fn the_whole_log_leaves_oldest_first_and_ends_with_the_record_of_it() {
    let office = Office::open().await;
    // More than are read at a time.
    for _ in 0..180 {
        office.world.a_case().open().await;
    }
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let file = export(&mut supervisor, "/desk/audit", "jsonl").await;
    assert_eq!(file.assert_status(200).header("content-disposition"), "attachment; filename=\"audit-20261124.jsonl\"");
    let lines: Vec<serde_json::Value> = file.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (head, _) = audit_events::head(&office.world.desk.db).await.unwrap();
    assert!(head > 500, "{head}");
    assert_eq!(lines.len(), usize::try_from(head).unwrap());
    let mut numbers: Vec<i64> = lines.iter().map(|line| line["sequence"].as_i64().unwrap()).collect();
    let mut times: Vec<&str> = lines.iter().map(|line| line["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    times.dedup();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), lines.len());
    let last = lines.iter().find(|line| line["sequence"] == head).unwrap();
    assert_eq!((&last["action"], &last["detail"]["format"]), (&"audit_exported".into(), &"jsonl".into()));
}

#[tokio::test]
async fn lines_for_programs_prove_the_chain() {
    let office = Office::open().await;
    office.world.a_case().in_state(CaseState::Revoked).open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let file = export(&mut supervisor, "/desk/audit", "jsonl").await;
    let mut events: Vec<AuditEvent> = file.body.lines().map(event).collect();
    events.sort_by_key(|event| event.sequence);
    let mut previous = String::new();
    for event in events {
        assert_eq!(chain_hash(&previous, &event), event.hash, "{event:?}");
        previous = event.hash;
    }
}

fn event(line: &str) -> AuditEvent {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| line[name].as_str().unwrap().to_owned();
    AuditEvent {
        sequence: line["sequence"].as_i64().unwrap(),
        at: line["at"].as_str().unwrap().parse().unwrap(),
        actor: text("actor"),
        action: text("action"),
        subject: text("subject"),
        case_id: line["case_id"].as_i64(),
        detail: line["detail"].to_string(),
        address: line["address"].as_str().map(str::to_owned),
        hash: text("hash"),
    }
}

#[tokio::test]
async fn a_table_for_spreadsheets_holds_what_the_filter_finds() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    office.world.a_case().open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let file = export(&mut supervisor, &format!("?case={}", case.reception_number), "csv").await;
    assert_eq!(file.assert_status(200).header("content-type"), "text/csv; charset=utf-8");
    assert!(file.body.starts_with("\u{feff}番号,日時,利用者,"), "{}", file.body);
    assert!(file.body.ends_with("\r\n"));
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 4, "{}", file.body);
    let when = lines[3].split(',').nth(1).unwrap();
    assert!(when.starts_with("2026/11/24 09:3") && when.len() == "2026/11/24 09:30:00.000".len(), "{when}");
    assert!(lines[3].contains(&format!(",取り下げ,withdrawn,{},電話の確認待ち,取り下げ,", case.reception_number)));
    let log = supervisor.get("/desk/audit?action=audit_exported").await;
    log.assert_contains(&format!("案件の番号 {}", case.id))
        .assert_contains("形式 csv")
        .assert_contains("個人情報を除く false");
}

#[tokio::test]
async fn an_auditor_takes_no_personal_data_along_without_a_reason() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    office.app.customer(case.subscriber_id, "hana").await;
    let mut auditor = office.app.login_as(Role::Auditor).await;
    for format in ["csv", "jsonl"] {
        let file = export(&mut auditor, "", format).await;
        file.assert_status(200).assert_contains("192.0.2.***").assert_lacks("192.0.2.80").assert_lacks("例文 花");
    }
    let reason = [("reason", "苦情の調査")];
    auditor.post_form("/desk/audit/unlock/new", "/desk/audit/unlock", &reason).await.assert_status(303);
    let file = export(&mut auditor, "", "csv").await;
    file.assert_contains("192.0.2.80").assert_contains("例文 花");
}

#[tokio::test]
async fn who_may_not_export_or_asks_for_nonsense_gets_nothing_and_leaves_no_record() {
    let office = Office::open().await;
    office.world.a_case().open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    admin.get("/desk/audit").await.assert_lacks("/desk/audit/export");
    export(&mut admin, "", "csv").await.assert_status(403);
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    export(&mut supervisor, "", "xls").await.assert_status(422);
    export(&mut supervisor, "?case=nonsense", "csv").await.assert_status(422);
    supervisor.post("/desk/audit/export", &[("format", "csv")]).await.assert_status(403);
    supervisor.get("/desk/audit?action=audit_exported").await.assert_contains("条件に合う記録はありません。");
}
