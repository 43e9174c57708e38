//! 代理申請: an agent files for who is on the phone, and takes the report of a leaked key.

use revocation_desk::domain::application::FilingChannel;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::certificates::Certificate;
use revocation_desk::models::reissue_applications;
use revocation_desk::models::revocation_cases::{self, Case};

use super::working_agent;
use crate::builders::a_csr;
use crate::harness::{Site, Window};

fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n")
}

async fn case_on(site: &Site, certificate: &Certificate) -> Case {
    revocation_cases::open_on_certificate(&site.world.desk.db, certificate.id).await.unwrap().unwrap()
}

/// Searches for the certificate and opens the form on it.
async fn find(agent: &Window, words: &str) {
    agent.press("失効待ち一覧").await;
    agent.press("代理申請").await;
    agent.is_on("代理申請").await;
    agent.fill("受付番号・ドメイン名・会社名", words).await;
    agent.press("証明書を探す").await;
}

async fn stranger_calls(agent: &Window, name: &str, ground: &str) {
    agent.choose_from("申込者", "記録にない方").await;
    agent.fill("申込者の氏名（記録にない方）", name).await;
    agent.fill("代理で申請する理由・申し出の内容", ground).await;
}

#[tokio::test]
async fn an_agent_files_for_a_customer_on_the_phone() {
    let site = Site::open().await;
    let certificate = site.world.a_certificate().names(["shop.example.jp"]).register().await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    find(&agent, "nowhere").await;
    agent.sees("条件に合う証明書はありません。").await;
    agent.is_sound("nothing-found").await;
    find(&agent, "shop.example").await;
    agent.is_sound("found").await;
    agent.press("この証明書で申請").await;
    agent.is_on("例示商事株式会社").await;
    agent.is_sound("form").await;
    agent.press("代理で申請する").await;
    assert_eq!(agent.errors().await.len(), 6, "{:?}", agent.errors().await);
    agent.is_sound("empty").await;

    agent.choose("サーバーリプレース").await;
    agent.fill("再発行元証明書 失効希望日", "2026-12-08").await;
    agent.choose("新しいCSRを貼り付ける").await;
    agent.fill("新しいCSR", &pem(&a_csr())).await;
    stranger_calls(&agent, " ", "ポータルに入れないため").await;
    agent.choose("申込者が加入契約書").await;
    agent.press("代理で申請する").await;
    agent.is_refused_with(&["申込者の氏名を入力してください。"]).await;
    agent.holds("代理で申請する理由・申し出の内容", "ポータルに入れないため").await;
    agent.is_sound("no-name").await;
    agent.fill("申込者の氏名（記録にない方）", "例代 理子").await;
    agent.press("代理で申請する").await;
    agent.sees("代理で申請しました").await;
    site.is_done().await;
    agent.reload().await;
    for fact in ["代理申請", "例代 理子", "ポータルに入れないため"] {
        agent.sees(fact).await;
    }
    agent.is_sound("filed").await;
    let case = case_on(&site, &certificate).await;
    assert_eq!(case.state, CaseState::AwaitingCall);
    let application = reissue_applications::by_id(&site.world.desk.db, case.application_id).await.unwrap();
    assert_eq!(application.channel, FilingChannel::Agent);
}

#[tokio::test]
async fn a_leaked_key_is_filed_without_a_case_and_its_other_certificates_are_shown() {
    let site = Site::open().await;
    let certificate = site.world.a_certificate().names(["shop.example.jp"]).register().await;
    let other = site.world.a_subscriber().named("例題電機株式会社").register().await;
    let other = site.world.a_certificate().of(&other).names(["same.example.jp"]).register().await;
    let key = &certificate.spki_sha256;
    site.world.tamper(&format!("UPDATE certificates SET spki_sha256 = '{key}' WHERE id = {}", other.id)).await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    find(&agent, "shop.example").await;
    agent.press("この証明書で申請").await;
    agent.choose("鍵の漏えい").await;
    agent.sees("鍵の漏えいは日を選べません。").await;
    assert!(!agent.asks_for("再発行元証明書 失効希望日").await);
    agent.choose("あとで提出してもらう（鍵の漏えいだけ）").await;
    stranger_calls(&agent, "発見者", "公開リポジトリに鍵があった").await;
    agent.is_sound("leak").await;
    agent.press("代理で申請する").await;
    agent.sees("鍵の漏えいとして申請しました").await;
    agent.sees("11/25(水) 10:0").await;
    agent.sees("同じ鍵を使う証明書 1件").await;
    agent.sees("same.example.jp").await;
    agent.is_sound("filed").await;
    let first = case_on(&site, &certificate).await;
    assert_eq!(first.state, CaseState::Confirmed);

    agent.press("鍵の漏えいとして申請").await;
    agent.is_on("例題電機株式会社").await;
    assert!(agent.is_chosen("鍵の漏えい").await);
    agent.choose("あとで提出してもらう（鍵の漏えいだけ）").await;
    stranger_calls(&agent, "発見者", "公開リポジトリに鍵があった").await;
    agent.press("代理で申請する").await;
    agent.sees("鍵の漏えいとして申請しました").await;
    let second = case_on(&site, &other).await;
    agent.open(&format!("/desk/cases/{}", first.reception_number)).await;
    agent.sees(&second.reception_number.to_string()).await;
    assert!(!agent.offers("鍵の漏えいとして申請").await);
}
