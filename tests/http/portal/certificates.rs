//! 証明書一覧 and 申請情報詳細: finding a certificate, whether it can be reissued, what to do instead, and its files.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::certificates::Certificate;
use revocation_desk::models::subscribers::Subscriber;

use crate::builders::{CertificateBuilder, World, day};
use crate::fake_ca::FakeCa;
use crate::support::app::{Answer, Browser, TestApp};

/// The program on Tuesday 24 November 2026, an organisation with certificates, and its customer's browser.
struct Shop {
    app: TestApp,
    world: World,
    owner: Subscriber,
    browser: Browser,
}

impl Shop {
    async fn open() -> Self {
        Self::of(TestApp::start().await).await
    }

    async fn of(app: TestApp) -> Self {
        let ca = Arc::new(FakeCa::new(app.services().embedded_ca.unwrap()));
        app.change_services(|services| services.ca = ca.clone());
        let world = World::of_program(app.services(), ca);
        let owner = world.a_subscriber().register().await;
        let browser = app.login_customer(owner.id, "hana").await;
        Self { app, world, owner, browser }
    }

    fn today(&self) -> NaiveDate {
        self.world.today()
    }

    fn a_certificate(&self) -> CertificateBuilder<'_> {
        self.world.a_certificate().of(&self.owner)
    }

    async fn certificate(&self, name: &str) -> Certificate {
        self.a_certificate().names([name]).register().await
    }

    async fn list(&mut self, query: &str) -> Vec<String> {
        listed(self.browser.get(&format!("/portal/certificates{query}")).await.assert_status(200))
    }

    async fn details(&mut self, certificate: &Certificate) -> Answer {
        let answer = self.browser.get(&href(certificate)).await;
        answer.assert_status(200).assert_contains("<h1>申請情報詳細</h1>");
        answer
    }
}

fn href(certificate: &Certificate) -> String {
    format!("/portal/certificates/{}", number(certificate))
}

fn number(certificate: &Certificate) -> String {
    certificate.reception_number.unwrap().to_string()
}

/// The reception numbers of a list, in its order.
fn listed(page: &Answer) -> Vec<String> {
    let rows = page.body.split("data-row>").skip(1);
    let number = |row: &str| row.split("href=\"/portal/certificates/").nth(1)?.split('"').next().map(str::to_owned);
    rows.filter_map(number).collect()
}

/// The word for where the certificate stands, as the list shows it.
async fn status_in_list(shop: &mut Shop, certificate: &Certificate) -> String {
    let page = shop.browser.get("/portal/certificates?view=all").await;
    let row = page.body.split("data-row>").find(|row| row.contains(&number(certificate))).unwrap().to_owned();
    let status = row.split("class=\"sta\"").nth(1).unwrap();
    status.split("</svg>").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

fn offers_reissue(page: &Answer, certificate: &Certificate) -> bool {
    page.body.contains(&format!("href=\"{}/reissue\"", href(certificate)))
}

#[tokio::test]
async fn a_customer_sees_the_valid_certificates_first_and_the_others_by_tab() {
    let mut shop = Shop::open().await;
    let old = shop.a_certificate().issued_days_ago(90).register().await;
    let new = shop.a_certificate().issued_days_ago(40).register().await;
    let yesterday = shop.today() - Days::new(1);
    let expired = shop.a_certificate().valid_until(yesterday).register().await;
    let case = shop.world.a_case().on(&old).open().await;
    let replacement = shop.world.replacement(&case).await;

    assert_eq!(shop.list("").await, [number(&replacement), number(&new), number(&old)]);
    assert_eq!(shop.list("?view=in_progress").await, [number(&old)]);
    assert_eq!(shop.list("?view=ended").await, [number(&expired)]);
    assert_eq!(shop.list("?view=all").await.len(), 4);
    assert_eq!(shop.list("?view=nonsense").await.len(), 3);
}

#[tokio::test]
async fn each_certificate_says_in_a_word_where_it_stands() {
    let mut shop = Shop::open().await;
    let due = day("2026-12-08");
    for (state, word) in [
        (CaseState::AwaitingReissue, "新証明書の発行待ち"),
        (CaseState::AwaitingCall, "失効予定 12/8(火)"),
        (CaseState::OnHold, "失効を保留中"),
        (CaseState::Withdrawn, "有効"),
    ] {
        let certificate = shop.certificate("shop.example.jp").await;
        shop.world.a_case().on(&certificate).in_state(state).due_on(due).open().await;
        assert_eq!(status_in_list(&mut shop, &certificate).await, word, "{state:?}");
    }
    for (state, word) in [(CaseState::Revoking, "失効処理中"), (CaseState::Revoked, "失効済み")] {
        let certificate = shop.certificate("shop.example.jp").await;
        shop.world.a_case().on(&certificate).in_state(state).open().await;
        assert_eq!(status_in_list(&mut shop, &certificate).await, word, "{state:?}");
    }
    let untouched = shop.certificate("shop.example.jp").await;
    assert_eq!(status_in_list(&mut shop, &untouched).await, "有効");
    let yesterday = shop.today() - Days::new(1);
    let expired = shop.a_certificate().valid_until(yesterday).register().await;
    assert_eq!(status_in_list(&mut shop, &expired).await, "満了");
}

#[tokio::test]
async fn a_search_finds_what_people_mean() {
    let mut shop = Shop::open().await;
    let site = shop.certificate("shop.example.jp").await;
    let idn = shop.certificate("www.xn--r8jz45g.example").await;
    for (q, found) in [
        ("ＳＨＯＰ.example", vec![&site]),
        ("例え", vec![&idn]),
        ("xn--r8jz45g", vec![&idn]),
        ("RQ-26", vec![&idn, &site]),
        ("100%", vec![]),
        ("\u{200B}", vec![]),
    ] {
        let address = format!("?{}", revocation_desk::views::parts::query(&[("q", q)]));
        let numbers: Vec<String> = found.into_iter().map(number).collect();
        assert_eq!(shop.list(&address).await, numbers, "{q}");
    }
    let whole = format!("/portal/certificates?q={}", number(&site).to_lowercase());
    assert_eq!(shop.browser.get(&whole).await.location(), href(&site));
}

#[tokio::test]
async fn an_empty_list_says_where_to_go() {
    let mut shop = Shop::open().await;
    let nothing = shop.browser.get("/portal/certificates").await;
    nothing.assert_contains("表示できる証明書がありません。").assert_contains("href=\"#contact\"");
    shop.certificate("shop.example.jp").await;
    shop.browser.get("/portal/certificates?view=ended").await.assert_contains("href=\"/portal/certificates?view=all\"");
    let lost = shop.browser.get("/portal/certificates?q=nothing").await;
    lost.assert_contains("条件に合う証明書はありません。").assert_contains("条件を消す");
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let mut shop = Shop::open().await;
    for n in 0..53 {
        shop.certificate(&format!("host{n}.example.jp")).await;
    }
    let first = shop.browser.get("/portal/certificates").await;
    let next = first.body.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = shop.browser.get(&next).await;
    let (first, rest) = (listed(&first), listed(&second));
    assert_eq!((first.len(), rest.len()), (50, 3));
    let mut all = [first.clone(), rest].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 53);
    let previous = second.body.split("rel=\"prev\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let previous = previous.split('"').next().unwrap().replace("&#38;", "&");
    assert_eq!(listed(&shop.browser.get(&previous).await), first);
}

#[tokio::test]
async fn the_details_tell_what_the_certificate_says_and_no_telephone_number() {
    let mut shop = Shop::open().await;
    let builder = shop.a_certificate().names(["shop.example.jp", "www.shop.example.jp"]);
    let certificate = builder.register().await;
    let page = shop.details(&certificate).await;
    let colons = certificate.serial.colon_separated();
    let (head, tail) = colons.split_at(colons.len() - 5);
    page.assert_contains(head).assert_contains(tail).assert_contains("www.shop.example.jp");
    page.assert_contains("SHA-256 with ECDSA").assert_contains(&certificate.sha256.to_string());
    page.assert_contains("例文 花 様").assert_contains("電話番号 末尾4182").assert_lacks("03-0000-4182");
    page.assert_lacks("hana@example.jp");
    assert!(offers_reissue(&page, &certificate));
    page.assert_contains(&format!("{}/reissue?reason=key_compromise", href(&certificate)));
}

#[tokio::test]
async fn old_and_new_certificate_lead_to_each_other_and_to_the_request() {
    let mut shop = Shop::open().await;
    let old = shop.certificate("shop.example.jp").await;
    let case = shop.world.a_case().on(&old).open().await;
    let new = shop.world.replacement(&case).await;
    let request = format!("href=\"/portal/requests/{}\"", case.reception_number);
    let of_old = shop.details(&old).await;
    of_old.assert_contains(&request).assert_contains(&format!("href=\"{}\"", href(&new)));
    of_old.assert_contains("お手続き中の申請").assert_contains("再発行先証明書");
    let of_new = shop.details(&new).await;
    of_new.assert_contains(&request).assert_contains(&format!("href=\"{}\"", href(&old)));
    of_new.assert_contains("この証明書を発行した申請").assert_contains("再発行元証明書");
}

#[tokio::test]
async fn what_cannot_be_reissued_says_why_and_what_to_do_instead() {
    let mut shop = Shop::open().await;
    let yesterday = shop.today() - Days::new(1);
    let young = shop.a_certificate().issued_days_ago(30).register().await;
    let old_enough = shop.a_certificate().issued_days_ago(31).register().await;
    let expired = shop.a_certificate().valid_until(yesterday).register().await;
    let dash = shop.a_certificate().ou("‐").register().await;
    let busy = shop.a_certificate().register().await;
    let case = shop.world.a_case().on(&busy).open().await;
    let gone = shop.a_certificate().register().await;
    shop.world.a_case().on(&gone).in_state(CaseState::Completed).open().await;
    for (certificate, words) in [
        (&young, vec!["発行から30日以内", "2026年11月25日(水)からお申し込みいただけます", "0120-"]),
        (&expired, vec!["2026年11月23日(月)に満了", "新規申請", "0120-"]),
        (&dash, vec!["OU「‐」は記号だけ", "新規申請の案内を依頼する", "失効申請の案内を依頼する"]),
        (&busy, vec!["申請中です", "申請状況を見る", "/portal/requests/"]),
        (&gone, vec!["失効済みのため", "再発行先証明書を見る"]),
    ] {
        let page = shop.details(certificate).await;
        assert!(!offers_reissue(&page, certificate), "{words:?}");
        for word in words {
            page.assert_contains(word);
        }
    }
    shop.details(&busy).await.assert_contains(&format!("{}/key_compromise", case.reception_number));
    assert!(offers_reissue(&shop.details(&old_enough).await, &old_enough));
}

#[tokio::test]
async fn old_validation_data_is_announced_and_does_not_stop_an_application() {
    let mut shop = Shop::open().await;
    let yesterday = shop.today() - Days::new(1);
    let certificate = shop.a_certificate().validation_data_until(yesterday).register().await;
    let page = shop.details(&certificate).await;
    page.assert_contains("再審査が必要です。");
    assert!(offers_reissue(&page, &certificate));
}

#[tokio::test]
async fn a_compromise_can_be_told_of_every_certificate_in_use() {
    let mut shop = Shop::open().await;
    let young = shop.a_certificate().issued_days_ago(3).register().await;
    shop.details(&young).await.assert_contains("この証明書の鍵の漏えいは、窓口で承ります。");
    let gone = shop.certificate("shop.example.jp").await;
    shop.world.a_case().on(&gone).in_state(CaseState::Completed).open().await;
    shop.details(&gone).await.assert_lacks("鍵の漏えい");
}

#[tokio::test]
async fn the_manuals_example_is_pictured_on_its_day() {
    let app = TestApp::start_at("2021-01-10T01:00:00Z".parse().unwrap()).await;
    let mut shop = Shop::of(app).await;
    let issued_on = day("2020-08-10");
    let days = u64::try_from((shop.today() - issued_on).num_days()).unwrap();
    let builder = shop.a_certificate().issued_days_ago(days).valid_until(day("2022-08-10"));
    let certificate = builder.register().await;
    let page = shop.details(&certificate).await;
    page.assert_contains("2020/08/10 – 2022/08/10").assert_contains("2021/01/10 – 2022/02/09");
    page.assert_contains("2021/07/11 – 2022/08/10").assert_contains("2021年7月11日(日)以降に再々発行すると");
    assert!(offers_reissue(&page, &certificate));
}

#[tokio::test]
async fn a_form_is_asked_for_once() {
    let mut shop = Shop::open().await;
    let certificate = shop.a_certificate().ou("-").register().await;
    let action = format!("{}/forms/new_application", href(&certificate));
    let answer = shop.browser.post_form(&href(&certificate), &action, &[]).await;
    answer.assert_status(303);
    assert_eq!(answer.location(), href(&certificate));
    let page = shop.details(&certificate).await;
    page.assert_contains("新規申請の案内を依頼しました。");
    page.assert_contains("新規申請の案内は、2026年11月24日(火) 10:00に承りました。").assert_lacks(&action);
    page.assert_contains("失効申請の案内を依頼する");

    let (_, token) = page.hidden_fields(&action.replace("new_", "revocation_")).remove(0);
    shop.browser.post(&action, &[("_csrf", &token)]).await.assert_status(303);
    assert_eq!(shop.world.count("form_requests").await, 1);
    assert_eq!(shop.world.count("messages").await, 2);
    shop.browser.post(&action, &[]).await.assert_status(403);
}

#[tokio::test]
async fn a_certificate_comes_as_the_file_that_a_server_takes() {
    let mut shop = Shop::open().await;
    let certificate = shop.certificate("*.example.jp").await;
    let serial = certificate.serial.to_string();
    let stem = format!("wildcard.example.jp-{}", &serial[serial.len() - 8..]);
    for (file, kind, name, begins) in [
        ("certificate.pem", "application/x-pem-file", format!("{stem}.pem"), "-----BEGIN CERTIFICATE-----"),
        ("chain.pem", "application/x-pem-file", format!("{stem}-chain.pem"), "-----BEGIN CERTIFICATE-----"),
        ("certificate.p7b", "application/x-pkcs7-certificates", format!("{stem}.p7b"), "-----BEGIN PKCS7-----"),
    ] {
        let answer = shop.browser.get(&format!("{}/{file}", href(&certificate))).await;
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{name}\""));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.body.starts_with(begins), "{}", answer.body);
        let certificates = answer.body.matches("BEGIN CERTIFICATE").count();
        assert_eq!(certificates, if file == "chain.pem" { 2 } else { usize::from(file == "certificate.pem") });
    }
    shop.browser.get(&format!("{}/certificate.key", href(&certificate))).await.assert_status(404);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_ca_comes_alone() {
    let mut shop = Shop::open().await;
    let certificate = shop.certificate("shop.example.jp").await;
    // As if another CA had signed it.
    let other = TestApp::start().await;
    let stranger = other.services().embedded_ca.unwrap();
    shop.app.change_services(|services| services.ca = Arc::new(FakeCa::new(stranger)));
    let page = shop.details(&certificate).await;
    page.assert_contains("/certificate.pem\"").assert_lacks("/chain.pem\"").assert_lacks(".p7b\"");
    page.assert_contains("発行元のサイトから取得してください。");
    shop.browser.get(&format!("{}/certificate.pem", href(&certificate))).await.assert_status(200);
    let answer = shop.browser.get(&format!("{}/chain.pem", href(&certificate))).await;
    answer.assert_status(404).assert_contains("発行元のサイトから取得してください。");
}

#[tokio::test]
async fn another_organisations_certificate_does_not_exist() {
    let mut shop = Shop::open().await;
    let theirs = shop.world.a_subscriber().named("見本製作所株式会社").register().await;
    let secret = shop.world.a_certificate().of(&theirs).ou("-").names(["secret.example.com"]).register().await;
    let in_use = shop.world.a_certificate().of(&theirs).names(["secret.example.com"]).register().await;
    shop.world.a_case().on(&in_use).open().await;
    let unknown = "/portal/certificates/RQ-991231-9999";
    let own = shop.certificate("shop.example.jp").await;
    assert_eq!(shop.list("?view=all").await, [number(&own)]);
    assert!(shop.list("?view=all&q=secret").await.is_empty());
    assert!(shop.list(&format!("?view=all&q={}", number(&secret))).await.is_empty());
    let token = shop.browser.portal_csrf().await;
    for part in ["", "/certificate.pem", "/chain.pem", "/certificate.p7b", "/certificate.cer"] {
        let theirs = shop.browser.get(&format!("{}{part}", href(&secret))).await;
        let nobodys = shop.browser.get(&format!("{unknown}{part}")).await;
        theirs.assert_status(404).assert_lacks("secret.example.com");
        assert_eq!(theirs.body, nobodys.body, "{part}");
    }
    for form in ["new_application", "revocation_application"] {
        let post = [("_csrf", token.as_str())];
        let theirs = shop.browser.post(&format!("{}/forms/{form}", href(&secret)), &post).await;
        let nobodys = shop.browser.post(&format!("{unknown}/forms/{form}"), &post).await;
        theirs.assert_status(404);
        assert_eq!(theirs.body, nobodys.body);
    }
    assert_eq!(shop.world.count("form_requests").await, 0);
    shop.browser.get("/portal/certificates/nonsense").await.assert_status(404);
}
