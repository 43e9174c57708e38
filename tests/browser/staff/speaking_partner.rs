//! Who may agree to a revocation.

use revocation_desk::domain::case::CaseState;

use super::working_agent;
use crate::harness::Site;

#[tokio::test]
async fn the_procedure_contact_cannot_agree_to_the_revocation_of_an_ev_certificate() {
    let site = Site::open().await;
    let case = site.world.a_case().ev().open().await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.press("次の電話へ").await;
    agent.sees("EV証明書のため申請責任者に確認します").await;
    agent.choose("失効してよいと確認した").await;
    agent.choose("会社名とお名前を名乗っていただいた").await;
    agent.choose("受付番号かコモンネームが一致した").await;
    agent.choose_from("話した相手", "例文 花").await;
    agent.press("記録して失効の確認へ").await;
    agent
        .is_refused_with(&[
            "この証明書は申請責任者との確認が必要です。話した相手は手続き担当者のため、失効には進めません。",
        ])
        .await;
    agent.is_sound("refused").await;
    assert_eq!(site.world.reload(&case).await.state, CaseState::AwaitingCall);
    assert_eq!(site.world.count("authorizations").await, 0);
}
