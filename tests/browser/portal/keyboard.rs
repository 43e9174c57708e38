//! The eight screens with the keyboard alone.

use super::{KeyPair, Portal, number};
use crate::harness::{Key, Screen};

#[tokio::test]
async fn a_customer_without_a_mouse_files_an_application() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana(Screen::Desk).await;
    hana.tab_to("本文へ移動").await;
    hana.key(Key::Enter).await;
    hana.tab_to(&number(&source)).await;
    hana.key(Key::Enter).await;
    hana.is_on("申請情報詳細").await;
    hana.tab_to("再発行申請").await;
    hana.key(Key::Enter).await;

    hana.is_on("再発行 理由入力").await;
    hana.tab_to("サーバーリプレース").await;
    hana.key(Key::Space).await;
    hana.tab_to("再発行元証明書 失効希望日").await;
    hana.type_date("2026-12-08").await;
    hana.holds("再発行元証明書 失効希望日", "2026-12-08").await;
    hana.tab_to("12月9日(水)を選ぶ").await;
    hana.picture("month").await;
    hana.key(Key::Space).await;
    hana.is_on("再発行 理由入力").await;
    hana.holds("再発行元証明書 失効希望日", "2026-12-09").await;
    hana.tab_to("次へ").await;
    hana.picture("next").await;
    hana.key(Key::Enter).await;

    hana.is_on("CSR入力").await;
    hana.tab_to("CSR").await;
    hana.type_text(&KeyPair::new().csr).await;
    hana.tab_to("次へ").await;
    hana.key(Key::Enter).await;
    hana.is_on("内容確認").await;
    hana.tab_to("サーバー証明書 加入契約書").await;
    hana.key(Key::Down).await;
    hana.tab_to("加入契約書に同意する").await;
    hana.picture("consent").await;
    hana.key(Key::Space).await;
    hana.tab_to("登録").await;
    hana.key(Key::Enter).await;
    hana.is_on("申請完了").await;
    portal.site.is_done().await;
    hana.tab_to("完了").await;
    hana.key(Key::Enter).await;
    hana.is_on("証明書一覧").await;
    hana.is_quiet().await;
}
