//! レポート: how the desk kept its dates (S9).

use chrono::Duration;
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::record_call::record_call;
use revocation_desk::actions::revoke_case::revoke_case;
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::revocation_cases::Case;

use super::office::Office;
use crate::builders::{agent, call, day};
use crate::fake_ca::Behaviour;
use crate::support::app::Answer;

/// The value and the note of a figure.
fn figure(page: &Answer, label: &str) -> (String, String) {
    let rest = page.body.split(&format!("<dt>{label}</dt><dd class=\"num\">")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {label} in {}", page.body));
    let (value, rest) = rest.split_once("</dd>").unwrap();
    let note = rest.split_once("<dd class=\"cmpv\">").unwrap().1.split("</dd>").next().unwrap();
    (value.replace("<small>", "").replace("</small>", ""), note.to_owned())
}

/// Nobody answers; an hour later the right person agrees.
async fn confirmed_at_second_call(office: &Office) -> Case {
    let world = &office.world;
    let case = world.a_case().open().await;
    let at = world.now - Duration::hours(2);
    claim_case(&world.desk, case.reception_number, &agent(), at).await.unwrap();
    let case = record_call(&world.desk, call(&case, CallOutcome::NoAnswer), &agent(), at).await.unwrap();
    world.confirm(&case, world.now - Duration::hours(1)).await
}

#[tokio::test]
async fn the_figures_of_the_period_stand_beside_those_of_the_one_before() {
    let office = Office::open().await;
    let world = &office.world;
    world.a_case().in_state(CaseState::Revoked).open().await;
    world.a_case().due_on(day("2026-11-20")).in_state(CaseState::Revoked).open().await;
    let second = confirmed_at_second_call(&office).await;
    revoke_case(&world.desk, world.order(&second), &agent(), world.now).await.unwrap();
    world.a_case().due_on(day("2026-11-19")).open().await;
    world.a_case().in_state(CaseState::Revoking).open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;

    let page = supervisor.get("/desk/reports").await;

    page.assert_status(200).assert_lacks("???").assert_contains("2026/10/28(水) – 2026/11/24(火)");
    // Three revoked, one of them four days late; four first calls, of which three agreed; five calls in all.
    assert_eq!(figure(&page, "失効希望日どおりに失効"), ("66.7%".to_owned(), String::new()));
    assert_eq!(figure(&page, "1回目の電話で確認").0, "75.0%");
    assert_eq!(figure(&page, "失効までの電話回数").0, "1.3回");
    assert_eq!(figure(&page, "希望日を過ぎた案件"), ("2件".to_owned(), "うち本日も未完了 1件".to_owned()));
    assert_eq!(figure(&page, "失効に失敗"), ("1件".to_owned(), "4件中・未復旧 1件".to_owned()));
    page.assert_contains("<th scope=\"row\">不在・応答なし</th><td class=\"r num\">1</td>");
    let earlier = supervisor.get("/desk/reports?from=2026-10-01&to=2026-10-31").await;
    assert_eq!(figure(earlier.assert_status(200), "失効希望日どおりに失効").0, "–");
    // The period before ends yesterday.
    let today = supervisor.get("/desk/reports?from=2026-11-24&to=2026-11-24").await;
    assert_eq!(figure(&today, "1回目の電話で確認").1, "");
}

#[tokio::test]
async fn what_the_ca_mended_is_no_open_failure() {
    let office = Office::open().await;
    let world = &office.world;
    let case = world.a_case().in_state(CaseState::Revoking).open().await;
    world.ca.will(&world.source(&case).await.serial, Behaviour::Accepts);
    revocation_desk::actions::rescue_stuck::rescue_stuck(&world.desk, &agent(), world.now).await.unwrap();
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let page = auditor.get("/desk/reports").await;
    assert_eq!(figure(&page, "失効に失敗"), ("1件".to_owned(), "1件中・すべて復旧済み".to_owned()));
}

#[tokio::test]
async fn a_period_that_cannot_be_shown_is_refused_beside_the_usual_one() {
    let office = Office::open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let answer = supervisor.get("/desk/reports?from=2026-11-24&to=2026-11-01").await;
    answer
        .assert_status(422)
        .assert_contains("エラー: レポート")
        .assert_contains("終了日が開始日より前です。")
        .assert_contains("value=\"2026-11-01\"")
        .assert_contains("2026/10/28(水) – 2026/11/24(火)");
}

#[tokio::test]
async fn figures_are_for_supervisors_and_auditors_and_their_export_is_recorded() {
    let office = Office::open().await;
    office.world.a_case().in_state(CaseState::Revoked).open().await;
    for (role, status) in [(Role::Agent, 403), (Role::Admin, 403), (Role::Supervisor, 200), (Role::Auditor, 200)] {
        let mut browser = office.app.login_as(role).await;
        browser.get("/desk/reports").await.assert_status(status);
        let today = browser.get("/desk/today").await;
        assert_eq!(today.body.contains("href=\"/desk/reports\""), status == 200, "{role:?}");
        let csrf = today.hidden_fields("/logout").remove(0).1;
        let fields = [("_csrf", csrf.as_str()), ("from", "2026-11-01"), ("to", "2026-11-24")];
        let file = browser.post("/desk/reports/export", &fields).await;
        file.assert_status(status);
        if status == 200 {
            assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
            assert!(file.header("content-disposition").ends_with("\"report-20261101-20261124.csv\""));
            assert!(file.body.starts_with('\u{feff}'), "{}", file.body);
            for line in ["失効希望日どおりに失効,100.0,%,", "失効予定日,EV,OV,計", "不在・応答なし,0"]
            {
                assert!(file.body.contains(&format!("{line}\r\n")), "{line} in {}", file.body);
            }
            let log = browser.get("/desk/audit?action=report_exported").await;
            log.assert_contains("開始 2026年11月1日(日)");
        }
    }
    let mut supervisor = office.app.login_another(Role::Supervisor, "another@ca.example").await;
    let csrf = supervisor.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
    supervisor.post("/desk/reports/export", &[("_csrf", &csrf), ("from", "x")]).await.assert_status(422);
    supervisor.post("/desk/reports/export", &[("from", "")]).await.assert_status(403);
}
