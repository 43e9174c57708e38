//! 鍵の漏えい: no date, no call, 24 hours.

use revocation_desk::domain::case::CaseState;

use super::{KeyPair, Portal, agree_and_file, begin, give_csr};
use crate::harness::Screen;

#[tokio::test]
async fn a_leaked_key_takes_no_date_and_is_revoked_within_a_day() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().with_known_request(crate::builders::a_csr()).register().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    hana.choose("鍵の漏えい").await;
    hana.sees("失効希望日は選べず、お電話での確認も待ちません。").await;
    assert!(!hana.asks_for("再発行元証明書 失効希望日").await);
    hana.is_sound("reason").await;
    hana.press("次へ").await;
    hana.is_on("CSR入力").await;
    assert!(!hana.asks_for("再発行元のCSRを利用する").await);
    hana.is_sound("csr").await;
    give_csr(&hana, &KeyPair::new().csr).await;
    hana.sees("受付から24時間以内").await;
    hana.is_sound("confirm").await;
    agree_and_file(&hana).await;
    hana.sees("2026年11月25日(水) 10:00まで（受付から24時間以内）").await;
    portal.site.is_done().await;
    hana.is_sound("done").await;
    let case = portal.the_case(&source).await;
    assert_eq!(case.state, CaseState::Confirmed);
    hana.press("申請状況を見る").await;
    hana.is_on("申請状況").await;
    hana.sees("2026年11月25日(水) 10:00までに失効します").await;
    hana.is_sound("request").await;
}

#[tokio::test]
async fn a_leak_without_a_new_key_at_hand_is_filed_and_the_csr_follows() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    hana.choose("鍵の紛失・破損").await;
    hana.choose_in("鍵を第三者が入手したおそれはありますか", "ある").await;
    hana.press("次へ").await;
    hana.is_on("CSR入力").await;
    hana.choose("新しいCSRはあとで提出する（失効を先に申請する）").await;
    hana.press("次へ").await;
    hana.is_on("内容確認").await;
    hana.sees("鍵を第三者が入手したおそれ: ある。鍵の漏えいとして扱います。").await;
    agree_and_file(&hana).await;
    portal.site.is_done().await;
    hana.sees("CSR待ち").await;
    hana.is_sound("done").await;

    hana.press("CSRを提出する").await;
    hana.is_on("新しいCSRの提出").await;
    hana.is_sound("supply").await;
    let key = KeyPair::new();
    hana.fill("CSR", &key.csr).await;
    hana.press("確認へ進む").await;
    hana.is_on("新しいCSRの提出の確認").await;
    hana.is_sound("supply-confirm").await;
    hana.press("提出する").await;
    hana.sees("CSRを受け取りました。新しい証明書を発行しています。").await;
    portal.site.is_done().await;
    let case = portal.the_case(&source).await;
    let new = portal.site.world.replacement(&case).await;
    let public_key = super::openssl(&["x509", "-inform", "DER", "-noout", "-pubkey"], &new.der);
    assert_eq!(public_key, key.public_key());
}

#[tokio::test]
async fn a_leak_found_later_is_reported_on_the_request() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let case = portal.site.world.a_case().on(&source).due_on("2026-12-08".parse().unwrap()).open().await;
    let hana = portal.hana(Screen::Phone).await;
    hana.open(&format!("/portal/requests/{}", case.reception_number)).await;
    hana.press("鍵の漏えいを報告する").await;
    hana.is_on("鍵の漏えいの報告").await;
    hana.is_sound("form").await;
    hana.press("確認へ進む").await;
    assert_eq!(hana.errors().await.len(), 1);
    hana.is_sound("no-ground").await;
    hana.fill("漏えいの状況", "委託先のサーバーから鍵のファイルが持ち出された。").await;
    hana.press("確認へ進む").await;
    hana.is_on("鍵の漏えいの報告の確認").await;
    hana.is_sound("confirm").await;
    hana.press("報告する").await;
    hana.is_on("申請状況").await;
    hana.sees("2026年11月25日(水) 10:00までに失効します").await;
    hana.is_sound("reported").await;
    let case = portal.site.world.reload(&case).await;
    assert_eq!(case.state, CaseState::Confirmed);
    assert!(case.compromise_reported_at.is_some());
}
