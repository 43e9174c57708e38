//! Two people at the desk at the same time (journeys 2, 3, 15 and 16).

use chrono::Duration;
use revocation_desk::domain::case::CaseState;

use super::working_agent;
use crate::harness::{Key, Screen, Site};
use crate::support::app::PASSWORD;

#[tokio::test]
async fn a_colleagues_claim_shows_by_itself_and_no_row_moves() {
    let site = Site::open().await;
    let world = &site.world;
    let first = world.a_case().open().await;
    let subscriber = world.a_subscriber().named("例題電機株式会社").register().await;
    let second = world.a_certificate().of(&subscriber).names(["shop.example.jp"]).register().await;
    let second = world.a_case().on(&second).open().await;
    let watcher = working_agent(&site, "misaki@ca.example", true).await;
    let rows = [first.reception_number.to_string(), second.reception_number.to_string()];
    watcher.sees("2件").await;
    watcher.sees_no("の更新があります").await;

    let colleague = working_agent(&site, "aoi@ca.example", true).await;
    colleague.press("次の電話へ").await;
    colleague.sees("あなたが対応中です。").await;

    watcher.sees("まで確保").await;
    watcher.sees("1件の更新があります").await;
    assert_eq!(watcher.texts_of("tbody tr[data-row] td:nth-child(2) a").await, rows, "nothing moved under the hand");
    watcher.is_sound("news").await;
    watcher.set_screen(Screen::Half).await;
    watcher.is_sound("news-at-640").await;
    watcher.set_screen(Screen::Desk).await;
    watcher.type_text("u").await;
    watcher.sees_no("の更新があります").await;
    assert_eq!(
        watcher.texts_of("tbody tr[data-row] td:nth-child(2) a").await,
        [rows[1].clone(), rows[0].clone()],
        "the list as it is now"
    );
}

#[tokio::test]
async fn a_memo_typed_when_the_session_ends_is_there_after_the_log_in() {
    for scripted in [true, false] {
        let site = Site::open().await;
        let case = site.world.a_case().open().await;
        let agent = working_agent(&site, "misaki@ca.example", scripted).await;
        agent.press("次の電話へ").await;
        agent.choose("失効してよいと確認した").await;
        agent.fill("メモ", "入れ替え済み。午後に失効を希望。").await;
        site.app.pass(Duration::minutes(16));
        agent.press("記録して失効の確認へ").await;

        agent.is_at("/login").await;
        agent.fill("ユーザーID", "misaki@ca.example").await;
        agent.fill("パスワード", PASSWORD).await;
        agent.press("ログイン").await;

        agent.is_on("ログインの前に入力した内容").await;
        agent.sees("入れ替え済み。午後に失効を希望。").await;
        agent.is_sound("kept").await;
        agent.press("案件を確保して、この内容で通話の記録を続ける").await;
        agent.holds("メモ", "入れ替え済み。午後に失効を希望。").await;
        assert!(agent.is_chosen("失効してよいと確認した").await);
        assert_eq!(site.world.reload(&case).await.state, CaseState::AwaitingCall);
    }
}

#[tokio::test]
async fn two_who_change_the_same_date_are_shown_to_each_other() {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    let (one, other) =
        (working_agent(&site, "misaki@ca.example", true).await, working_agent(&site, "aoi@ca.example", true).await);
    let page = format!("/desk/cases/{}/requested_on/edit", case.reception_number);
    for window in [&one, &other] {
        window.open(&page).await;
    }
    one.fill("新しい失効希望日", "2026-12-01").await;
    one.press("失効希望日を変更する").await;
    one.is_at(&format!("/desk/cases/{}", case.reception_number)).await;
    other.fill("新しい失効希望日", "2026-12-02").await;
    other.press("失効希望日を変更する").await;
    other.sees("2026/12/01(火)").await;
    other.sees("2026-12-02").await;
    other.is_sound("conflict").await;
}

#[tokio::test]
async fn a_caller_is_found_from_the_search_and_the_case_opens_in_one_step() {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.type_text("/").await;
    agent.type_text("03-0000-4182").await;
    agent.key(Key::Enter).await;
    agent.is_at(&format!("/desk/cases/{}", case.reception_number)).await;
    agent.sees("番号が一致しても本人確認にはなりません。").await;
    agent.open("/desk/calls/incoming?number=0399999999").await;
    agent.sees("この番号で登録された連絡先はありません。").await;
    agent.is_sound("incoming").await;
    log_in_is_needed(&site).await;
}

/// A telephone that opens the page finds the log-in first, and the caller after it.
async fn log_in_is_needed(site: &Site) {
    super::agent(site, "ren@ca.example").await;
    let window = site.window(Screen::Desk).await;
    window.open("/desk/calls/incoming?number=0399999999").await;
    window.is_at("/login").await;
    window.fill("ユーザーID", "ren@ca.example").await;
    window.fill("パスワード", PASSWORD).await;
    window.press("ログイン").await;
    window.is_on("着信を調べる").await;
}
