//! 一括失効: by file, checked, approved by another supervisor, run (journey 11).

use std::time::Duration;

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::batch_runs::{self, BatchRun};
use revocation_desk::models::columns::RunStatus;
use revocation_desk::models::revocation_cases::Case;

use super::office::Office;
use crate::support::app::{Answer, Browser};

/// Chooses a file on 一括失効 and presses 次へ.
async fn upload(browser: &mut Browser, file: &[u8]) -> Answer {
    browser.attach("/desk/bulk", "/desk/bulk/file", &[("file", Some("a.csv"), file)]).await
}

fn file_of(cases: &[&Case]) -> String {
    let lines: Vec<String> = cases.iter().map(|case| case.reception_number.to_string()).collect();
    format!("受付番号\r\n{}\r\n", lines.join("\r\n"))
}

/// The run goes on in the background; a test that never sees its end hangs on to the limit and fails.
async fn ended(office: &Office, address: &str) -> BatchRun {
    let id = address.rsplit('/').next().unwrap().parse().unwrap();
    for _ in 0..600 {
        let run = batch_runs::by_id(&office.world.desk.db, id).await.unwrap();
        if run.status != RunStatus::Running {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run did not end");
}

#[tokio::test]
async fn a_file_is_checked_requested_approved_by_another_supervisor_and_run() {
    let office = Office::open().await;
    let confirmed = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let ev = office.world.a_case().ev().in_state(CaseState::Confirmed).open().await;
    let uncalled = office.world.a_case().open().await;
    let mut requester = office.app.login_as(Role::Supervisor).await;
    let mut approver = office.app.login_another(Role::Supervisor, "second@ca.example").await;
    let mut agent = office.app.login_as(Role::Agent).await;

    let file = format!("\u{FEFF}{}", file_of(&[&confirmed, &uncalled, &ev]));
    let act = upload(&mut requester, file.as_bytes()).await.assert_status(303).location().to_owned();
    let check = requester.get(&act).await;
    check.assert_contains("2件（EV 1件、OV 1件）").assert_contains("実行できない案件（1件）").assert_lacks("???");
    check.assert_contains("電話確認の記録がないため失効できません。").assert_contains("2件の失効の承認を依頼");
    let request = format!("{act}/request");
    let groundless = requester.post_form(&act, &request, &[("ground", "")]).await;
    groundless.assert_status(422).assert_contains("エラー: ");
    requester.post_form(&act, &request, &[("ground", "サーバー入れ替え")]).await.assert_status(303);

    let own = requester.get(&act).await;
    own.assert_contains("ほかの責任者の承認を待っています。").assert_lacks("/approval");
    let fields = own.hidden_fields("/logout");
    let approval = format!("{act}/approval");
    let fields = [("_csrf", fields[0].1.as_str()), ("version", "2"), ("count", "2")];
    requester.post(&approval, &fields).await.assert_status(403).assert_contains("自分が依頼した失効は承認できません。");
    agent.get(&act).await.assert_lacks("/approval");
    let csrf = agent.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
    agent.post(&approval, &[("_csrf", &csrf), ("version", "2"), ("count", "2")]).await.assert_status(403);

    approver.get(&act).await.assert_contains("サーバー入れ替え").assert_contains("2件、うちEV 1件");
    let wrong = approver.post_form(&act, &approval, &[("count", "3")]).await;
    wrong.assert_status(422).assert_contains("入力した件数「3」は、失効する件数（2件）と一致しません。");
    wrong.assert_contains("value=\"3\"");
    assert_eq!(office.world.ca.revocations(), [], "nothing is revoked before the approval");
    let answer = approver.post_form(&act, &approval, &[("count", "2")]).await;
    let run = answer.assert_status(303).location().to_owned();
    let ended = ended(&office, &run).await;
    assert_eq!((ended.status, ended.done, ended.failed, ended.skipped), (RunStatus::Finished, 2, 0, 0));
    approver.get(&run).await.assert_contains("一括失効").assert_contains("2／2件");
    approver.get(&act).await.assert_contains("実行した案件（2件）").assert_contains("対象外");
    for (case, revoked) in [(&confirmed, true), (&ev, true), (&uncalled, false)] {
        let state = office.world.reload(case).await.state;
        assert_eq!(matches!(state, CaseState::Revoked | CaseState::Completed), revoked, "{state:?}");
    }
    approver.get("/desk/bulk").await.assert_contains("2件（対象外1件）").assert_lacks("???");
}

#[tokio::test]
async fn a_file_with_a_wrong_line_is_refused_whole_and_each_line_is_named() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let number = case.reception_number.to_string();
    let mut agent = office.app.login_as(Role::Agent).await;
    let many: Vec<String> = (1..=501).map(|n| format!("RQ-260101-{n:04}")).collect();
    for (file, sentences) in [
        (format!("受付番号\n{number}\nRQ-261124-9999\n"), vec!["3行目: 受付番号 RQ-261124-9999 が見つかりません。"]),
        (
            format!("受付番号\n{number}\nRQ-1\n{number}\n"),
            vec!["3行目: 受付番号 RQ-1 が見つかりません。", "は2行目にもあります。どちらかを消してください。"],
        ),
        ("会社名\n例示商事\n".to_owned(), vec!["「受付番号」の列がありません。"]),
        (format!("受付番号\n{}\n", many.join("\n")), vec!["一度に扱えるのは500件までです。"]),
        (String::new(), vec!["受付番号のCSVを選んでください。"]),
    ] {
        let refused = upload(&mut agent, file.as_bytes()).await;
        refused.assert_status(422).assert_contains("エラー: ").assert_lacks("???");
        for sentence in sentences {
            refused.assert_contains(sentence);
        }
    }
    assert_eq!(office.world.count("bulk_acts").await, 0);
}

#[tokio::test]
async fn a_sample_shows_the_form_of_the_file_and_is_read_itself() {
    let office = Office::open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let sample = agent.get("/desk/bulk/sample.csv").await;
    assert_eq!(sample.assert_status(200).body, "\u{FEFF}受付番号\r\nRQ-261124-0001\r\nRQ-261124-0002\r\n");
    let refused = upload(&mut agent, sample.body.as_bytes()).await;
    refused.assert_contains("2行目: 受付番号 RQ-261124-0001 が見つかりません。");
}

#[tokio::test]
async fn a_supervisor_declines_in_writing_and_the_requester_takes_back() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    for decline in [true, false] {
        let number = case.reception_number.to_string();
        let chosen = [("act", "revoke"), ("case", number.as_str())];
        let act = agent.post_form("/desk/cases", "/desk/bulk", &chosen).await.location().to_owned();
        agent.post_form(&act, &format!("{act}/request"), &[("ground", "入れ替え")]).await.assert_status(303);
        if decline {
            let form = format!("{act}/decline");
            supervisor.post_form(&act, &form, &[("ground", "")]).await.assert_status(422);
            supervisor.post_form(&act, &form, &[("ground", "対象が違う")]).await.assert_status(303);
            agent.get(&act).await.assert_contains("対象が違う").assert_contains("差し戻し");
        } else {
            supervisor.get(&act).await.assert_lacks("/cancellation");
            agent.post_form(&act, &format!("{act}/cancellation"), &[]).await.assert_status(303);
            agent.get(&act).await.assert_contains("取りやめ");
        }
        supervisor.get(&act).await.assert_lacks("/approval");
    }
    assert_eq!(office.world.reload(&case).await, case);
}

#[tokio::test]
async fn everybody_reads_and_only_those_who_work_prepare() {
    let office = Office::open().await;
    for role in Role::ALL {
        let works = matches!(role, Role::Agent | Role::Supervisor);
        let mut browser = office.app.login_as(role).await;
        let page = browser.get("/desk/bulk").await;
        page.assert_status(200).assert_lacks("???");
        assert_eq!(page.body.contains("action=\"/desk/bulk/file\""), works, "{role:?}");
        browser.get("/desk/bulk/9999").await.assert_status(404);
        let csrf = page.hidden_fields("/logout").remove(0).1;
        for path in ["execution", "request", "approval", "decline", "cancellation"] {
            let answer = browser.post(&format!("/desk/bulk/9999/{path}"), &[("_csrf", &csrf)]).await;
            let supervises = role == Role::Supervisor || works && !matches!(path, "approval" | "decline");
            assert_eq!(answer.status.as_u16(), if supervises { 404 } else { 403 }, "{role:?} {path}");
        }
    }
}
