//! One case from the customer's application to 完了, by everybody who has a hand in it.

use revocation_desk::actions::follow_up::follow_up;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::evidence;
use tokio_util::sync::CancellationToken;

use super::{KeyPair, Portal, agree_and_file, begin, give_csr, give_reason};
use crate::builders::day;
use crate::harness::Screen;
use crate::staff::working_agent;

#[tokio::test]
async fn what_a_customer_filed_an_agent_brings_to_its_end_on_the_day() {
    let portal = Portal::open().await;
    let site = &portal.site;
    let source = portal.a_certificate().ev().register().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    give_reason(&hana, "サーバーリプレース", "2026-12-08").await;
    give_csr(&hana, &KeyPair::new().csr).await;
    agree_and_file(&hana).await;
    site.is_done().await;
    let case = portal.the_case(&source).await;

    site.app.set_time(jst(day("2026-12-08"), 10, 0));
    let agent = working_agent(site, "misaki@ca.example", true).await;
    agent.press("次の電話へ").await;
    agent.is_at(&format!("/desk/cases/{}", case.reception_number)).await;
    agent.sees("EV証明書のため申請責任者に確認します").await;
    agent.sees("例田 一郎").await;
    agent.choose("失効してよいと確認した").await;
    agent.choose("会社名とお名前を名乗っていただいた").await;
    agent.choose("受付番号かコモンネームが一致した").await;
    agent.choose_from("話した相手", "例田 一郎").await;
    agent.press("記録して失効の確認へ").await;
    agent.fill("旧証明書のシリアル番号の末尾4文字", source.serial.suffix()).await;
    agent.press("旧証明書を失効する").await;
    agent.sees("失効しました（shop.example.jp　末尾").await;

    let (desk, stop) = (site.app.services(), CancellationToken::new());
    let today = day("2026-12-08");
    let followed = follow_up(&desk, today, RunCause::Desk, &stop, &Actor::batch(), desk.clock.now()).await;
    followed.published.unwrap();
    assert_eq!(followed.proven.unwrap().done, 1);
    followed.sent.unwrap();
    agent.reload().await;
    agent.sees("失効をCRLで確認").await;
    assert_eq!(site.world.reload(&case).await.state, CaseState::Completed);
    assert_eq!(evidence::of_case(&desk.db, case.id).await.unwrap().len(), 1);
    let kinds = site.world.mail_kinds(&case).await;
    assert_eq!(kinds, ["application_received", "replacement_issued", "revocation_completed"]);

    let hana = portal.log_in(hana).await;
    hana.press("失効・満了").await;
    hana.sees("失効済み").await;
    hana.open(&format!("/portal/requests/{}", case.reception_number)).await;
    hana.sees("再発行元証明書の失効が完了しました。").await;
    hana.sees("お電話で、失効してよいとご確認いただきました。").await;
    hana.sees_no("例文 agent").await;
    hana.is_sound("completed").await;
}
