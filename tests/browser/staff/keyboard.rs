//! The main job with the keyboard alone.

use crate::harness::{Key, Screen, Site};
use crate::support::app::PASSWORD;

#[tokio::test]
async fn an_agent_without_a_mouse_takes_a_call_records_it_and_revokes() {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    super::agent(&site, "misaki@ca.example").await;
    let agent = site.window(Screen::Desk).await;
    agent.open("/login").await;
    agent.tab_to("ユーザーID").await;
    agent.type_text("misaki@ca.example").await;
    agent.tab_to("パスワード").await;
    agent.type_text(PASSWORD).await;
    agent.key(Key::Enter).await;
    agent.is_on("本日の電話確認").await;

    agent.tab_to("本文へ移動").await;
    agent.picture("skip").await;
    agent.key(Key::Enter).await;
    agent.tab_to("次の電話へ").await;
    agent.key(Key::Enter).await;
    agent.sees("あなたが対応中です。").await;

    agent.tab_to("電話の結果へ移動").await;
    agent.key(Key::Enter).await;
    agent.tab_to("失効してよいと確認した").await;
    agent.key(Key::Space).await;
    assert!(agent.is_chosen("失効してよいと確認した").await);
    agent.tab_to("会社名とお名前を名乗っていただいた").await;
    agent.key(Key::Space).await;
    agent.tab_to("受付番号かコモンネームが一致した").await;
    agent.key(Key::Space).await;
    agent.tab_to("話した相手").await;
    agent.key(Key::Down).await;
    agent.tab_to("メモ").await;
    // Letters are keys of the page elsewhere; here they are text.
    agent.type_text("nj?/ 入れ替え済み").await;
    agent.holds("メモ", "nj?/ 入れ替え済み").await;
    agent.picture("call").await;
    agent.tab_to("記録して失効の確認へ").await;
    agent.key(Key::Enter).await;

    agent.is_on("この証明書を失効しますか").await;
    agent.tab_to("旧証明書のシリアル番号の末尾4文字").await;
    agent.type_text(site.world.source(&case).await.serial.suffix()).await;
    agent.tab_to("旧証明書を失効する").await;
    agent.picture("revoke").await;
    agent.key(Key::Space).await;
    agent.sees("失効しました（www.example.jp　末尾").await;
    agent.is_quiet().await;
    assert_eq!(site.world.ca.revocations().len(), 1);
}

#[tokio::test]
async fn single_keys_lead_through_the_desk_but_never_while_somebody_types() {
    let site = Site::open().await;
    site.world.a_case().open().await;
    let agent = super::working_agent(&site, "misaki@ca.example", true).await;
    agent.type_text("gl").await;
    agent.is_on("失効待ち一覧").await;
    agent.type_text("/").await;
    assert_eq!(agent.focused().await, "検索");
    agent.type_text("gt").await;
    agent.holds("検索", "gt").await;
    agent.is_at("/desk/cases").await;
    agent.tab_back_to("失効デスク").await;
    agent.type_text("?").await;
    agent.sees("閉じる").await;
    agent.is_sound("keys").await;
    agent.key(Key::Escape).await;
    agent.sees_no("閉じる").await;
    assert_eq!(agent.focused().await, "失効デスク", "the focus is back where it was");
    agent.type_text("gt").await;
    agent.is_on("本日の電話確認").await;
    agent.type_text("n").await;
    agent.sees("あなたが対応中です。").await;
}
