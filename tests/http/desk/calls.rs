//! The results of a call other than the agreement (journeys 6, 7 and 8).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::role::Role;

use super::office::{NOTE, Office, claim, href, record, take_next};
use crate::builders::day;

#[tokio::test]
async fn nobody_answers() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);

    let recorded = record(&mut agent, &case, &[("outcome", "no_answer"), ("note", NOTE), ("then", "record")]).await;

    assert_eq!(recorded.assert_status(303).location(), href(&case), "the page stays on the case");
    let page = agent.get(&href(&case)).await;
    page.assert_contains("電話の結果を記録しました（例示商事株式会社　不在・応答なし）。")
        .assert_contains("次の電話へ");
    page.assert_contains("不在 1回").assert_contains("1回目 不在・応答なし").assert_contains(NOTE).assert_lacks("tel:");
    agent.get("/desk/today?tab=promised").await.assert_contains("再架電").assert_lacks("<br><span class=\"sub\">約束");
    let case = office.world.reload(&case).await;
    assert_eq!((case.state, case.lease_holder), (CaseState::AwaitingCall, None));
}

#[tokio::test]
async fn a_call_back_is_promised_in_business_hours_only_and_waits_for_its_time() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    for (on, time, sentence) in [
        ("2026-11-24", "18:30", "かけ直す時刻は、営業日の9:00～18:00で入力してください。"),
        ("2026-11-29", "10:00", "かけ直す時刻は、営業日の9:00～18:00で入力してください。"),
        ("2026-11-24", "09:30", "かけ直す時刻は、いまより後の時刻を入力してください。"),
        ("2026-11-24", "", "かけ直す日と時刻を入力してください。"),
        ("someday", "10:30", "かけ直す"),
    ] {
        let fields = [("outcome", "call_back"), ("call_back_on", on), ("call_back_time", time), ("note", NOTE)];
        let refused = record(&mut agent, &case, &fields).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(NOTE).assert_lacks("???");
        refused.assert_contains(&format!("value=\"{time}\"")).assert_contains(&format!("value=\"{on}\""));
    }

    let fields = [("outcome", "call_back"), ("call_back_on", "2026-11-24"), ("call_back_time", "11:30")];
    record(&mut agent, &case, &fields).await.assert_status(303);

    agent.get("/desk/today?tab=promised").await.assert_contains("11:30").assert_contains("約束");
    let early = take_next(&mut agent).await;
    assert_eq!(early.location(), "/desk/today", "not before its time");
    agent.get("/desk/today").await.assert_contains("いまかける電話はありません。");
}

#[tokio::test]
async fn the_contact_moves_the_date() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let fields = office.agreement(&case).await.with("outcome", "reschedule").with("then", "record");
    for (date, sentence) in [
        ("", "失効希望日を入力してください。"),
        ("2026-11-23", "2026年11月24日(火)"),
        ("2027-08-01", "2027年6月12日(土)"),
    ] {
        let refused = record(&mut agent, &case, &fields.clone().with("requested_on", date).refs()).await;
        refused.assert_status(422).assert_contains(sentence).assert_contains(NOTE);
    }

    record(&mut agent, &case, &fields.with("requested_on", "2026-12-08").refs()).await.assert_status(303);

    assert_eq!(office.world.reload(&case).await.requested_on, day("2026-12-08"));
    assert_eq!(office.world.mail_kinds(&case).await.pop().unwrap(), "requested_date_changed");
    agent.get(&href(&case)).await.assert_contains("12/8(火)").assert_contains("予定");
}

#[tokio::test]
async fn the_contact_withdraws_or_is_somebody_else() {
    for (outcome, state, mail) in [
        ("withdraw", CaseState::Withdrawn, "withdrawn"),
        ("contact_changed", CaseState::OnHold, "contact_change_needed"),
        ("identity_failed", CaseState::OnHold, "replacement_issued"),
        ("wrong_number", CaseState::OnHold, "replacement_issued"),
    ] {
        let office = Office::open().await;
        let case = office.world.a_case().open().await;
        let mut agent = office.app.login_as(Role::Agent).await;
        claim(&mut agent, &case).await.assert_status(303);
        let fields = office.agreement(&case).await.with("outcome", outcome).with("then", "record");

        record(&mut agent, &case, &fields.refs()).await.assert_status(303);

        assert_eq!(office.world.reload(&case).await.state, state, "{outcome}");
        assert_eq!(office.world.mail_kinds(&case).await.pop().unwrap(), mail, "{outcome}");
        agent.get(&href(&case)).await.assert_status(200).assert_lacks("???").assert_contains(NOTE);
    }
}

#[tokio::test]
async fn a_note_that_is_too_long_or_a_stranger_is_refused() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let fields = office.agreement(&case).await;

    let long = "あ".repeat(2001);
    let refused = record(&mut agent, &case, &fields.clone().with("note", &long).refs()).await;
    refused.assert_status(422).assert_contains("2000文字以内").assert_contains(&long);
    let stranger = record(&mut agent, &case, &fields.clone().with("spoke_with", "stranger").refs()).await;
    stranger.assert_status(422).assert_contains("記録にない方の承諾では進められません。");
    let other = office.contact(&case, ContactRole::ApplicationResponsible).await;
    let wrong = record(&mut agent, &case, &fields.with("spoke_with", &other).refs()).await;
    wrong.assert_status(422).assert_contains("この証明書は手続き担当者との確認が必要です。");
}
