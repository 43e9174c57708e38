//! Certificates that cannot be reissued here: the reason and what to do instead, never a dead button.

use revocation_desk::domain::case::CaseState;
use revocation_desk::models::certificates::Certificate;

use super::{Portal, number};
use crate::harness::{Screen, Window};

/// Opens the certificate and reads why not.
async fn is_refused(hana: &Window, source: &Certificate, sentence: &str) {
    hana.open(&format!("/portal/certificates/{}", number(source))).await;
    hana.is_on("申請情報詳細").await;
    hana.sees(sentence).await;
    assert!(!hana.offers("再発行申請").await);
    hana.open(&format!("/portal/certificates/{}/reissue/reason", number(source))).await;
    hana.is_on("申請情報詳細").await;
}

#[tokio::test]
async fn a_certificate_of_the_last_thirty_days_has_to_wait() {
    let portal = Portal::open().await;
    let young = portal.a_certificate().issued_days_ago(30).names(["young.example.jp"]).register().await;
    let old_enough = portal.a_certificate().issued_days_ago(31).names(["old.example.jp"]).register().await;
    let hana = portal.hana(Screen::Phone).await;
    let sentence =
        "発行から30日以内の証明書は、この画面では再発行できません。2026年11月25日(水)からお申し込みいただけます。";
    is_refused(&hana, &young, sentence).await;
    hana.is_sound("young").await;
    hana.open(&format!("/portal/certificates/{}", number(&old_enough))).await;
    assert!(hana.offers("再発行申請").await);
}

#[tokio::test]
async fn symbols_alone_in_an_ou_lead_to_the_two_forms() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().ou("-").register().await;
    let hana = portal.hana(Screen::Phone).await;
    is_refused(&hana, &source, "元の証明書のOU「-」は記号だけのため、再発行できません。").await;
    hana.is_sound("symbols").await;
    hana.press("新規申請の案内を依頼する").await;
    hana.sees("新規申請の案内を依頼しました。窓口からメールでご案内します。").await;
    hana.press("失効申請の案内を依頼する").await;
    hana.sees("失効申請の案内を依頼しました。").await;
    assert!(!hana.offers("新規申請の案内を依頼する").await, "asked once is enough");
    hana.is_sound("asked").await;
    assert_eq!(portal.site.world.count("form_requests").await, 2);
}

#[tokio::test]
async fn a_certificate_in_progress_leads_to_its_request() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let case = portal.site.world.a_case().on(&source).due_on("2026-12-08".parse().unwrap()).open().await;
    let hana = portal.hana(Screen::Phone).await;
    let sentence = format!("この証明書は再発行の申請中です（{}、2026年11月17日(火)受付）。", case.reception_number);
    is_refused(&hana, &source, &sentence).await;
    hana.is_sound("in-progress").await;
    hana.press("申請状況を見る").await;
    hana.is_on("申請状況").await;
}

#[tokio::test]
async fn expired_and_revoked_certificates_are_over() {
    let portal = Portal::open().await;
    let expired = portal.a_certificate().names(["expired.example.jp"]).valid_until("2026-11-23".parse().unwrap());
    let expired = expired.register().await;
    let revoked = portal.a_certificate().names(["revoked.example.jp"]).register().await;
    portal.site.world.a_case().on(&revoked).in_state(CaseState::Revoked).open().await;
    let hana = portal.hana(Screen::Phone).await;
    is_refused(&hana, &expired, "この証明書は2026年11月23日(月)に満了したため、再発行できません。").await;
    hana.is_sound("expired").await;
    is_refused(&hana, &revoked, "この証明書は失効済みのため、再発行できません。").await;
    hana.is_sound("revoked").await;
    hana.press("再発行先証明書を見る").await;
    hana.is_on("申請情報詳細").await;
}

#[tokio::test]
async fn a_certificate_whose_validation_is_too_old_may_be_filed_but_waits() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().validation_data_until("2026-11-01".parse().unwrap()).register().await;
    let hana = portal.hana(Screen::Phone).await;
    super::begin(&hana, &source).await;
    hana.is_sound("notice").await;
    super::give_reason(&hana, "その他", "2026-12-08").await;
    super::give_csr(&hana, &super::KeyPair::new().csr).await;
    super::agree_and_file(&hana).await;
    portal.site.is_done().await;
    hana.reload().await;
    hana.sees("審査待ち").await;
    hana.is_sound("waiting").await;
    assert_eq!(portal.the_case(&source).await.replacement_certificate_id, None);
}

#[tokio::test]
async fn a_dv_certificate_is_shown_and_left_to_the_desk() {
    let portal = Portal::open().await;
    let dv = portal.a_certificate().names(["dv.example.jp"]).register().await;
    // The CA of this desk signs no DV certificate; one that was imported is as this one.
    portal.site.world.tamper(&format!("UPDATE certificates SET validation = 'dv' WHERE id = {}", dv.id)).await;
    let hana = portal.hana(Screen::Phone).await;
    hana.sees("DV").await;
    hana.is_sound("list").await;
    let sentence =
        "この画面で再発行できるのは、OV証明書とEV証明書です。この証明書の再発行は、窓口へお問い合わせください。";
    is_refused(&hana, &dv, sentence).await;
    hana.is_sound("dv").await;
}

#[tokio::test]
async fn another_organisations_certificate_does_not_exist() {
    let portal = Portal::open().await;
    let world = &portal.site.world;
    let stranger = world.a_subscriber().named("例題電機株式会社").register().await;
    let theirs = world.a_certificate().of(&stranger).names(["secret.example.jp"]).register().await;
    let case = world.a_case().on(&theirs).open().await;
    let hana = portal.hana(Screen::Phone).await;
    hana.sees_no("secret.example.jp").await;
    for path in [
        format!("/portal/certificates/{}", number(&theirs)),
        format!("/portal/certificates/{}/reissue/reason", number(&theirs)),
        format!("/portal/requests/{}", case.reception_number),
        format!("/portal/requests/{}/done", case.reception_number),
        format!("/portal/requests/{}/requested_on/edit", case.reception_number),
        "/portal/certificates/RQ-000000-0000".to_owned(),
    ] {
        hana.open(&path).await;
        hana.sees("お探し").await;
        hana.sees_no("secret.example.jp").await;
    }
    hana.is_sound("not-there").await;
}
