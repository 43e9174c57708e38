//! From the next call to the proven revocation and its mail (`ui.md` section 10, journeys 2, 4, 5 and 9).

use revocation_desk::actions::follow_up::follow_up;
use revocation_desk::actions::rescue_stuck::rescue_stuck;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::evidence::Disagreement;
use revocation_desk::domain::role::Role;
use revocation_desk::models::columns::{EvidenceKind, RunCause};
use revocation_desk::models::evidence::{self, NewDocument};
use revocation_desk::models::{certificates, disagreements};
use tokio_util::sync::CancellationToken;

use super::office::{NOTE, Office, claim, href, record, take_next};
use crate::fake_ca::Behaviour;
use crate::support::app::{TestApp, set};

#[tokio::test]
async fn an_agent_takes_the_next_call_revokes_and_the_customer_is_told() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut colleague = office.app.login_another(Role::Agent, "colleague@ca.example").await;

    agent.get("/desk/today").await.assert_status(200).assert_contains("例示商事株式会社");
    let taken = take_next(&mut agent).await;
    assert_eq!(taken.assert_status(303).location(), href(&case));
    let page = agent.get(&href(&case)).await;
    page.assert_status(200)
        .assert_contains("この案件を10:15まで確保しました。")
        .assert_contains("あなたが対応中です。");
    page.assert_contains("OV証明書のため手続き担当者に確認します").assert_contains("登記簿（");
    page.assert_contains("例文 花").assert_contains("href=\"tel:+81300004182\"");
    colleague.get(&href(&case)).await.assert_lacks("tel:").assert_contains("さんが対応中です。");

    let recorded = record(&mut agent, &case, &office.agreement(&case).await.refs()).await;
    let confirmation = format!("{}/revocation/new", href(&case));
    assert_eq!(recorded.assert_status(303).location(), confirmation);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Confirmed);

    let page = agent.get(&confirmation).await;
    page.assert_status(200).assert_contains("失効は取り消せません。").assert_contains("superseded (4)");
    page.assert_contains("手続き担当者 例文 花 様　03-0000-4182");
    let revocation = format!("{}/revocation", href(&case));
    let (old, new) = (office.world.source(&case).await, office.world.replacement(&case).await);
    let wrong = if old.serial.suffix() == "0000" || new.serial.suffix() == "0000" { "1111" } else { "0000" };
    let sentence = format!("入力した「{wrong}」は、旧証明書の末尾「{}」と一致しません。", old.serial.suffix());
    let refused = agent.post_form(&confirmation, &revocation, &[("serial_suffix", wrong)]).await;
    refused.assert_status(422).assert_contains(&sentence).assert_contains("<title>エラー");
    let sentence = format!(
        "「{}」は新証明書の末尾です。失効するのは旧証明書（末尾 {}）",
        new.serial.suffix(),
        old.serial.suffix()
    );
    let refused = agent.post_form(&confirmation, &revocation, &[("serial_suffix", new.serial.suffix())]).await;
    refused.assert_status(422).assert_contains(&sentence);
    assert_eq!(office.world.ca.revocations(), [], "nothing went to the CA yet");

    let done = agent.post_form(&confirmation, &revocation, &[("serial_suffix", old.serial.suffix())]).await;
    assert_eq!(done.assert_status(303).location(), href(&case));
    agent.get(&href(&case)).await.assert_contains("失効しました（www.example.jp　末尾").assert_contains("失効済み");
    let orders = office.world.ca.revocations();
    assert_eq!(orders.iter().map(|order| &order.certificate.serial).collect::<Vec<_>>(), [&old.serial]);

    let desk = office.app.services();
    let (stop, now) = (CancellationToken::new(), desk.clock.now());
    let followed = follow_up(&desk, office.world.today(), RunCause::Desk, &stop, &Actor::batch(), now).await;
    followed.published.unwrap();
    assert_eq!(followed.proven.unwrap().done, 1);
    assert!(followed.sent.unwrap().done > 0);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("完了").assert_contains("失効をCRLで確認").assert_contains("失効完了");
    page.assert_contains(NOTE).assert_contains("1回目 失効してよいと確認した");
    let kinds = office.world.mail_kinds(&case).await;
    assert_eq!(kinds, ["application_received", "replacement_issued", "revocation_completed"]);

    let proof = evidence::of_case(&desk.db, case.id).await.unwrap().remove(0);
    let address = format!("/desk/evidence/{}", proof.document_id);
    page.assert_contains(&format!("href=\"{address}\""));
    let crl = agent.get(&address).await;
    assert_eq!(crl.assert_status(200).header("content-type"), "application/pkix-crl");
}

#[tokio::test]
async fn the_old_certificate_is_one_click_from_the_ct_logs_where_there_is_a_place_to_look() {
    let address = "https://ct.example/?q={sha256}";
    let office = Office::of(TestApp::start_with(|config| set(config, "desk.ct_search", address)).await);
    let case = office.world.a_case().open().await;
    let source = certificates::by_id(&office.world.desk.db, case.source_certificate_id).await.unwrap();
    let mut agent = office.app.login_as(Role::Agent).await;
    let page = agent.get(&href(&case)).await;
    page.assert_contains(&format!("href=\"https://ct.example/?q={}\"", source.sha256)).assert_contains("CTログで見る");

    let bare = Office::open().await;
    let case = bare.world.a_case().open().await;
    bare.app.login_as(Role::Agent).await.get(&href(&case)).await.assert_lacks("CTログ");
}

#[tokio::test]
async fn an_ev_certificate_is_not_revoked_on_the_word_of_the_procedure_contact() {
    let office = Office::open().await;
    let case = office.world.a_case().ev().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    agent.get(&href(&case)).await.assert_contains("EV証明書のため申請責任者に確認します").assert_contains("例田 一郎");

    let agreement = office.agreement(&case).await;
    let refused = record(&mut agent, &case, &agreement.refs()).await;
    refused.assert_status(422).assert_contains("この証明書は申請責任者との確認が必要です。").assert_contains(NOTE);
    assert_eq!(office.world.reload(&case).await.state, CaseState::AwaitingCall);

    let responsible = office.contact(&case, ContactRole::ApplicationResponsible).await;
    record(&mut agent, &case, &agreement.with("spoke_with", &responsible).refs()).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.state, CaseState::Confirmed);
}

#[tokio::test]
async fn without_the_identity_boxes_the_form_comes_back_with_everything_typed() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    claim(&mut agent, &case).await.assert_status(303);
    let agreement = office.agreement(&case).await;
    let contact = office.contact(&case, ContactRole::ProcedureContact).await;

    let refused = record(&mut agent, &case, &agreement.clone().without("identity_checks").refs()).await;

    refused.assert_status(422).assert_contains("<title>エラー").assert_contains("role=\"alert\"");
    refused
        .assert_contains("本人確認の2項目にチェックを入れてください。")
        .assert_contains("href=\"#f-identity_checks\"");
    refused.assert_contains(NOTE).assert_contains("value=\"confirmed\" checked");
    refused.assert_contains(&format!("<option value=\"{contact}\" selected>"));
    assert_eq!(office.calls(&case).await.len(), 0);
    let nothing = record(&mut agent, &case, &[]).await;
    nothing.assert_status(422).assert_contains("電話の結果を選んでください。");
}

#[tokio::test]
async fn a_lost_answer_of_the_ca_is_told_and_the_status_finishes_the_case() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    office.confirm(&mut agent, &case).await;
    let old = office.world.source(&case).await;
    office.world.ca.will(&old.serial, Behaviour::DropsTheAnswer);

    let suffix = old.serial.suffix();
    let confirmation = format!("{}/revocation/new", href(&case));
    let revocation = format!("{}/revocation", href(&case));
    let asked = agent.post_form(&confirmation, &revocation, &[("serial_suffix", suffix)]).await;
    assert_eq!(asked.assert_status(303).location(), href(&case));
    agent.get(&href(&case)).await.assert_contains("CAの応答を待っています。").assert_contains("失効処理中");

    office.app.pass(chrono::Duration::hours(1));
    rescue_stuck(&office.app.services(), &Actor::batch(), office.app.now()).await.unwrap();
    assert_eq!(office.world.reload(&case).await.state, CaseState::Revoked);
    assert_eq!(office.world.ca.revocations().len(), 1, "no second order");
}

#[tokio::test]
async fn what_the_ca_published_wrongly_is_shown_on_the_case_with_its_proof() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Revoked).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get(&href(&case)).await.assert_status(200).assert_lacks("公開された失効の内容が依頼と違");

    let (db, now) = (&office.app.services().db, office.world.now);
    let document = NewDocument {
        kind: EvidenceKind::Ocsp,
        sha256: "00".to_owned(),
        source: "http://ocsp.test/".to_owned(),
        bytes: b"answer",
        this_update: now,
        next_update: None,
    };
    let document = evidence::keep_document(db, document, now).await.unwrap();
    assert!(disagreements::keep(db, case.id, Disagreement::WrongReason, document, now).await.unwrap());

    let page = agent.get(&href(&case)).await;
    page.assert_contains("公開された失効の内容が依頼と違います").assert_contains("公開された失効の内容が依頼と違う");
    page.assert_contains("理由");
    let address = format!("/desk/evidence/{document}");
    page.assert_contains(&format!("href=\"{address}\""));
    let answer = agent.get(&address).await;
    assert_eq!(answer.assert_status(200).header("content-type"), "application/ocsp-response");
    assert!(answer.header("content-disposition").ends_with(".ors\""));
}
