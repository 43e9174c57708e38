//! 担当者の変更: the customer names a successor, one agent verifies, another approves.

use chrono::Duration;
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::propose_contact::{ProposeContact, propose_contact};
use revocation_desk::actions::record_call::{RecordCall, record_call};
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::models::revocation_cases::Case;

use super::Portal;
use crate::builders::{another_agent, call, customer_of};
use crate::harness::{Screen, Window};
use crate::staff::working_agent;

const MALFORMED: &str = "電話番号は、03-0000-0000のように市外局番から入力してください。";
const MOBILE_ONLY: &str =
    "EV証明書では、第三者の情報で確認できる会社の電話番号が必要です。代表番号または部署の番号を入力してください。";
const OWN: &str = "自分が確認した変更は承認できません。ほかの担当者に承認を依頼してください。";

/// An EV case of today that is on hold: whom the desk phoned has left.
async fn held(portal: &Portal) -> Case {
    let world = &portal.site.world;
    let source = portal.a_certificate().ev().register().await;
    let case = world.a_case().on(&source).open().await;
    let before = world.now - Duration::minutes(20);
    let claimed = claim_case(&world.desk, case.reception_number, &another_agent(), before).await;
    claimed.unwrap();
    let note = Some("異動されたとのこと".to_owned());
    let report = RecordCall { note, ..call(&world.reload(&case).await, CallOutcome::ContactChanged) };
    record_call(&world.desk, report, &another_agent(), before).await.unwrap()
}

/// Fills in the customer's form; wrong numbers first.
async fn name_the_successor(hana: &Window) {
    hana.press("担当者を変更する").await;
    hana.is_on("担当者の変更").await;
    hana.choose("申請責任者").await;
    hana.fill("新しいご担当者様のお名前", "見本 茜").await;
    hana.fill("メールアドレス", "akane@example.jp").await;
    for (number, sentence) in [("4182", MALFORMED), ("090-0000-1111", MOBILE_ONLY)] {
        hana.fill("電話番号", number).await;
        hana.press("確認へ進む").await;
        hana.is_refused_with(&[sentence]).await;
        hana.holds("電話番号", number).await;
        hana.is_sound(number).await;
    }
    hana.fill("電話番号", "03-0000-7711").await;
    hana.press("確認へ進む").await;
    hana.press("申し出る").await;
    hana.sees("担当者の変更のお申し出を受け付けました。").await;
}

#[tokio::test]
async fn a_successor_is_verified_by_one_agent_approved_by_another_and_then_phoned() {
    let portal = Portal::open().await;
    let (site, case) = (&portal.site, held(&portal).await);
    assert_eq!(case.state, CaseState::OnHold);
    let hana = portal.hana(Screen::Phone).await;
    hana.open(&format!("/portal/requests/{}", case.reception_number)).await;
    name_the_successor(&hana).await;

    let agent = working_agent(site, "misaki@ca.example", true).await;
    agent.press("連絡先変更").await;
    agent.is_on("連絡先変更").await;
    agent.sees("例田 一郎").await;
    agent.sees("見本 茜").await;
    agent.is_sound("list").await;
    agent.press("例示商事株式会社").await;
    agent.sees("お申し出の番号（比べるだけに使います）: 03-0000-7711").await;
    agent.is_sound("proposal").await;
    agent.press("番号を確認して承認に回す").await;
    assert!(!agent.errors().await.is_empty(), "a number of unknown source");
    agent.is_sound("unverified").await;
    agent.fill("確かめた電話番号", "03-0000-8800").await;
    agent.fill("番号の出所", "法人番号公表サイト").await;
    agent.fill("確かめた日", "2026-11-24").await;
    agent.press("番号を確認して承認に回す").await;
    agent.sees("番号の確認を記録し、承認に回しました。").await;
    agent.sees(OWN).await;
    assert!(!agent.offers("変更を承認する").await);
    agent.is_sound("verified").await;
    let change = agent.path().await;
    drop(agent);

    let second = working_agent(site, "aoi@ca.example", true).await;
    second.open(&change).await;
    second.sees("03-0000-8800").await;
    second.is_sound("approval").await;
    second.press("変更を承認する").await;
    second.sees("変更を承認しました。対象の案件は新しい担当者への要電話に戻りました。").await;
    second.is_sound("approved").await;
    assert_eq!(site.world.reload(&case).await.state, CaseState::AwaitingCall);
    second.open(&format!("/desk/cases/{}", case.reception_number)).await;
    second.sees("見本 茜").await;
    second.sees("03-0000-8800").await;
    second.is_sound("case").await;
    hana.reload().await;
    hana.sees("申請責任者の見本 茜様へお電話します。").await;
    hana.is_sound("resumed").await;
    hana.sees_no("03-0000-8800").await;
}

#[tokio::test]
async fn a_successor_whom_nobody_can_verify_is_declined_with_a_ground() {
    let portal = Portal::open().await;
    let (site, case) = (&portal.site, held(&portal).await);
    let proposal = ProposeContact {
        reception_number: Some(case.reception_number),
        role: ContactRole::ApplicationResponsible,
        name: "見本 茜".to_owned(),
        name_kana: None,
        department: None,
        email: "akane@example.jp".to_owned(),
        phone: "03-0000-7711".to_owned(),
    };
    let customer = customer_of(portal.subscriber.id);
    propose_contact(&site.world.desk, proposal, &customer, site.world.now).await.unwrap();
    let agent = working_agent(site, "misaki@ca.example", true).await;
    agent.open("/desk/contacts").await;
    agent.press("例示商事株式会社").await;
    agent.press("差し戻す場合").await;
    agent.press("差し戻す").await;
    agent.is_refused_with(&["差し戻す理由を入力してください。"]).await;
    agent.is_sound("no-ground").await;
    agent.fill("差し戻す理由", "代表番号で在籍を確かめられませんでした。").await;
    agent.press("差し戻す").await;
    agent.sees("差し戻しました。お客様へメールを送ります。").await;
    agent.sees("代表番号で在籍を確かめられませんでした。").await;
    agent.is_sound("declined").await;
    assert_eq!(site.world.reload(&case).await.state, CaseState::OnHold);
    let mails = site.world.mails(&case).await;
    let mail = mails.iter().find(|mail| mail.kind == "contact_proposal_declined").unwrap();
    assert!(mail.body_text.contains("代表番号で在籍を確かめられませんでした。"));
}
