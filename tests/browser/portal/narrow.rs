//! Lists and forms on 320 pixels: nothing scrolls sideways, nothing is lost.

use revocation_desk::models::revocation_cases::Case;

use super::{KeyPair, Portal, agree_and_file, give_csr, give_reason, number};
use crate::builders::day;
use crate::harness::{Screen, Window};

const LONG: &str = "very-long-name-of-a-server-of-the-shop.department.subsidiary.example.jp";

async fn a_request(portal: &Portal) -> Case {
    let source = portal.a_certificate().ev().names([LONG, "www.example.jp"]).register().await;
    portal.site.world.a_case().on(&source).due_on(day("2026-12-08")).open().await
}

async fn all_are_sound(hana: &Window, pages: &[(&str, String)]) {
    for (step, path) in pages {
        hana.open(path).await;
        hana.is_at(path.split('?').next().unwrap()).await;
        hana.is_sound(step).await;
    }
}

#[tokio::test]
async fn lists_and_forms_about_requests_fit_320_pixels() {
    let portal = Portal::open().await;
    let case = a_request(&portal).await;
    portal.a_certificate().register().await;
    let hana = portal.hana(Screen::Narrow).await;
    let request = format!("/portal/requests/{}", case.reception_number);
    let of_request = |path: &str| format!("{request}/{path}");
    let pages = [
        ("certificates", "/portal/certificates".to_owned()),
        ("certificates-in-progress", "/portal/certificates?view=in_progress".to_owned()),
        ("requests", "/portal/requests".to_owned()),
        ("request", request.clone()),
        ("date", of_request("requested_on/edit")),
        ("account", "/portal/account".to_owned()),
        ("password", "/portal/account/password".to_owned()),
        ("code", "/portal/account/code".to_owned()),
    ];
    all_are_sound(&hana, &pages).await;
    for (step, link) in [
        ("withdrawal", "お申し込みを取り下げる"),
        ("band", "お電話の時間帯を知らせる"),
        ("contact", "担当者を変更する"),
        ("compromise", "鍵の漏えいを報告する"),
    ] {
        hana.open(&request).await;
        hana.press(link).await;
        hana.is_sound(step).await;
    }
}

#[tokio::test]
async fn a_reissue_is_filed_on_320_pixels() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().ev().names([LONG, "www.example.jp"]).register().await;
    let hana = portal.hana(Screen::Narrow).await;
    hana.open(&format!("/portal/certificates/{}", number(&source))).await;
    hana.is_sound("details").await;
    hana.press("再発行申請").await;
    hana.is_on("再発行 理由入力").await;
    hana.is_sound("reason").await;
    give_reason(&hana, "その他", "2026-12-08").await;
    hana.is_sound("csr").await;
    give_csr(&hana, &KeyPair::new().csr).await;
    hana.is_sound("confirm").await;
    agree_and_file(&hana).await;
    portal.site.is_done().await;
    hana.is_sound("done").await;
}
