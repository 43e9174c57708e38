//! What else happens to a case: new date, withdrawal, hold, override by two, key compromise (journey 7).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::role::Role;

use super::office::{Fields, NOTE, Office, ask, href, take_next};
use crate::builders::day;

#[tokio::test]
async fn the_requested_date_moves_within_its_limits() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent
        .get(&format!("{}/requested_on/edit", href(&case)))
        .await
        .assert_contains("2026年11月24日(火)から2027年6月12日(土)まで");
    for (date, sentence) in [
        ("", "失効希望日を入力してください。"),
        ("2026-11-23", "2026年11月24日(火)"),
        ("2027-06-13", "2027年6月12日(土)"),
        ("tomorrow", "失効希望日"),
    ] {
        let refused = ask(&mut agent, &case, "requested_on/edit", "requested_on", &[("requested_on", date)]).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(&format!("value=\"{date}\""));
    }
    for (date, due_on) in [("2026-11-29", "2026-11-30"), ("2026-12-30", "2027-01-04"), ("2026-12-08", "2026-12-08")] {
        let moved = ask(&mut agent, &case, "requested_on/edit", "requested_on", &[("requested_on", date)]).await;
        assert_eq!(moved.assert_status(303).location(), href(&case));
        let case = office.world.reload(&case).await;
        assert_eq!((case.requested_on, case.due_on), (day(date), day(due_on)));
    }
    let page = agent.get(&href(&case)).await;
    page.assert_contains("失効希望日を2026年12月8日(火)に変更しました。").assert_contains("例文 agent");
    assert_eq!(office.world.mail_kinds(&case).await.pop().unwrap(), "requested_date_changed");
}

#[tokio::test]
async fn only_a_contact_of_the_records_withdraws() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for (who, sentence) in [
        ("", "申し出た方を選んでください。"),
        ("stranger", "記録にない方の承諾では進められません。"),
        ("999999", "記録にない方の承諾では進められません。"),
    ] {
        let fields = [("asked_by", who), ("note", NOTE)];
        let refused = ask(&mut agent, &case, "withdrawal/new", "withdrawal", &fields).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(NOTE);
    }
    let contact = office.contact(&case, ContactRole::ProcedureContact).await;
    let fields = [("asked_by", contact.as_str()), ("note", NOTE)];
    ask(&mut agent, &case, "withdrawal/new", "withdrawal", &fields).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Withdrawn);
    agent.get(&href(&case)).await.assert_contains("取り下げました。").assert_lacks("withdrawal/new");
}

#[tokio::test]
async fn a_case_is_held_with_a_reason_and_released() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    ask(&mut agent, &case, "hold/new", "hold", &[])
        .await
        .assert_status(422)
        .assert_contains("保留の理由を入力してください。");
    ask(&mut agent, &case, "hold/new", "hold", &[("note", NOTE)]).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("保留にしました。").assert_contains("保留中です。").assert_contains(NOTE);
    page.assert_contains("保留を解く").assert_lacks("hold/new");

    ask(&mut agent, &case, "hold/release", "hold/release", &[]).await.assert_status(303);

    assert_eq!(office.world.reload(&case).await.state, CaseState::AwaitingCall);
    agent.get(&href(&case)).await.assert_contains("保留を解きました。").assert_contains("対応する");
    let late = agent.get(&format!("{}/hold/release", href(&case))).await;
    late.assert_status(200);
    let action = format!("{}/hold/release", href(&case));
    let form = Fields::of(&[]).on(&late, &action);
    agent.post(&action, &form.refs()).await.assert_status(303);
    agent.get(&href(&case)).await.assert_contains("この操作はできません。");
}

#[tokio::test]
async fn two_supervisors_override_the_call_and_nobody_approves_alone() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut asking = office.app.login_as(Role::Supervisor).await;
    let mut approving = office.app.login_another(Role::Supervisor, "second@ca.example").await;
    let (page, request) = (format!("{}/override/new", href(&case)), format!("{}/override", href(&case)));
    let approval = format!("{request}/approval");
    agent.get(&page).await.assert_status(403);
    agent.get(&href(&case)).await.assert_lacks("override/new");

    let empty = ask(&mut asking, &case, "override/new", "override", &[("note", " ")]).await;
    empty.assert_status(422).assert_contains("承認を依頼する根拠を入力してください。");
    ask(&mut asking, &case, "override/new", "override", &[("note", "書面の承諾を受領")]).await.assert_status(303);
    asking.get(&href(&case)).await.assert_contains("承認を依頼しました。");
    let waiting = asking.get(&page).await;
    waiting.assert_contains("ほかの責任者の承認を待っています。").assert_lacks(&approval);

    let form = approving.get(&page).await;
    form.assert_contains("書面の承諾を受領").assert_contains("例文 supervisor");
    let version = Fields::of(&[]).on(&form, &approval).without("_csrf");
    for (browser, name) in [(&mut asking, "the same person"), (&mut agent, "an agent")] {
        let csrf = browser.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
        let answer = browser.post(&approval, &version.clone().with("_csrf", &csrf).refs()).await;
        assert_eq!(answer.status.as_u16(), 403, "{name}: {}", answer.body);
    }
    assert_eq!(office.world.reload(&case).await.state, CaseState::AwaitingCall);

    approving.post_form(&page, &approval, &[]).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Confirmed);
    let page = approving.get(&href(&case)).await;
    page.assert_contains("承認しました。").assert_contains("責任者2人の承認").assert_contains("責任者の承認を依頼");
}

#[tokio::test]
async fn a_reported_key_compromise_goes_first_and_needs_no_call() {
    let office = Office::open().await;
    let waiting = office.world.a_case().open().await;
    let case = office.world.a_case().due_on(day("2026-12-08")).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let contact = office.contact(&case, ContactRole::ProcedureContact).await;
    let fields = [("asked_by", contact.as_str()), ("note", "鍵を公開リポジトリに置いた")];
    let empty = ask(&mut agent, &case, "key_compromise/new", "key_compromise", &fields[..1]).await;
    empty
        .assert_status(422)
        .assert_contains("申告の内容を入力してください。")
        .assert_lacks("申し出た方を選んでください。");

    ask(&mut agent, &case, "key_compromise/new", "key_compromise", &fields).await.assert_status(303);

    let page = agent.get(&href(&case)).await;
    page.assert_contains("鍵の漏えいとして記録しました。2026年11月25日(水) 10:0").assert_contains("失効の確認へ");
    for gone in ["requested_on/edit", "withdrawal/new", "hold/new"] {
        page.assert_lacks(gone);
    }
    agent.get("/desk/today").await.assert_contains("至急");
    let next = take_next(&mut agent).await;
    assert_eq!(next.location(), href(&case), "before {}", waiting.reception_number);
    agent.get(&format!("{}/revocation/new", href(&case))).await.assert_contains("keyCompromise (1)");
}
