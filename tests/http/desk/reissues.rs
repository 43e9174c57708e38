//! 代理申請: an agent files for a customer on the phone, and takes the report of a compromised key.

use std::time::Duration;

use revocation_desk::domain::application::{CrlReason, FilingChannel, ReissueReason};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::certificates::{self, Certificate};
use revocation_desk::models::reissue_applications;
use revocation_desk::models::revocation_cases::{self, Case};

use super::office::{Office, href};
use crate::builders::a_csr;
use crate::support::app::{Answer, Browser};

fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n")
}

fn form(certificate: &Certificate) -> String {
    format!("/desk/reissues/new?certificate={}", certificate.id)
}

async fn file(agent: &mut Browser, certificate: &Certificate, fields: &[(&str, &str)]) -> Answer {
    agent.post_form(&form(certificate), "/desk/reissues", fields).await
}

fn complete<'a>(csr: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("reason", "server_replacement"),
        ("requested_on", "2026-12-08"),
        ("csr_choice", "given"),
        ("csr", csr),
        ("caller", "stranger"),
        ("caller_name", "例代 理子"),
        ("filing_ground", "ポータルに入れないため"),
        ("consent", "1.0"),
    ]
}

fn with<'a>(mut fields: Vec<(&'a str, &'a str)>, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

impl Office {
    async fn case_on(&self, certificate: &Certificate) -> Option<Case> {
        revocation_cases::open_on_certificate(&self.world.desk.db, certificate.id).await.unwrap()
    }

    /// Waits for the issue in the background, which takes no longer than signing.
    async fn issued(&self, certificate: &Certificate) -> Case {
        for _ in 0..200 {
            let case = self.case_on(certificate).await.unwrap();
            if case.replacement_certificate_id.is_some() {
                return case;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no replacement was issued");
    }
}

#[tokio::test]
async fn the_certificate_is_found_by_number_domain_or_organisation() {
    let office = Office::open().await;
    let world = &office.world;
    let owner = world.a_subscriber().named("髙例商会").register().await;
    let certificate = world.a_certificate().of(&owner).names(["shop.taka.example"]).register().await;
    let case = world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;

    agent.get("/desk/cases").await.assert_contains("/desk/reissues/new");
    agent.get("/desk/reissues/new").await.assert_status(200).assert_contains("証明書を探してください。");
    for q in ["taka.example", "SHOP.TAKA", "%E9%AB%98%E4%BE%8B%E5%95%86%E4%BC%9A"] {
        agent.get(&format!("/desk/reissues/new?q={q}")).await.assert_contains(&form(&certificate));
    }
    let by_number = agent.get(&format!("/desk/reissues/new?q={}", case.reception_number)).await;
    by_number.assert_contains("申請中").assert_contains(&href(&case)).assert_lacks("taka.example");
    agent.get("/desk/reissues/new?q=%25").await.assert_contains("条件に合う証明書はありません。");
}

#[tokio::test]
async fn an_agent_files_what_a_customer_says_on_the_phone() {
    let office = Office::open().await;
    let certificate = office.world.a_certificate().register().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let page = agent.get(&form(&certificate)).await;
    page.assert_status(200).assert_contains("例文 花").assert_contains("12/29").assert_lacks("???");
    let csr = pem(&a_csr());

    let answer = file(&mut agent, &certificate, &complete(&csr)).await;

    let case = office.case_on(&certificate).await.unwrap();
    assert_eq!(answer.assert_status(303).location(), href(&case));
    let application = reissue_applications::by_id(&office.world.desk.db, case.application_id).await.unwrap();
    assert_eq!((application.channel, application.reason), (FilingChannel::Agent, ReissueReason::ServerReplacement));
    assert_eq!(application.caller_name.as_deref(), Some("例代 理子"));
    assert_eq!(application.filing_ground.as_deref(), Some("ポータルに入れないため"));
    assert_eq!(office.world.count("consents").await, 1);
    assert_eq!(office.issued(&certificate).await.state, CaseState::AwaitingCall);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("代理で申請しました").assert_contains("代理申請").assert_contains("例代 理子");
    page.assert_contains("ポータルに入れないため");
    let detail = office.app.program(Role::Agent).await.get(&format!("/api/v1/cases/{}", case.reception_number)).await;
    let filing = &detail.json()["filing"];
    assert_eq!((filing["channel"].as_str(), filing["caller_name"].as_str()), (Some("agent"), Some("例代 理子")));
    assert_eq!(filing["ground"], "ポータルに入れないため");
}

#[tokio::test]
async fn the_source_csr_is_reused_and_a_registered_contact_called() {
    let office = Office::open().await;
    let first = office.world.a_certificate().register().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get(&form(&first)).await.assert_lacks("value=\"reuse\"");
    file(&mut agent, &first, &complete(&pem(&a_csr()))).await.assert_status(303);
    let case = office.issued(&first).await;
    // Its replacement has a CSR that the desk knows. 40 days later it can be reissued itself.
    let replacement = office.world.replacement(&case).await;
    office.world.tamper("UPDATE revocation_cases SET state = 'withdrawn', closed_at = updated_at").await;
    office.app.pass(chrono::Duration::days(40));
    let mut agent = office.app.login_another(Role::Agent, "later@ca.example").await;
    let contact = office.contact(&case, revocation_desk::domain::contact::ContactRole::ProcedureContact).await;
    agent.get(&form(&replacement)).await.assert_contains("value=\"reuse\"");

    let fields = with(complete(""), &[("csr_choice", "reuse"), ("caller", &contact), ("requested_on", "2027-01-12")]);
    file(&mut agent, &replacement, &fields).await.assert_status(303);

    let again = office.case_on(&replacement).await.unwrap();
    let application = reissue_applications::by_id(&office.world.desk.db, again.application_id).await.unwrap();
    assert_eq!((application.csr_reused, application.caller_name.as_deref()), (true, Some("例文 花")));
}

#[tokio::test]
async fn everything_that_is_missing_is_told_at_once_and_nothing_is_lost() {
    let office = Office::open().await;
    let certificate = office.world.a_certificate().register().await;
    let mut agent = office.app.login_as(Role::Agent).await;

    let empty = file(&mut agent, &certificate, &[]).await;
    empty.assert_status(422).assert_contains("<title>エラー: ").assert_lacks("???");
    for field in ["reason", "requested_on", "csr_choice", "caller", "filing_ground", "consent"] {
        empty.assert_contains(&format!("id=\"e-{field}\"")).assert_contains(&format!("href=\"#f-{field}\""));
    }
    let csr = pem(&a_csr());
    for (changes, sentence) in [
        (vec![("reason", "key_lost_or_damaged")], "おそれがあるかどうかが選ばれていません"),
        (vec![("requested_on", "2026-11-23")], "は過ぎています"),
        (vec![("requested_on", "2030-01-01")], "満了日より後です"),
        (vec![("requested_on", "あす")], "読み取れません"),
        (vec![("csr", "")], "CSRを貼り付けるか"),
        (vec![("csr", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")], "秘密鍵が貼り付けられています"),
        (vec![("csr_choice", "later")], "CSRをあとで提出できるのは"),
        (vec![("caller_name", " ")], "申込者の氏名を入力してください。"),
        (vec![("caller", "99999")], "いまの連絡先にありません"),
        (vec![("consent", "0.9")], "版が違います"),
    ] {
        let fields = with(complete(&csr), &changes);
        let answer = file(&mut agent, &certificate, &fields).await;
        answer
            .assert_status(422)
            .assert_contains(sentence)
            .assert_contains("ポータルに入れないため")
            .assert_lacks("???");
    }
    assert!(office.case_on(&certificate).await.is_none());
    let secret =
        file(&mut agent, &certificate, &with(complete("-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n"), &[])).await;
    secret.assert_status(422).assert_lacks("c2VjcmV0");
}

#[tokio::test]
async fn what_cannot_be_reissued_says_why_and_offers_what_can_be_done() {
    let office = Office::open().await;
    let world = &office.world;
    let mut agent = office.app.login_as(Role::Agent).await;
    let case = world.a_case().open().await;
    let source = world.source(&case).await;
    let page = agent.get(&form(&source)).await;
    page.assert_contains("再発行の申請中です").assert_contains(&href(&case)).assert_lacks("action=\"/desk/reissues\"");
    let waiting = world.a_certificate().validation_data_until("2026-11-01".parse().unwrap()).register().await;
    agent.get(&form(&waiting)).await.assert_contains("再審査が必要です").assert_contains("action=\"/desk/reissues\"");

    for young in [world.a_certificate().issued_days_ago(3), world.a_certificate().ou("-")] {
        let certificate = young.register().await;
        let page = agent.get(&form(&certificate)).await;
        page.assert_contains("鍵の漏えい（おそれを含む）の申告は受け付けます")
            .assert_lacks("value=\"server_replacement\"");
        let csr = pem(&a_csr());
        file(&mut agent, &certificate, &complete(&csr)).await.assert_status(422);
        let given = with(complete(&csr), &[("reason", "key_compromise")]);
        file(&mut agent, &certificate, &given).await.assert_status(422);
        let report = with(given, &[("csr_choice", "later")]);
        file(&mut agent, &certificate, &report).await.assert_status(303);
        assert_eq!(office.case_on(&certificate).await.unwrap().state, CaseState::Confirmed);
    }
}

#[tokio::test]
async fn a_compromise_without_a_case_is_reported_without_a_date() {
    let office = Office::open().await;
    let certificate = office.world.a_certificate().register().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let fields = [
        ("reason", "key_compromise"),
        ("csr_choice", "later"),
        ("caller", "stranger"),
        ("caller_name", "発見者"),
        ("filing_ground", "公開リポジトリに鍵があった"),
    ];

    let answer = file(&mut agent, &certificate, &fields).await;

    let case = office.case_on(&certificate).await.unwrap();
    assert_eq!(answer.assert_status(303).location(), href(&case));
    assert_eq!((case.state, case.revocation_reason), (CaseState::Confirmed, CrlReason::KeyCompromise));
    assert_eq!(office.world.count("consents").await, 0, "a stranger agrees to nothing");
    for address in ["/desk/today", "/desk/cases", &href(&case)] {
        agent.get(address).await.assert_contains("11/25(水) 10:0").assert_contains("まで");
    }
    office.app.pass(chrono::Duration::hours(25));
    let mut agent = office.app.login_another(Role::Agent, "late@ca.example").await;
    for address in ["/desk/today", "/desk/cases", &href(&case)] {
        agent.get(address).await.assert_contains("期限超過");
    }
}

#[tokio::test]
async fn a_compromised_key_is_certified_no_more_and_its_other_certificates_are_listed() {
    let office = Office::open().await;
    let world = &office.world;
    let certificate = world.a_certificate().register().await;
    let other_owner = world.a_subscriber().named("同じ鍵の会社").register().await;
    let other = world.a_certificate().of(&other_owner).names(["same.example"]).register().await;
    let expired =
        world.a_certificate().names(["old.example"]).valid_until("2026-11-20".parse().unwrap()).register().await;
    for row in [&other, &expired] {
        let key = &certificate.spki_sha256;
        world.tamper(&format!("UPDATE certificates SET spki_sha256 = '{key}' WHERE id = {}", row.id)).await;
    }
    let mut agent = office.app.login_as(Role::Agent).await;
    let report = [
        ("reason", "key_compromise"),
        ("csr_choice", "later"),
        ("caller", "stranger"),
        ("caller_name", "発見者"),
        ("filing_ground", "公開リポジトリに鍵があった"),
    ];
    file(&mut agent, &certificate, &report).await.assert_status(303);
    let case = office.case_on(&certificate).await.unwrap();

    let page = agent.get(&href(&case)).await;
    page.assert_contains("同じ鍵を使う証明書　1件").assert_contains("same.example").assert_contains("同じ鍵の会社");
    page.assert_lacks("old.example");
    let link = format!("/desk/reissues/new?certificate={}&reason=key_compromise", other.id);
    page.assert_contains(&link.replace('&', "&#38;"));
    agent.get(&link).await.assert_contains("value=\"key_compromise\" checked");
    let program = office.app.program(Role::Agent).await;
    let address = format!("/api/v1/cases/{}", case.reception_number);
    let listed = program.get(&address).await.json()["same_key_certificates"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (listed[0]["common_name"].as_str(), listed[0]["reception_number"].as_str()),
        (Some("same.example"), None)
    );

    file(&mut agent, &other, &report).await.assert_status(303);
    let second = office.case_on(&other).await.unwrap();
    let listed = program.get(&address).await.json()["same_key_certificates"].clone();
    assert_eq!(listed[0]["reception_number"], second.reception_number.to_string());
    agent.get(&href(&case)).await.assert_contains(&href(&second));

    let own = certificates::live_with_key(
        &world.desk.db,
        &certificate.spki_sha256,
        Some(certificate.subscriber_id),
        world.now,
    );
    assert_eq!(own.await.unwrap().len(), 1, "a customer sees the own certificates only");
}

#[tokio::test]
async fn a_csr_on_a_blocked_key_is_refused_for_every_certificate() {
    let office = Office::open().await;
    let world = &office.world;
    let mut agent = office.app.login_as(Role::Agent).await;
    let csr = a_csr();
    let first = world.a_certificate().register().await;
    file(&mut agent, &first, &complete(&pem(&csr))).await.assert_status(303);
    let case = office.issued(&first).await;
    // The key of the replacement turns up in other hands.
    let replacement = world.replacement(&case).await;
    let report = with(complete(""), &[("reason", "key_compromise"), ("csr_choice", "later")]);
    file(&mut agent, &replacement, &report).await.assert_status(303);

    let unrelated = world.a_certificate().register().await;
    let refused = file(&mut agent, &unrelated, &complete(&pem(&csr))).await;

    refused.assert_status(422).assert_contains("このCSRの鍵は、失効した証明書で使われています。");
    assert!(office.case_on(&unrelated).await.is_none());
}

#[tokio::test]
async fn only_who_works_cases_files() {
    let office = Office::open().await;
    let certificate = office.world.a_certificate().register().await;
    for role in [Role::Auditor, Role::Admin] {
        let mut browser = office.app.login_as(role).await;
        browser.get("/desk/cases").await.assert_lacks("/desk/reissues/new");
        browser.get("/desk/reissues/new").await.assert_status(403);
        browser.get(&form(&certificate)).await.assert_status(403);
        browser.get("/desk/agreement").await.assert_status(200).assert_contains("SHA-256");
        let csrf = browser.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
        browser.post("/desk/reissues", &[("_csrf", &csrf), ("certificate_id", "1")]).await.assert_status(403);
    }
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get("/desk/reissues/new?certificate=99").await.assert_status(404);
}
