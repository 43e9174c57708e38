//! The application as the manual walks it: 再発行 理由入力, CSR入力, 内容確認 with 登録, 申請完了.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::issue_pending::issue_pending;
use revocation_desk::actions::revoke_case::{RevokeCase, revoke_case};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::application::{CrlReason, FilingChannel};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::csr;
use revocation_desk::models::certificates::{self, Certificate};
use revocation_desk::models::revocation_cases::{self, Case};
use revocation_desk::models::subscribers::Subscriber;
use revocation_desk::models::{reissue_applications, reissue_drafts};
use sea_orm::{ConnectionTrait, Statement};

use crate::builders::{World, a_csr, agent, day};
use crate::fake_ca::FakeCa;
use crate::support::app::{Answer, Browser, TestApp, set};

/// The program on a morning, an organisation with a certificate, and its customer's browser.
struct Portal {
    app: TestApp,
    world: World,
    owner: Subscriber,
    certificate: Certificate,
    browser: Browser,
}

impl Portal {
    /// Tuesday 24 November 2026, 10:00 JST, an OV certificate until 12 June 2027.
    async fn open() -> Self {
        Self::of(TestApp::start().await, false).await
    }

    async fn with_ev() -> Self {
        Self::of(TestApp::start().await, true).await
    }

    async fn of(app: TestApp, ev: bool) -> Self {
        let ca = Arc::new(FakeCa::new(app.services().embedded_ca.unwrap()));
        app.change_services(|services| services.ca = ca.clone());
        let world = World::of_program(app.services(), ca);
        let owner = world.a_subscriber().register().await;
        let new = world.a_certificate().of(&owner);
        let certificate = if ev { new.ev() } else { new }.register().await;
        let browser = app.login_customer(owner.id, "hana").await;
        Self { app, world, owner, certificate, browser }
    }

    fn at(&self, step: &str) -> String {
        format!("{}/{step}", start(&self.certificate))
    }

    async fn get(&mut self, step: &str) -> Answer {
        let page = self.at(step);
        self.browser.get(&page).await
    }

    async fn post(&mut self, step: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.at(step);
        self.browser.post_form(&page, &page, fields).await
    }

    /// 理由入力: サーバーリプレース on this day.
    async fn reason(&mut self, requested_on: &str) {
        let fields = [("reason", "server_replacement"), ("requested_on", requested_on)];
        assert_eq!(self.post("reason", &fields).await.assert_status(303).location(), self.at("csr"));
    }

    async fn compromise(&mut self) {
        assert_eq!(self.post("reason", &[("reason", "key_compromise")]).await.location(), self.at("csr"));
    }

    async fn csr(&mut self, pem: &str) {
        assert_eq!(self.post("csr", &[("csr", pem)]).await.assert_status(303).location(), self.at("confirm"));
    }

    /// 登録
    async fn submit(&mut self) -> Answer {
        self.post("confirm", &[("consent", "true")]).await
    }

    /// From the reason to the filing, with a new key.
    async fn file(&mut self, requested_on: &str) -> Case {
        self.reason(requested_on).await;
        self.csr(&pem(&a_csr())).await;
        let done = self.submit().await.assert_status(303).location().to_owned();
        self.world.desk.finished().await;
        self.case(&done).await
    }

    /// The case whose 申請完了 has this address.
    async fn case(&self, done: &str) -> Case {
        let number = done.trim_start_matches("/portal/requests/").trim_end_matches("/done");
        let number = number.parse().unwrap_or_else(|_| panic!("{done} is no 申請完了"));
        revocation_cases::by_reception_number(&self.world.desk.db, number).await.unwrap()
    }

    /// A column of the only row of a table, as text.
    async fn column(&self, table: &str, column: &str) -> String {
        let db = &self.world.desk.db;
        let sql = format!("SELECT CAST({column} AS TEXT) FROM {table}");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

fn start(certificate: &Certificate) -> String {
    format!("{}/reissue", details(certificate))
}

fn details(certificate: &Certificate) -> String {
    format!("/portal/certificates/{}", certificate.reception_number.unwrap())
}

fn pem(der: &[u8]) -> String {
    csr::parse(der).unwrap().pem()
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("tests/fixtures/requests/{name}.pem")).unwrap()
}

#[tokio::test]
async fn a_customer_walks_from_the_reason_to_the_filed_application() {
    let mut portal = Portal::with_ev().await;
    let number = portal.certificate.reception_number.unwrap().to_string();

    let begun = portal.browser.get(&start(&portal.certificate)).await;
    assert_eq!(begun.assert_status(303).location(), portal.at("reason"));
    let page = portal.get("reason").await;
    page.assert_status(200).assert_contains("<title>再発行 理由入力").assert_contains("<h1>再発行 理由入力</h1>");
    for text in [number.as_str(), "www.example.jp", "残り200日", "サーバーリプレース", "鍵の漏えい（おそれを含む）"]
    {
        page.assert_contains(text);
    }
    page.assert_contains("失効希望日にお電話する方").assert_contains("申請責任者（EV証明書）");
    page.assert_contains("例田 一郎 様").assert_contains("電話番号 末尾3390").assert_lacks("03-0000-3390");
    portal.reason("2026-12-08").await;

    portal.get("csr").await.assert_contains("<h1>CSR入力</h1>");
    let csr = a_csr();
    portal.csr(&pem(&csr)).await;
    let key = csr::parse(&csr).unwrap().public_key.spki_sha256.to_string();
    portal.get("csr").await.assert_contains("読み取ったCSR").assert_contains(&key);

    let page = portal.get("confirm").await;
    page.assert_status(200).assert_contains("<h1>内容確認</h1>").assert_contains("サーバーリプレース");
    page.assert_contains("2026年12月8日(火)").assert_contains("新しいCSR").assert_contains("ECDSA P-256");
    page.assert_contains("2026年12月8日(火)に、申請責任者の例田 一郎様（電話番号 末尾3390）へお電話します。");
    page.assert_contains("CSRの情報によらず、再発行元証明書の情報で発行されます。").assert_contains(&key);
    page.assert_contains("2026/11/24 – 2027/06/10").assert_contains("第4条（失効）").assert_contains("版: 1.0");
    page.assert_contains("12月8日(火)までに、新しい証明書への入れ替えを終えてください。");

    let done = portal.submit().await.assert_status(303).location().to_owned();
    portal.world.desk.finished().await;
    let case = portal.case(&done).await;
    assert_eq!((case.state, case.requested_on), (CaseState::AwaitingCall, day("2026-12-08")));
    let page = portal.browser.get(&done).await;
    page.assert_status(200).assert_contains("<h1>申請完了</h1>").assert_contains(&case.reception_number.to_string());
    page.assert_contains("2026年12月8日(火)に、申請責任者の例田 一郎様（電話番号 末尾3390）へ、");
    page.assert_contains(&portal.app.services().settings.desk.caller_number).assert_contains("h***@example.jp");
    page.assert_contains("発行済み")
        .assert_contains("証明書を受け取る")
        .assert_contains("href=\"/portal/certificates\">完了");
    portal.browser.get(&done).await.assert_status(200);

    let replacement = portal.world.replacement(&case).await;
    assert_eq!(replacement.spki_sha256, key);
    assert_eq!(replacement.common_name, portal.certificate.common_name);
}

#[tokio::test]
async fn the_consent_is_kept_with_version_hash_person_time_and_address() {
    let mut portal = Portal::open().await;
    let case = portal.file("2026-12-08").await;

    let agreement = portal.app.services().agreement;
    assert_eq!(portal.column("consents", "agreement_version").await, agreement.version);
    assert_eq!(portal.column("consents", "agreement_sha256").await, agreement.sha256);
    assert_eq!(portal.column("consents", "given_by").await, "customer:1");
    assert_eq!(portal.column("consents", "address").await, "127.0.0.1");
    assert!(portal.column("consents", "given_at").await.starts_with("2026-11-24"));
    let filed = reissue_applications::by_id(&portal.world.desk.db, case.application_id).await.unwrap();
    assert_eq!((filed.channel, filed.filed_by.as_str()), (FilingChannel::Portal, "customer:1"));
}

#[tokio::test]
async fn without_consent_or_under_another_version_nothing_is_filed() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    portal.csr(&pem(&a_csr())).await;

    let refused = portal.post("confirm", &[]).await;
    refused.assert_status(422).assert_contains("<title>エラー: 内容確認").assert_contains("href=\"#f-consent\"");
    refused.assert_contains("加入契約書をお読みのうえ、同意にチェックを入れてください。");
    let refused = portal.post("confirm", &[("consent", "true"), ("agreement_version", "0.9")]).await;
    refused.assert_status(422);
    assert_eq!(portal.world.count("reissue_applications").await, 0);
}

#[tokio::test]
async fn what_was_typed_is_there_again_for_a_day_right_or_wrong() {
    let mut portal = Portal::open().await;
    let fields = [("reason", "other"), ("requested_on", "2027-12-24")];
    portal.post("reason", &fields).await.assert_status(422).assert_contains("満了日");
    portal.get("reason").await.assert_contains("value=\"2027-12-24\"").assert_contains("value=\"other\" checked");
    portal.post("reason", &[("reason", "other"), ("requested_on", "12月24日")]).await.assert_status(422);
    portal.get("reason").await.assert_contains("type=\"text\"").assert_contains("value=\"12月24日\"");
    portal.post("csr", &[("csr", "not a request")]).await.assert_status(422);

    portal.app.pass(Duration::hours(23));
    portal.browser = portal.app.browser_of("hana").await;
    portal.get("csr").await.assert_contains(">not a request</textarea>");
    portal.app.pass(Duration::hours(2));
    portal.browser = portal.app.browser_of("hana").await;
    portal.get("reason").await.assert_lacks("value=\"12月24日\"").assert_lacks("checked");
    portal.get("csr").await.assert_lacks("not a request");
}

#[tokio::test]
async fn beginning_again_goes_on_with_what_was_typed() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    let begun = portal.browser.get(&start(&portal.certificate)).await;
    assert_eq!(begun.assert_status(303).location(), portal.at("reason"));
    portal.get("reason").await.assert_contains("value=\"2026-12-08\"").assert_contains("checked");
    // A colleague has a draft of their own.
    let mut colleague = portal.app.login_customer(portal.owner.id, "jiro").await;
    colleague.get(&portal.at("reason")).await.assert_status(200).assert_lacks("checked");
}

#[tokio::test]
async fn drafts_of_yesterday_are_deleted() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    let db = &portal.world.desk.db;
    assert_eq!(reissue_drafts::purge(db, portal.app.now() + Duration::hours(23)).await.unwrap(), 0);
    assert_eq!(reissue_drafts::purge(db, portal.app.now() + Duration::hours(25)).await.unwrap(), 1);
}

#[tokio::test]
async fn going_back_keeps_what_was_typed_on_the_way() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    let back = portal.post("csr", &[("csr", "half a request"), ("go", "back")]).await;
    assert_eq!(back.assert_status(303).location(), portal.at("reason"));
    portal.get("csr").await.assert_contains("half a request");
    let back = portal.post("reason", &[("reason", "other"), ("requested_on", ""), ("go", "back")]).await;
    assert_eq!(back.assert_status(303).location(), details(&portal.certificate));
    portal.get("reason").await.assert_contains("value=\"other\" checked");
}

#[tokio::test]
async fn a_day_is_picked_from_the_months_and_nothing_is_lost() {
    let mut portal = Portal::open().await;
    let page = portal.get("reason").await;
    page.assert_contains("name=\"pick\" value=\"2026-12-08\" aria-pressed=\"false\" aria-label=\"12月8日(火)を選ぶ\"");
    page.assert_contains("2週間後").assert_contains("土日のため休業").assert_lacks("value=\"2026-11-28\"");

    let picked = portal.post("reason", &[("reason", "other"), ("requested_on", "x"), ("pick", "2026-12-08")]).await;
    assert_eq!(picked.assert_status(303).location(), format!("{}#f-requested_on", portal.at("reason")));
    let page = portal.get("reason").await;
    page.assert_contains("value=\"2026-12-08\" aria-pressed=\"true\"").assert_contains("value=\"other\" checked");

    let moved =
        portal.post("reason", &[("reason", "other"), ("requested_on", "2026-12-08"), ("months", "2027-01")]).await;
    let months = format!("{}?months=2027-01", portal.at("reason"));
    assert_eq!(moved.assert_status(303).location(), format!("{months}#months"));
    let page = portal.browser.get(&months).await;
    page.assert_contains("<caption>2027年1月</caption>").assert_contains("value=\"2026-12-08\"");
}

#[tokio::test]
async fn a_closed_day_is_taken_and_the_day_of_the_call_is_told() {
    for (requested_on, said) in [
        (
            "2026-11-28",
            "2026年11月28日(土)は電話窓口の休業日です。翌営業日の2026年11月30日(月)にお電話で確認し、失効します。",
        ),
        ("2026-12-29", "年末年始（12月29日から1月3日まで）のため、電話窓口の休業日です。翌営業日の2027年1月4日(月)"),
        ("2027-01-11", "祝日（成人の日）のため、電話窓口の休業日です。翌営業日の2027年1月12日(火)"),
    ] {
        let mut portal = Portal::open().await;
        portal.reason(requested_on).await;
        portal.get("reason").await.assert_contains(said);
        portal.csr(&pem(&a_csr())).await;
        portal.get("confirm").await.assert_contains(said);
        let done = portal.submit().await.location().to_owned();
        portal.browser.get(&done).await.assert_contains(said);
    }
}

#[tokio::test]
async fn each_mistake_of_the_reason_has_its_own_sentence() {
    for (fields, said) in [
        (&[("requested_on", "2026-12-08")][..], "再発行理由を選んでください。"),
        (&[("reason", "other")], "再発行元証明書の失効希望日を入力してください。"),
        (&[("reason", "other"), ("requested_on", "12/8")], "失効希望日「12/8」を読み取れません。2026/12/08のように"),
        (&[("reason", "other"), ("requested_on", "2026-11-23")], "失効希望日 2026年11月23日(月)は過ぎています。"),
        (&[("reason", "other"), ("requested_on", "2028-01-04")], "満了日より後です。"),
        (
            &[("reason", "key_lost_or_damaged"), ("requested_on", "2026-12-08")],
            "「ある」または「ない」を選んでください。",
        ),
    ] {
        let mut portal = Portal::open().await;
        let refused = portal.post("reason", fields).await;
        refused.assert_status(422).assert_contains(said).assert_contains("<title>エラー: 再発行 理由入力");
    }
}

#[tokio::test]
async fn both_mistakes_of_the_reason_are_said_at_once() {
    let mut portal = Portal::open().await;
    let refused = portal.post("reason", &[("requested_on", "")]).await;
    refused.assert_status(422).assert_contains("入力内容を確認してください（2件）");
    refused.assert_contains("href=\"#f-reason\"").assert_contains("href=\"#f-requested_on\"");
}

#[tokio::test]
async fn each_mistake_of_the_csr_has_its_own_sentence() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    for (csr, said) in [
        (String::new(), "CSRを貼り付けるか、「再発行元のCSRを利用する」にチェックを入れてください。"),
        ("x".to_owned(), "CSRを読み取れません。"),
        (fixture("made-rsa-1024"), "鍵の長さが足りません（RSA 1024ビット）。"),
        (fixture("made-rsa-4104"), "鍵が長すぎます（RSA 4104ビット）。"),
        (fixture("made-p521"), "この種類の鍵（ECDSA P-521）では発行できません。"),
        (fixture("rsa_sha1"), "安全でない方式（SHA-1）"),
        (fixture("bad-version"), "CSRの署名が、CSRの鍵と一致しません。"),
        (fixture("made-p256").repeat(2), "CSRが2個貼り付けられています。"),
        ("x".repeat(70_000), "CSRが大きすぎます（上限 65536バイト）。"),
    ] {
        let refused = portal.post("csr", &[("csr", &csr)]).await;
        refused.assert_status(422).assert_contains(said).assert_contains("<title>エラー: CSR入力");
    }
    for csr in ["made-p256", "made-p384", "made-rsa-2048", "made-rsa-4096", "rsa_sha256"] {
        portal.csr(&fixture(csr)).await;
    }
}

#[tokio::test]
async fn a_lost_key_is_not_certified_again_and_a_blocked_one_never() {
    let mut portal = Portal::open().await;
    let first = portal.file("2026-12-08").await;
    let replacement = portal.world.replacement(&first).await;
    portal.certificate = replacement.clone();
    portal.app.pass(Duration::days(40));
    let mut portal = relogin(portal).await;
    let old_key = pem(replacement.csr_der.as_ref().unwrap());

    let lost = [("reason", "key_lost_or_damaged"), ("key_possibly_exposed", "no"), ("requested_on", "2027-01-12")];
    portal.post("reason", &lost).await.assert_status(303);
    portal.get("csr").await.assert_lacks("name=\"reuse\"").assert_contains("再発行元のCSRは利用できません。");
    let refused = portal.post("csr", &[("csr", &old_key)]).await;
    refused.assert_status(422).assert_contains("鍵の漏えいや紛失・破損が理由の場合");
    let refused = portal.post("csr", &[("reuse", "true")]).await;
    refused.assert_status(422).assert_contains("再発行元のCSR");

    let blocked = a_csr();
    let key = csr::parse(&blocked).unwrap().public_key.spki_sha256.to_string();
    certificates::block_key(&portal.world.desk.db, &key, portal.app.now()).await.unwrap();
    let refused = portal.post("csr", &[("csr", &pem(&blocked))]).await;
    refused.assert_status(422).assert_contains("このCSRの鍵は、失効した証明書で使われています。");
}

/// The session ended in between.
async fn relogin(mut portal: Portal) -> Portal {
    portal.browser = portal.app.browser_of("hana").await;
    portal
}

#[tokio::test]
async fn a_private_key_leaves_no_trace() {
    let log = Log::default();
    let _logging = log.listen();
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let secret: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let secret = &secret[30..70];

    let pasted = portal.post("csr", &[("csr", &key)]).await;
    let with_box = portal.post("csr", &[("csr", &key), ("reuse", "true")]).await;
    let back = portal.post("csr", &[("csr", &key), ("go", "back")]).await;
    let page = portal.at("csr");
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("csr", None, b""), ("csr_file", Some("server.key"), key.as_bytes())];
    let uploaded = portal.browser.attach(&page, &page, &parts).await;

    for refused in [pasted, with_box, back, uploaded] {
        refused.assert_status(422).assert_contains("秘密鍵が貼り付けられています。この内容は保存していません。");
        refused.assert_lacks(secret).assert_lacks("PRIVATE KEY");
    }
    portal.get("csr").await.assert_lacks(secret);
    assert_eq!(portal.column("reissue_drafts", "csr").await, "");
    for file in std::fs::read_dir(portal.app.data_dir()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "the key is in {}", path.display());
        }
    }
    assert!(log.text().contains("answered"), "the log was read: {}", log.text());
    assert!(!log.text().contains(secret), "the key is in the log");
}

/// Everything that the program logs in this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> (tracing::subscriber::DefaultGuard, tracing::Dispatch) {
        let log = self.clone();
        let trace = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
        let ours = tracing::Dispatch::new(trace.with_writer(move || log.clone()).finish());
        // With one dispatcher only, what another test's thread logs first would be off for good.
        let another = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
        (tracing::dispatcher::set_default(&ours), another)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_file_wins_over_the_text_and_may_be_binary() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    let (der, page) = (a_csr(), portal.at("csr"));
    let key = csr::parse(&der).unwrap().public_key.spki_sha256.to_string();

    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("csr", None, b"something else"), ("csr_file", Some("server.csr"), &der)];
    let taken = portal.browser.attach(&page, &page, &parts).await;

    assert_eq!(taken.assert_status(303).location(), portal.at("confirm"));
    portal.get("confirm").await.assert_contains(&key);
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("csr", None, b""), ("csr_file", Some("photo.jpg"), &[0xff, 0xd8, 0, 1])];
    let refused = portal.browser.attach(&page, &page, &parts).await;
    refused.assert_status(422).assert_contains("CSRを読み取れません。");
}

#[tokio::test]
async fn an_upload_without_the_sessions_token_or_too_large_is_refused() {
    let mut portal = Portal::open().await;
    let page = portal.at("csr");
    portal.get("csr").await;
    portal.browser.post(&page, &[("csr", "x"), ("_csrf", "00")]).await.assert_status(403);
    let large = vec![b'x'; 2 * 1024 * 1024];
    let refused = portal.browser.attach(&page, &page, &[("csr_file", Some("large.csr"), &large)]).await;
    refused.assert_status(413).assert_contains("<h1");
    assert_eq!(portal.column("reissue_drafts", "csr").await, "");
}

#[tokio::test]
async fn what_the_csr_says_otherwise_is_explained() {
    let log = Log::default();
    let _logging = log.listen();
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["other.example.jp".to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "other.example.jp");
    params.distinguished_name.push(rcgen::DnType::OrganizationalUnitName, "Web");
    portal.csr(&params.serialize_request(&key).unwrap().pem().unwrap()).await;

    for page in ["csr", "confirm"] {
        let page = portal.get(page).await;
        page.assert_contains("コモンネーム: CSRでは「other.example.jp」、発行する証明書では「www.example.jp」");
        page.assert_contains("部署名（OU）: CSRでは「Web」、発行する証明書では「なし」");
        page.assert_contains("再発行元証明書の情報で発行されます。");
    }
}

#[tokio::test]
async fn whoever_skips_ahead_lands_on_the_first_step_that_lacks_something() {
    let mut portal = Portal::open().await;
    let sent = portal.get("confirm").await;
    let reason = format!("{}?check=true", portal.at("reason"));
    assert_eq!(sent.assert_status(303).location(), reason);
    portal.browser.get(&reason).await.assert_status(200).assert_contains("再発行理由を選んでください。");

    portal.reason("2026-12-08").await;
    let sent = portal.get("confirm").await;
    let csr = format!("{}?check=true", portal.at("csr"));
    assert_eq!(sent.assert_status(303).location(), csr);
    portal.browser.get(&csr).await.assert_contains("CSRを貼り付けるか");
    let token = portal.browser.portal_csrf().await;
    let confirm = portal.at("confirm");
    let posted = portal.browser.post(&confirm, &[("_csrf", &token), ("consent", "true")]).await;
    assert_eq!(posted.assert_status(303).location(), csr);
    assert_eq!(portal.world.count("reissue_applications").await, 0);
}

#[tokio::test]
async fn the_same_form_sent_twice_files_once() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    portal.csr(&pem(&a_csr())).await;
    let confirm = portal.at("confirm");
    let shown = portal.get("confirm").await;
    let mut fields = shown.hidden_fields(&confirm);
    fields.push(("consent".to_owned(), "true".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

    let mut other_tab = portal.browser.clone();
    let (first, second) = tokio::join!(portal.browser.post(&confirm, &fields), other_tab.post(&confirm, &fields));
    let third = portal.browser.post(&confirm, &fields).await;

    assert_eq!(portal.world.count("reissue_applications").await, 1);
    assert_eq!(first.assert_status(303).location(), second.assert_status(303).location());
    assert_eq!(first.location(), third.assert_status(303).location());
    let number = portal.case(first.location()).await.reception_number;
    let said = format!("この申請はすでに受け付けています（受付番号 {number}）。");
    portal.browser.get(first.location()).await.assert_contains(&said);
    portal.browser.get(first.location()).await.assert_lacks(&said);
    for step in ["reason", "csr", "confirm"] {
        assert_eq!(portal.get(step).await.assert_status(303).location(), first.location(), "back from there");
    }
}

#[tokio::test]
async fn what_another_tab_changed_is_shown_before_it_is_filed() {
    let mut portal = Portal::open().await;
    portal.reason("2026-12-08").await;
    portal.csr(&pem(&a_csr())).await;
    let confirm = portal.at("confirm");
    let mut fields = portal.get("confirm").await.hidden_fields(&confirm);
    fields.push(("consent".to_owned(), "true".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    portal.app.pass(Duration::seconds(5));
    portal.reason("2026-12-15").await;

    let refused = portal.browser.post(&confirm, &fields).await;

    refused
        .assert_status(409)
        .assert_contains("別の画面で申請内容が変わりました。")
        .assert_contains("2026年12月15日(火)");
    assert_eq!(portal.world.count("reissue_applications").await, 0);
    portal.submit().await.assert_status(303);
}

#[tokio::test]
async fn another_organisations_certificate_does_not_exist_at_any_step() {
    let mut portal = Portal::open().await;
    let case = portal.file("2026-12-08").await;
    let stranger = portal.world.a_subscriber().named("例示運輸株式会社").register().await;
    let mut browser = portal.app.login_customer(stranger.id, "stranger").await;
    let token = browser.portal_csrf().await;
    let other = portal.world.a_certificate().of(&portal.owner).register().await;
    for certificate in [&portal.certificate, &other] {
        browser.get(&start(certificate)).await.assert_status(404);
        for step in ["reason", "csr", "confirm"] {
            let page = format!("{}/{step}", start(certificate));
            browser.get(&page).await.assert_status(404).assert_lacks("www.example.jp");
            browser.post(&page, &[("_csrf", &token), ("reason", "other")]).await.assert_status(404);
        }
    }
    browser.get(&format!("/portal/requests/{}/done", case.reception_number)).await.assert_status(404);
    browser.get("/portal/requests/RQ-991231-0001/done").await.assert_status(404);
    browser.get("/portal/certificates/nonsense/reissue").await.assert_status(404);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_reissued_leads_to_its_page() {
    let mut portal = Portal::open().await;
    let new = portal.world.a_certificate().of(&portal.owner).issued_days_ago(10).register().await;
    assert_eq!(portal.browser.get(&start(&new)).await.assert_status(303).location(), details(&new));
    let page = format!("{}/reason", start(&new));
    assert_eq!(portal.browser.get(&page).await.assert_status(303).location(), details(&new));
}

#[tokio::test]
async fn a_reported_compromise_takes_no_date_and_is_revoked_within_24_hours() {
    let mut portal = Portal::open().await;
    let wish = format!("{}?reason=key_compromise", start(&portal.certificate));
    assert_eq!(portal.browser.get(&wish).await.location(), portal.at("reason"));
    portal.get("reason").await.assert_contains("value=\"key_compromise\" checked");
    portal.compromise().await;
    portal.get("csr").await.assert_contains("新しいCSRはあとで提出する").assert_lacks("name=\"reuse\"");
    let later = portal.post("csr", &[("later", "true")]).await;
    assert_eq!(later.assert_status(303).location(), portal.at("confirm"));
    let page = portal.get("confirm").await;
    page.assert_contains("受付から24時間以内").assert_contains("あとで提出する").assert_lacks("にお電話します");

    let done = portal.submit().await.assert_status(303).location().to_owned();

    portal.world.desk.finished().await;
    let case = portal.case(&done).await;
    assert_eq!((case.state, case.revocation_reason), (CaseState::Confirmed, CrlReason::KeyCompromise));
    assert_eq!(case.compromise_reported_at.map(minute), Some(minute(portal.app.now())));
    assert_eq!(portal.world.mail_kinds(&case).await, ["application_received", "key_compromise_notice"]);
    let page = portal.browser.get(&done).await;
    page.assert_contains("2026年11月25日(水) 10:0").assert_contains("CSR待ち").assert_contains("/csr\">CSRを提出する");
    let filed = reissue_applications::by_id(&portal.world.desk.db, case.application_id).await.unwrap();
    assert_eq!((filed.csr_der, filed.csr_reused), (None, false));
    let counts = issue_pending(&portal.world.desk, &Actor::batch(), portal.app.now()).await.unwrap();
    assert_eq!(counts.target, 0, "nothing is issued before the CSR is there");
}

fn minute(instant: DateTime<Utc>) -> String {
    instant.format("%F %R").to_string()
}

#[tokio::test]
async fn a_lost_key_that_may_be_in_other_hands_is_a_compromise() {
    let mut portal = Portal::open().await;
    let fields = [("reason", "key_lost_or_damaged"), ("key_possibly_exposed", "yes")];
    assert_eq!(portal.post("reason", &fields).await.assert_status(303).location(), portal.at("csr"));
    portal.csr(&pem(&a_csr())).await;
    portal.get("confirm").await.assert_contains("鍵の漏えいとして扱います。");
    let done = portal.submit().await.location().to_owned();
    portal.world.desk.finished().await;
    let case = portal.case(&done).await;
    assert_eq!(case.revocation_reason, CrlReason::KeyCompromise);
    assert!(case.replacement_certificate_id.is_some());
}

#[tokio::test]
async fn an_answer_left_over_from_another_reason_makes_no_compromise() {
    let mut portal = Portal::open().await;
    let fields = [("reason", "server_replacement"), ("key_possibly_exposed", "yes"), ("requested_on", "2026-12-08")];
    portal.post("reason", &fields).await.assert_status(303);
    portal.csr(&pem(&a_csr())).await;
    let done = portal.submit().await.location().to_owned();
    assert_eq!(portal.case(&done).await.revocation_reason, CrlReason::Superseded);
}

#[tokio::test]
async fn the_manuals_example_is_shortened_on_screen_and_in_the_certificate() {
    let app = TestApp::start_with(|config| set(config, "clock_starts_at", "2021-01-10T01:00:00Z")).await;
    let mut portal = Portal::of(app, false).await;
    let issued_on = day("2020-08-10");
    let days = u64::try_from((portal.world.today() - issued_on).num_days()).unwrap();
    let new = portal.world.a_certificate().of(&portal.owner).issued_days_ago(days);
    portal.certificate = new.valid_until(day("2022-08-10")).register().await;
    portal.reason("2021-02-01").await;
    portal.csr(&pem(&a_csr())).await;

    let page = portal.get("confirm").await;
    page.assert_contains("2021/01/10 – 2022/02/09").assert_contains("2021年7月11日(日)以降に再々発行すると");
    let done = portal.submit().await.location().to_owned();
    portal.world.desk.finished().await;
    let replacement = portal.world.replacement(&portal.case(&done).await).await;
    assert_eq!(replacement.last_day(), day("2022-02-09"));
}

#[tokio::test]
async fn a_replacement_is_reissued_with_its_own_csr_and_only_it_is_to_be_revoked() {
    let mut portal = Portal::open().await;
    let first = portal.file("2026-12-08").await;
    let replacement = portal.world.replacement(&first).await;
    portal.app.set_time(jst(day("2027-01-12"), 10, 0));
    let mut portal = relogin(portal).await;
    portal.certificate = replacement.clone();

    portal.reason("2027-01-20").await;
    portal.get("csr").await.assert_contains("再発行元のCSRを利用する");
    assert_eq!(portal.post("csr", &[("reuse", "true")]).await.location(), portal.at("confirm"));
    portal.get("confirm").await.assert_contains("再発行元のCSRを利用する");
    let done = portal.submit().await.assert_status(303).location().to_owned();
    portal.world.desk.finished().await;

    let second = portal.case(&done).await;
    assert_eq!(second.source_certificate_id, replacement.id);
    let newest = portal.world.replacement(&second).await;
    assert_eq!((newest.origin(), &newest.spki_sha256), (replacement.origin(), &replacement.spki_sha256));
    let oldest = portal.world.source(&first).await;
    let chains = certificates::newest_of_chains(&portal.world.desk.db, vec![newest.origin()]).await.unwrap();
    assert_eq!(chains[&newest.origin()], newest.id);
    // The first case goes on, and revokes the oldest one only.
    let confirmed = portal.world.confirm(&portal.world.reload(&first).await, portal.app.now()).await;
    let order = RevokeCase { today: day("2027-01-12"), ..portal.world.order(&confirmed) };
    revoke_case(&portal.world.desk, order, &Actor::batch(), portal.app.now()).await.unwrap();
    let revoked: Vec<_> = portal.world.ca.revocations().into_iter().map(|order| order.certificate.serial).collect();
    assert_eq!(revoked, [oldest.serial]);
}

#[tokio::test]
async fn what_waits_says_for_what() {
    let mut portal = Portal::open().await;
    let old_data = portal.world.a_certificate().of(&portal.owner).validation_data_until(day("2026-11-20"));
    portal.certificate = old_data.register().await;
    portal.get("reason").await.assert_contains("再審査が必要です。");
    let case = portal.file("2026-12-08").await;
    assert_eq!(case.state, CaseState::AwaitingReissue);
    let done = format!("/portal/requests/{}/done", case.reception_number);
    portal.browser.get(&done).await.assert_contains("審査待ち");

    let input =
        Withdraw { reception_number: case.reception_number, version: case.version, ground: "試験".to_owned() };
    withdraw(&portal.world.desk, input, &agent(), portal.app.now()).await.unwrap();
    let gone = portal.browser.get(&done).await;
    assert_eq!(gone.assert_status(303).location(), format!("/portal/requests/{}", case.reception_number));
    // And the same certificate may be applied for anew.
    assert_eq!(portal.browser.get(&start(&portal.certificate)).await.location(), portal.at("reason"));
    portal.get("reason").await.assert_status(200).assert_lacks("checked");
}

#[tokio::test]
async fn a_compromise_whose_replacement_failed_is_issued_by_the_next_run() {
    let mut portal = Portal::open().await;
    portal.compromise().await;
    portal.csr(&pem(&a_csr())).await;
    portal.world.ca.will_not_issue(true);
    let done = portal.submit().await.location().to_owned();
    portal.world.desk.finished().await;
    portal.browser.get(&done).await.assert_contains("発行中");
    portal.app.pass(Duration::minutes(10));
    portal.browser.get(&done).await.assert_contains("認証局の発行待ち");

    portal.world.ca.will_not_issue(false);
    let counts = issue_pending(&portal.world.desk, &Actor::batch(), portal.app.now()).await.unwrap();

    assert_eq!((counts.target, counts.done), (1, 1));
    assert_eq!(portal.case(&done).await.state, CaseState::Confirmed);
    portal.browser.get(&done).await.assert_contains("発行済み");
}
