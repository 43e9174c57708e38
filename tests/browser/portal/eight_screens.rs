//! The eight screens of the manual, in its order, with its titles and buttons.

use super::{KeyPair, Portal, agree_and_file, begin, identity_of, number, openssl};
use crate::harness::{Screen, Window};

#[tokio::test]
async fn a_customer_walks_the_eight_screens_on_a_phone() {
    Box::pin(the_eight_screens(Screen::Phone, true)).await;
}

#[tokio::test]
async fn a_customer_walks_the_eight_screens_at_a_desk() {
    Box::pin(the_eight_screens(Screen::Desk, true)).await;
}

#[tokio::test]
async fn a_customer_walks_the_eight_screens_without_script() {
    Box::pin(the_eight_screens(Screen::Phone, false)).await;
}

async fn the_eight_screens(screen: Screen, scripted: bool) {
    let portal = Portal::open().await;
    let source = portal.a_certificate().ev().names(["shop.example.jp", "www.shop.example.jp"]).register().await;
    let window = portal.site.window_for(screen, scripted).await;
    let hana = portal.log_in(window).await;
    hana.sees("shop.example.jp ほか1件").await;
    hana.is_sound("2-list").await;

    hana.press(&number(&source)).await;
    hana.is_on("申請情報詳細").await;
    hana.is_sound("3-details").await;
    hana.press("再発行申請").await;

    hana.is_on("再発行 理由入力").await;
    is_at_step(&hana, "1理由入力").await;
    hana.sees("例田 一郎 様").await;
    hana.choose("サーバーリプレース").await;
    hana.fill("再発行元証明書 失効希望日", "2026-12-08").await;
    hana.is_sound("4-reason").await;
    hana.press("次へ").await;

    hana.is_on("CSR入力").await;
    is_at_step(&hana, "2CSR入力").await;
    let key = KeyPair::new();
    hana.fill("CSR", &key.csr).await;
    hana.is_sound("5-csr").await;
    hana.press("次へ").await;

    hana.is_on("内容確認").await;
    is_at_step(&hana, "3内容確認").await;
    hana.sees("2026年12月8日(火)").await;
    hana.sees("another.example.org").await;
    hana.sees("CSRの情報によらず、再発行元証明書の情報で発行されます。").await;
    hana.is_sound("6-confirm").await;
    hana.choose("加入契約書に同意する").await;
    hana.press("登録").await;

    hana.is_on("申請完了").await;
    is_at_step(&hana, "4申請完了").await;
    hana.sees("申請責任者の例田 一郎様（電話番号 末尾3390）").await;
    portal.site.is_done().await;
    hana.reload().await;
    hana.sees("発行済み").await;
    hana.is_sound("8-done").await;
    hana.press("証明書を受け取る").await;
    the_replacement_is_what_was_asked_for(&hana, &source.der, &key).await;
    hana.back().await;
    hana.press("完了").await;
    hana.is_on("証明書一覧").await;
    hana.sees("失効予定 12/8(火)").await;
    hana.is_sound("9-list").await;
}

async fn is_at_step(hana: &Window, step: &str) {
    assert_eq!(hana.texts_of("[aria-current=step]").await, [step]);
}

/// The source's subject and names, the key of the request; as a file for each kind of server.
async fn the_replacement_is_what_was_asked_for(hana: &Window, source: &[u8], key: &KeyPair) {
    hana.is_on("申請情報詳細").await;
    let pem = hana.download("証明書（PEM）").await;
    assert_eq!(identity_of(&pem, "PEM"), identity_of(source, "DER"));
    assert_eq!(openssl(&["x509", "-noout", "-pubkey"], &pem), key.public_key());
    let chain = hana.download("中間証明書つき（PEM）").await;
    assert!(chain.starts_with(&pem));
    assert_eq!(String::from_utf8(chain).unwrap().matches("BEGIN CERTIFICATE").count(), 2);
    let pkcs7 = hana.download("中間証明書つき（PKCS#7）").await;
    let form = if pkcs7.starts_with(b"-----") { "PEM" } else { "DER" };
    let listed = openssl(&["pkcs7", "-inform", form, "-print_certs", "-noout"], &pkcs7);
    assert_eq!(listed.matches("subject=").count(), 2, "{listed}");
}

#[tokio::test]
async fn the_csr_of_the_source_may_be_used_again() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().with_known_request(crate::builders::a_csr()).register().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    hana.choose("その他").await;
    hana.press("1週間後").await;
    hana.is_on("再発行 理由入力").await;
    hana.holds("再発行元証明書 失効希望日", "2026-12-01").await;
    assert!(hana.is_chosen("その他").await);
    hana.press("次へ").await;
    hana.is_on("CSR入力").await;
    assert!(hana.asks_for("CSRのファイル").await);
    hana.choose("再発行元のCSRを利用する").await;
    assert!(!hana.asks_for("CSRのファイル").await, "nothing to paste");
    hana.is_sound("reuse").await;
    hana.untick("再発行元のCSRを利用する").await;
    assert!(hana.asks_for("CSRのファイル").await);
    hana.choose("再発行元のCSRを利用する").await;
    hana.press("次へ").await;
    hana.is_on("内容確認").await;
    hana.sees("再発行元のCSRを利用する").await;
    agree_and_file(&hana).await;
    portal.site.is_done().await;
    let case = portal.the_case(&source).await;
    let (old, new) = (portal.site.world.source(&case).await, portal.site.world.replacement(&case).await);
    let key = |der: &[u8]| openssl(&["x509", "-inform", "DER", "-noout", "-pubkey"], der);
    assert_eq!(key(&new.der), key(&old.der));
}
