//! 申請状況: what a customer may still change, until 18:00 of the business day before.

use chrono::{DateTime, Utc};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::revocation_cases::Case;

use super::Portal;
use crate::builders::day;
use crate::harness::{Screen, Window};

/// Filed on Tuesday 17 November for Tuesday 8 December: what is to change has to be changed until Monday 7th, 18:00.
async fn a_request(portal: &Portal) -> Case {
    let source = portal.a_certificate().register().await;
    portal.site.world.a_case().on(&source).due_on(day("2026-12-08")).open().await
}

fn last_minute() -> DateTime<Utc> {
    jst(day("2026-12-07"), 17, 59)
}

async fn open(portal: &Portal, case: &Case, hana: Window) -> Window {
    let hana = portal.log_in(hana).await;
    hana.open(&format!("/portal/requests/{}", case.reception_number)).await;
    hana.is_on("申請状況").await;
    hana
}

#[tokio::test]
async fn the_date_is_changed_in_the_last_minute_and_not_after_it() {
    let portal = Portal::open().await;
    let case = a_request(&portal).await;
    portal.site.app.set_time(last_minute());
    let hana = open(&portal, &case, portal.site.window(Screen::Phone).await).await;
    hana.sees("2026年12月7日(月) 18:00まで、この画面でお手続きいただけます。").await;
    hana.is_sound("request").await;
    hana.press("失効希望日を変更する").await;
    hana.is_on("失効希望日の変更").await;
    hana.is_sound("form").await;
    hana.press("確認へ進む").await;
    assert_eq!(hana.errors().await.len(), 1, "the same day is no change");
    hana.is_sound("unchanged").await;
    hana.fill("新しい失効希望日", "2026-12-15").await;
    hana.press("確認へ進む").await;
    hana.is_on("失効希望日の変更の確認").await;
    hana.is_sound("confirm").await;
    hana.press("変更する").await;
    hana.is_on("申請状況").await;
    hana.sees("失効希望日を2026年12月15日(火)に変更しました。確認のメールをお送りします。").await;
    hana.is_sound("changed").await;
    assert_eq!(portal.site.world.reload(&case).await.requested_on, day("2026-12-15"));
    assert!(portal.site.world.mail_kinds(&case).await.contains(&"requested_date_changed".to_owned()));

    portal.site.app.set_time(jst(day("2026-12-14"), 18, 0));
    let hana = open(&portal, &case, hana).await;
    hana.sees("変更の期限（2026年12月14日(月) 18:00）を過ぎました。").await;
    assert!(!hana.offers("失効希望日を変更する").await);
    hana.is_sound("too-late").await;
}

#[tokio::test]
async fn a_form_opened_in_time_and_sent_too_late_is_refused() {
    let portal = Portal::open().await;
    let case = a_request(&portal).await;
    portal.site.app.set_time(last_minute());
    let hana = open(&portal, &case, portal.site.window(Screen::Phone).await).await;
    hana.press("失効希望日を変更する").await;
    hana.fill("新しい失効希望日", "2026-12-15").await;
    portal.site.app.set_time(jst(day("2026-12-07"), 18, 1));
    hana.press("確認へ進む").await;
    hana.sees("失効希望日の変更は前営業日の18:00までです。本日の変更は窓口（0120-000-000）へお電話ください。").await;
    hana.is_sound("refused").await;
    assert_eq!(portal.site.world.reload(&case).await.requested_on, day("2026-12-08"));
}

#[tokio::test]
async fn a_request_is_withdrawn_in_time_and_not_after_it() {
    let portal = Portal::open().await;
    let case = a_request(&portal).await;
    portal.site.app.set_time(last_minute());
    let hana = open(&portal, &case, portal.site.window(Screen::Phone).await).await;
    hana.press("お申し込みを取り下げる").await;
    hana.is_on("お申し込みの取り下げの確認").await;
    hana.is_sound("confirm").await;
    portal.site.app.set_time(jst(day("2026-12-07"), 18, 1));
    hana.press("取り下げる").await;
    hana.sees("お申し込みの取り下げは前営業日の18:00までです。").await;
    assert_eq!(portal.site.world.reload(&case).await.state, CaseState::AwaitingCall);

    portal.site.app.set_time(last_minute());
    let hana = open(&portal, &case, hana).await;
    hana.press("お申し込みを取り下げる").await;
    hana.press("取り下げる").await;
    hana.sees("お申し込みを取り下げました。確認のメールをお送りします。").await;
    hana.is_sound("withdrawn").await;
    assert_eq!(portal.site.world.reload(&case).await.state, CaseState::Withdrawn);
}

#[tokio::test]
async fn a_customer_says_when_to_call_and_who_follows() {
    let portal = Portal::open().await;
    let case = a_request(&portal).await;
    let hana = open(&portal, &case, portal.site.window(Screen::Phone).await).await;
    hana.press("お電話の時間帯を知らせる").await;
    hana.is_on("お電話の時間帯").await;
    hana.choose("午前（9:00～12:00）").await;
    hana.is_sound("band").await;
    hana.press("確認へ進む").await;
    hana.is_sound("band-confirm").await;
    hana.press("登録する").await;
    hana.sees("お電話の時間帯のご希望を承りました。").await;

    hana.press("担当者を変更する").await;
    hana.is_on("担当者の変更").await;
    hana.choose("手続き担当者").await;
    hana.fill("新しいご担当者様のお名前", "見本 茜").await;
    hana.fill("メールアドレス", "akane@example.jp").await;
    hana.fill("電話番号", "4182").await;
    hana.press("確認へ進む").await;
    hana.is_refused_with(&["電話番号は、03-0000-0000のように市外局番から入力してください。"]).await;
    hana.is_sound("contact-refused").await;
    hana.fill("電話番号", "03-0000-7711").await;
    hana.press("確認へ進む").await;
    hana.is_on("担当者の変更の確認").await;
    hana.is_sound("contact-confirm").await;
    hana.press("申し出る").await;
    hana.sees("担当者の変更のお申し出を受け付けました。").await;
    hana.sees_no("7711").await;
    hana.is_sound("proposed").await;
}
