//! Back, forward, loading again, leaving and coming back, two tabs: the draft is on the server.

use chrono::Duration;

use super::{KeyPair, Portal, agree_and_file, begin, give_csr, give_reason, number};
use crate::harness::{Screen, Window};

#[tokio::test]
async fn back_forward_and_loading_again_lose_nothing_at_any_step() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_csr(Screen::Phone, &source).await;
    let csr = KeyPair::new().csr;
    give_csr(&hana, &csr).await;

    hana.reload().await;
    hana.is_on("内容確認").await;
    hana.back().await;
    csr_is_kept(&hana, &csr).await;
    hana.reload().await;
    csr_is_kept(&hana, &csr).await;
    hana.back().await;
    reason_is_kept(&hana).await;
    hana.reload().await;
    reason_is_kept(&hana).await;
    hana.forward().await;
    csr_is_kept(&hana, &csr).await;
    hana.forward().await;
    hana.is_on("内容確認").await;
    hana.sees("2026年12月8日(火)").await;

    hana.press("戻る").await;
    csr_is_kept(&hana, &csr).await;
    hana.press("戻る").await;
    reason_is_kept(&hana).await;
    hana.press("戻る").await;
    hana.is_on("申請情報詳細").await;
    hana.press("再発行申請").await;
    reason_is_kept(&hana).await;
}

async fn reason_is_kept(hana: &Window) {
    hana.is_on("再発行 理由入力").await;
    assert!(hana.is_chosen("その他").await);
    hana.holds("再発行元証明書 失効希望日", "2026-12-08").await;
}

async fn csr_is_kept(hana: &Window, csr: &str) {
    hana.is_on("CSR入力").await;
    assert_eq!(hana.value_of("CSR").await.trim(), csr.trim());
}

#[tokio::test]
async fn the_links_of_the_confirmation_lead_to_what_they_change_and_the_rest_stays() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_consent(Screen::Desk, &source).await;
    hana.press("変更する: 再発行元証明書 失効希望日").await;
    reason_is_kept(&hana).await;
    hana.press("12月10日(木)を選ぶ").await;
    hana.is_on("再発行 理由入力").await;
    hana.holds("再発行元証明書 失効希望日", "2026-12-10").await;
    hana.press("次へ").await;
    hana.is_on("CSR入力").await;
    hana.press("次へ").await;
    hana.is_on("内容確認").await;
    hana.sees("2026年12月10日(木)").await;
    hana.press("変更する: CSR").await;
    hana.is_on("CSR入力").await;
}

#[tokio::test]
async fn an_application_begun_goes_on_the_next_morning_and_is_gone_after_a_day() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_csr(Screen::Phone, &source).await;
    drop(hana);

    portal.site.app.pass(Duration::hours(23));
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    reason_is_kept(&hana).await;

    portal.site.app.pass(Duration::hours(25));
    let hana = portal.log_in(hana).await;
    begin(&hana, &source).await;
    assert!(!hana.is_chosen("その他").await);
    hana.holds("再発行元証明書 失効希望日", "").await;
}

#[tokio::test]
async fn two_tabs_file_once() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_consent(Screen::Desk, &source).await;
    let confirmation = format!("/portal/certificates/{}/reissue/confirm", number(&source));
    let first = hana.new_tab().await;
    hana.open(&confirmation).await;
    hana.is_on("内容確認").await;
    let second = hana.tab().await;

    hana.to_tab(&first).await;
    agree_and_file(&hana).await;
    let case = portal.the_case(&source).await;
    hana.to_tab(&second).await;
    hana.choose("加入契約書に同意する").await;
    hana.press("登録").await;
    hana.sees(&format!("この申請はすでに受け付けています（受付番号 {}）。", case.reception_number)).await;
    hana.is_sound("second").await;
    assert_eq!(portal.site.world.count("revocation_cases").await, 1);
    assert_eq!(portal.site.world.count("reissue_applications").await, 1);
}

#[tokio::test]
async fn what_another_tab_changed_is_not_agreed_to_unseen() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_consent(Screen::Phone, &source).await;
    let first = hana.new_tab().await;
    hana.open(&format!("/portal/certificates/{}/reissue/reason", number(&source))).await;
    give_reason(&hana, "その他", "2026-12-15").await;
    hana.to_tab(&first).await;
    hana.choose("加入契約書に同意する").await;
    hana.press("登録").await;
    hana.sees("この画面を開いたあとに、別の画面で申請内容が変わりました。").await;
    hana.sees("2026年12月15日(火)").await;
    hana.is_sound("changed").await;
    agree_and_file(&hana).await;
    assert_eq!(portal.the_case(&source).await.requested_on, "2026-12-15".parse().unwrap());
}
