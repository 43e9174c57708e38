//! From the log-in to the proven revocation and its mail, with and without script.

use revocation_desk::actions::follow_up::follow_up;
use revocation_desk::domain::actor::Actor;
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::revocation_cases::Case;
use tokio_util::sync::CancellationToken;

use super::working_agent;
use crate::harness::{Screen, Site, Window};

const NOTE: &str = "入れ替え済み。本日中の失効で問題なしとのこと。";

#[tokio::test]
async fn an_agent_takes_the_next_call_and_revokes_and_the_proof_and_the_mail_follow() {
    Box::pin(the_whole_job(true)).await;
}

#[tokio::test]
async fn the_same_works_without_script() {
    Box::pin(the_whole_job(false)).await;
}

async fn the_whole_job(scripted: bool) {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    let agent = working_agent(&site, "misaki@ca.example", scripted).await;
    agent.is_sound("today").await;
    agent.press("失効待ち一覧").await;
    agent.is_on("失効待ち一覧").await;
    agent.is_sound("list").await;
    agent.press("本日の電話確認").await;

    agent.press("次の電話へ").await;
    agent.sees("この案件を10:15まで確保しました。").await;
    agent.sees("OV証明書のため手続き担当者に確認します").await;
    agent.is_sound("case").await;
    agent.choose("失効してよいと確認した").await;
    agent.choose("会社名とお名前を名乗っていただいた").await;
    agent.choose("受付番号かコモンネームが一致した").await;
    agent.choose_from("話した相手", "例文 花").await;
    agent.fill("メモ", NOTE).await;
    agent.press("記録して失効の確認へ").await;

    agent.is_on("この証明書を失効しますか").await;
    agent.sees("失効は取り消せません。").await;
    agent.is_sound("revocation").await;
    let old = site.world.source(&case).await;
    agent.fill("旧証明書のシリアル番号の末尾4文字", old.serial.suffix()).await;
    agent.press("旧証明書を失効する").await;
    agent.sees("失効しました（www.example.jp　末尾").await;
    agent.is_sound("revoked").await;

    prove_and_send(&site).await;
    agent.reload().await;
    agent.sees("失効をCRLで確認").await;
    agent.sees(NOTE).await;
    agent.is_sound("completed").await;
    agent.press("メール送信履歴").await;
    agent.is_on("メール送信履歴").await;
    agent.sees("失効完了").await;
    agent.is_sound("mails").await;
    let kinds = site.world.mail_kinds(&case).await;
    assert_eq!(kinds, ["application_received", "replacement_issued", "revocation_completed"]);
}

/// What the program does in the background after a revocation.
async fn prove_and_send(site: &Site) {
    let (desk, stop) = (site.app.services(), CancellationToken::new());
    let followed = follow_up(&desk, site.world.today(), RunCause::Desk, &stop, &Actor::batch(), desk.clock.now()).await;
    followed.published.unwrap();
    assert_eq!(followed.proven.unwrap().done, 1);
    assert!(followed.sent.unwrap().done > 0);
}

#[tokio::test]
async fn what_an_agent_forgets_is_named_and_what_was_typed_stays() {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.press("次の電話へ").await;
    agent.fill("メモ", NOTE).await;
    agent.press("記録する").await;
    agent.is_refused_with(&["電話の結果を選んでください。"]).await;
    agent.is_sound("no-outcome").await;

    agent.choose("失効してよいと確認した").await;
    agent.choose_from("話した相手", "例文 花").await;
    agent.press("記録して失効の確認へ").await;
    agent
        .is_refused_with(&[
            "本人確認の2項目にチェックを入れてください。確認できていない場合は「本人と確認できない」を選んでください。",
        ])
        .await;
    assert!(agent.is_chosen("失効してよいと確認した").await);
    agent.holds("メモ", NOTE).await;
    agent.is_sound("no-identity").await;

    agent.choose("会社名とお名前を名乗っていただいた").await;
    agent.choose("受付番号かコモンネームが一致した").await;
    agent.press("記録して失効の確認へ").await;
    wrong_ends_are_told_apart(&site, &agent, &case).await;
    assert_eq!(site.world.ca.revocations(), [], "nothing went to the CA");
}

async fn wrong_ends_are_told_apart(site: &Site, agent: &Window, case: &Case) {
    let (old, new) = (site.world.source(case).await, site.world.replacement(case).await);
    let wrong = ["0000", "1111", "2222"];
    let wrong = wrong.into_iter().find(|end| ![old.serial.suffix(), new.serial.suffix()].contains(end)).unwrap();
    agent.is_on("この証明書を失効しますか").await;
    agent.fill("旧証明書のシリアル番号の末尾4文字", wrong).await;
    agent.press("旧証明書を失効する").await;
    let end = old.serial.suffix();
    let sentence =
        format!("入力した「{wrong}」は、旧証明書の末尾「{end}」と一致しません。失効する証明書を確かめてください。");
    agent.is_refused_with(&[&sentence]).await;
    agent.is_sound("wrong-end").await;
    agent.fill("旧証明書のシリアル番号の末尾4文字", new.serial.suffix()).await;
    agent.press("旧証明書を失効する").await;
    let sentence = format!("「{}」は新証明書の末尾です。失効するのは旧証明書（末尾 {end}）です。", new.serial.suffix());
    agent.is_refused_with(&[&sentence]).await;
}

#[tokio::test]
async fn a_case_that_a_colleague_holds_can_only_be_read_and_the_next_call_is_another() {
    let site = Site::open().await;
    let world = &site.world;
    let mine = world.a_case().open().await;
    let subscriber = world.a_subscriber().named("例題電機株式会社").register().await;
    let other = world.a_certificate().of(&subscriber).names(["shop.example.jp"]).register().await;
    world.a_case().on(&other).open().await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    let colleague = working_agent(&site, "aoi@ca.example", true).await;

    agent.press("次の電話へ").await;
    agent.sees("あなたが対応中です。").await;
    let taken = agent.path().await;
    colleague.open(&taken).await;
    colleague.sees("さんが対応中です。").await;
    assert!(!colleague.offers("記録する").await);
    colleague.is_sound("held").await;
    colleague.press("本日の電話確認").await;
    colleague.press("次の電話へ").await;
    colleague.sees("あなたが対応中です。").await;
    assert_ne!(colleague.path().await, taken);
    assert!(taken.ends_with(&mine.reception_number.to_string()), "the case that was filed first comes first");
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_the_page_asked_for_comes_after_the_log_in() {
    let site = Site::open().await;
    super::agent(&site, "misaki@ca.example").await;
    let agent = site.window(Screen::Desk).await;
    agent.open("/desk/cases").await;
    agent.is_on("ログイン").await;
    agent.is_sound("login").await;
    agent.fill("ユーザーID", "misaki@ca.example").await;
    agent.fill("パスワード", "not this one").await;
    agent.press("ログイン").await;
    let sentence = "ユーザーIDまたはパスワードが違います。ユーザーIDが分からない場合は、管理者へお問い合わせください。";
    agent.is_refused_with(&[sentence]).await;
    agent.is_sound("refused").await;
    agent.fill("パスワード", crate::support::app::PASSWORD).await;
    agent.press("ログイン").await;
    agent.is_on("失効待ち一覧").await;
}
