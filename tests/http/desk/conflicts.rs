//! Two people at one case, and one person clicking twice (journey 16).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::office::{Fields, NOTE, Office, ask, calls_of, claim, href};

#[tokio::test]
async fn a_call_on_a_case_that_changed_shows_what_changed_and_goes_on_with_what_was_typed() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    claim(&mut agent, &case).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    let typed = office.agreement(&case).await.on(&page, &calls_of(&case));
    let moved = [("requested_on", "2026-12-08")];
    ask(&mut supervisor, &case, "requested_on/edit", "requested_on", &moved).await.assert_status(303);

    let conflict = agent.post(&calls_of(&case), &typed.refs()).await;

    conflict.assert_status(409).assert_contains("更新が重なりました").assert_contains("例文 supervisorさんが10:0");
    conflict.assert_contains("2026/11/24(火)").assert_contains("2026/12/08(火)").assert_contains(NOTE);
    conflict.assert_contains("失効してよいと確認した").assert_contains("例文 花（手続き担当者）");
    assert_eq!(office.calls(&case).await.len(), 0);
    let again = format!("{}/claim", href(&case));
    let form = Fields::of(&[]).on(&conflict, &again);
    let claimed = agent.post(&again, &form.refs()).await;
    claimed.assert_status(200).assert_contains(NOTE).assert_contains("value=\"confirmed\" checked");
    let form = office.agreement(&case).await.on(&claimed, &calls_of(&case));
    agent.post(&calls_of(&case), &form.refs()).await.assert_status(422).assert_contains("2026年12月8日(火)から");
}

#[tokio::test]
async fn the_second_of_two_new_dates_gets_the_comparison() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut first = office.app.login_as(Role::Agent).await;
    let mut second = office.app.login_another(Role::Agent, "second@ca.example").await;
    let action = format!("{}/requested_on", href(&case));
    let page = second.get(&format!("{action}/edit")).await;
    let typed = Fields::of(&[("requested_on", "2026-12-10")]).on(&page, &action);
    ask(&mut first, &case, "requested_on/edit", "requested_on", &[("requested_on", "2026-12-08")]).await;

    let conflict = second.post(&action, &typed.refs()).await;

    conflict.assert_status(409).assert_contains("例文 agentさんが").assert_contains("2026-12-10");
    let form = Fields::of(&[]).on(&conflict, &action);
    second.post(&action, &form.refs()).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.requested_on, crate::builders::day("2026-12-10"));
}

#[tokio::test]
async fn a_withdrawn_case_takes_no_call_and_the_typed_text_can_still_be_copied() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    let agreement = office.agreement(&case).await;
    let typed = agreement.clone().on(&page, &calls_of(&case));
    agent.post(&calls_of(&case), &typed.clone().with("outcome", "withdraw").with("then", "record").refs()).await;
    assert_eq!(office.world.reload(&case).await.state, CaseState::Withdrawn);

    let conflict = agent.post(&calls_of(&case), &typed.refs()).await;

    conflict.assert_status(409).assert_contains(NOTE).assert_contains("取り下げ").assert_lacks("入力した内容で続ける");
}

#[tokio::test]
async fn a_call_sent_twice_is_recorded_once() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    let typed = office.agreement(&case).await.on(&page, &calls_of(&case));

    for _ in 0..2 {
        let answer = agent.post(&calls_of(&case), &typed.refs()).await;
        assert_eq!(answer.assert_status(303).location(), format!("{}/revocation/new", href(&case)));
    }

    assert_eq!(office.calls(&case).await.len(), 1);
}

#[tokio::test]
async fn a_revocation_clicked_twice_is_ordered_once() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    office.confirm(&mut agent, &case).await;
    let action = format!("{}/revocation", href(&case));
    let source = office.world.source(&case).await;
    let page = agent.get(&format!("{action}/new")).await;
    let typed = Fields::of(&[("serial_suffix", source.serial.suffix())]).on(&page, &action);

    for _ in 0..2 {
        let answer = agent.post(&action, &typed.refs()).await;
        assert_eq!(answer.assert_status(303).location(), href(&case));
        agent.get(&href(&case)).await.assert_contains("失効しました（www.example.jp");
    }

    assert_eq!(office.world.ca.revocations().len(), 1);
}
