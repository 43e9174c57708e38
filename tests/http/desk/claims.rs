//! Who holds a case, and what becomes of typed text when the claim is lost (journeys 2 and 3).

use chrono::Duration;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::office::{Fields, NOTE, Office, calls_of, claim, href, record, take_next};

#[tokio::test]
async fn two_agents_get_two_cases_and_a_third_gets_none() {
    let office = Office::open().await;
    let cases = [office.world.a_case().open().await, office.world.a_case().open().await];
    let mut taken = Vec::new();
    for email in ["a@ca.example", "b@ca.example"] {
        let mut agent = office.app.login_another(Role::Agent, email).await;
        taken.push(take_next(&mut agent).await.location().to_owned());
    }
    assert_eq!(taken, cases.each_ref().map(href));

    let mut third = office.app.login_another(Role::Agent, "c@ca.example").await;
    assert_eq!(take_next(&mut third).await.location(), "/desk/today");
    third.get("/desk/today").await.assert_contains("いまかける電話はありません。").assert_contains("通話中");
}

#[tokio::test]
async fn a_case_of_another_agent_can_be_read_and_a_supervisor_may_break_the_claim() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut holder = office.app.login_as(Role::Agent).await;
    let mut other = office.app.login_another(Role::Agent, "other@ca.example").await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let form = other.get(&href(&case)).await;
    claim(&mut holder, &case).await.assert_status(303);

    let page = other.get(&href(&case)).await;
    page.assert_status(200).assert_contains("例文 agentさんが対応中です。").assert_contains("この画面は読むだけです");
    page.assert_lacks("id=\"call-form\"").assert_lacks("確保を解除する").assert_lacks("tel:");
    let address = format!("{}/claim", href(&case));
    let late = other.post(&address, &Fields::of(&[]).on(&form, &address).refs()).await;
    assert_eq!(late.assert_status(303).location(), href(&case));
    other.get(&href(&case)).await.assert_contains("例文 agentさんが先に対応を始めました。");
    let release = format!("{address}/release");
    let csrf = Fields::of(&[]).on(&form, &address);
    other.post(&release, &csrf.refs()).await.assert_status(409);

    let broken = supervisor.post_form(&href(&case), &release, &[]).await;
    assert_eq!(broken.assert_status(303).location(), href(&case));
    supervisor.get(&href(&case)).await.assert_contains("確保を解除しました。").assert_contains("対応する");
    claim(&mut other, &case).await.assert_status(303);
    other.get(&href(&case)).await.assert_contains("あなたが対応中です。");
}

#[tokio::test]
async fn a_holder_gives_the_case_back() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);

    let released = agent.post_form(&href(&case), &format!("{}/claim/release", href(&case)), &[]).await;

    assert_eq!(released.assert_status(303).location(), "/desk/today");
    agent.get("/desk/today").await.assert_contains("対応をやめました。");
    assert_eq!(office.world.reload(&case).await.lease_holder, None);
}

/// 20 minutes pass in which the agent reads other pages.
async fn let_the_claim_run_out(office: &Office, agent: &mut crate::support::app::Browser) {
    for _ in 0..2 {
        office.app.pass(Duration::minutes(10));
        agent.get("/desk/mails").await.assert_status(200);
    }
}

#[tokio::test]
async fn after_a_lost_claim_the_typed_text_stays_and_the_case_is_claimed_again() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    let typed = office.agreement(&case).await.on(&page, &calls_of(&case));
    let_the_claim_run_out(&office, &mut agent).await;

    let lost = agent.post(&calls_of(&case), &typed.refs()).await;
    lost.assert_status(409).assert_contains("15分操作がなかったため、確保を解除しました。").assert_contains(NOTE);
    let again = format!("{}/claim", href(&case));
    lost.assert_contains(&format!("formaction=\"{again}\"")).assert_contains("もう一度確保する");
    assert_eq!(office.calls(&case).await.len(), 0);

    let form = office.agreement(&case).await.on(&lost, &calls_of(&case));
    let claimed = agent.post(&again, &form.refs()).await;
    claimed.assert_status(200).assert_contains("あなたが対応中です。").assert_contains(NOTE);
    claimed.assert_contains("value=\"confirmed\" checked").assert_contains("value=\"name_and_company\" checked");
    let form = office.agreement(&case).await.on(&claimed, &calls_of(&case));
    agent.post(&calls_of(&case), &form.refs()).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Confirmed);
}

#[tokio::test]
async fn a_case_that_another_agent_has_taken_meanwhile_keeps_the_typed_text_too() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut slow = office.app.login_as(Role::Agent).await;
    claim(&mut slow, &case).await.assert_status(303);
    let page = slow.get(&href(&case)).await;
    let typed = office.agreement(&case).await.on(&page, &calls_of(&case));
    let_the_claim_run_out(&office, &mut slow).await;
    let mut quick = office.app.login_another(Role::Agent, "quick@ca.example").await;
    claim(&mut quick, &case).await.assert_status(303);

    for address in [calls_of(&case), format!("{}/claim", href(&case))] {
        let refused = slow.post(&address, &typed.refs()).await;
        refused.assert_status(409).assert_contains("さんが先に対応を始めました。").assert_contains(NOTE);
        refused.assert_contains("もう一度確保する").assert_lacks("tel:");
    }

    record(&mut quick, &case, &[("outcome", "no_answer")]).await.assert_status(303);
    let overtaken = slow.post(&calls_of(&case), &typed.refs()).await;
    overtaken.assert_status(409).assert_contains("更新が重なりました").assert_contains(NOTE);
    overtaken.assert_contains("まだ電話していません").assert_contains("不在・応答なし");
}

#[tokio::test]
async fn typing_keeps_the_claim_until_somebody_else_has_it() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut holder = office.app.login_as(Role::Agent).await;
    let mut other = office.app.login_another(Role::Agent, "other@ca.example").await;
    claim(&mut holder, &case).await.assert_status(303);
    let renewal = format!("{}/claim/renewal", href(&case));
    office.app.pass(Duration::minutes(10));
    let csrf = Fields::of(&[]).on(&holder.get(&href(&case)).await, &calls_of(&case));
    other.get("/desk/today").await;

    let renewed = holder.post(&renewal, &csrf.refs()).await;

    renewed.assert_status(200);
    assert_eq!(renewed.body, "10:25まで確保しています");
    office.app.pass(Duration::minutes(14));
    let csrf = Fields::of(&[]).on(&holder.get(&href(&case)).await, &calls_of(&case));
    let token = other.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
    let refused = other.post(&renewal, &[("_csrf", &token)]).await;
    refused.assert_contains("例文 agentさん");

    office.app.pass(Duration::minutes(2));
    other.get("/desk/today").await;
    take_next(&mut other).await.assert_status(303);
    holder.post(&renewal, &csrf.refs()).await.assert_contains("例文 agentさん").assert_lacks("確保しています");
}
