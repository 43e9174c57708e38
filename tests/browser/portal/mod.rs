//! The portal, used as a customer does it (`ui.md` section 10, customer journeys).

mod account;
mod changes;
mod compromise;
mod eight_screens;
mod keyboard;
mod leaked_key;
mod manual_example;
mod mistakes;
mod narrow;
mod nothing_is_lost;
mod refused;
mod successor;
mod whole_life;

use std::io::Write;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use revocation_desk::models::certificates::Certificate;
use revocation_desk::models::revocation_cases::{self, Case};
use revocation_desk::models::subscribers::Subscriber;

use crate::builders::CertificateBuilder;
use crate::harness::{Screen, Site, Window};
use crate::support::app::PASSWORD;

const LOGIN: &str = "hana";

/// The site with 例示商事, whose procedure contact 例文 花 uses the portal.
struct Portal {
    site: Site,
    subscriber: Subscriber,
}

impl Portal {
    /// Tuesday 24 November 2026, 10:00 JST.
    async fn open() -> Self {
        Self::of(Site::open().await).await
    }

    async fn open_at(now: DateTime<Utc>) -> Self {
        Self::of(Site::open_at(now).await).await
    }

    async fn of(site: Site) -> Self {
        let subscriber = site.world.a_subscriber().register().await;
        site.app.customer(subscriber.id, LOGIN).await;
        Self { site, subscriber }
    }

    /// An OV certificate of 例示商事, issued 100 days ago, unless told otherwise.
    fn a_certificate(&self) -> CertificateBuilder<'_> {
        self.site.world.a_certificate().of(&self.subscriber).names(["shop.example.jp"])
    }

    /// A customer who has logged in and sees 証明書一覧.
    async fn hana(&self, screen: Screen) -> Window {
        self.log_in(self.site.window(screen).await).await
    }

    /// The same customer on CSR入力: the reason is その他, the day 2026-12-08.
    async fn hana_before_csr(&self, screen: Screen, source: &Certificate) -> Window {
        let hana = self.hana(screen).await;
        begin(&hana, source).await;
        give_reason(&hana, "その他", "2026-12-08").await;
        hana
    }

    /// The same customer on 内容確認, with the CSR of a new key.
    async fn hana_before_consent(&self, screen: Screen, source: &Certificate) -> Window {
        let hana = self.hana_before_csr(screen, source).await;
        give_csr(&hana, &KeyPair::new().csr).await;
        hana
    }

    /// Logs in where nobody is logged in.
    async fn log_in(&self, window: Window) -> Window {
        window.open("/portal/login").await;
        if window.heading().await != "ログイン" {
            return window;
        }
        window.fill("ユーザーID", LOGIN).await;
        window.fill("パスワード", PASSWORD).await;
        window.press("ログイン").await;
        window.is_on("証明書一覧").await;
        window
    }

    /// The open case that revokes this certificate.
    async fn the_case(&self, source: &Certificate) -> Case {
        let db = &self.site.world.desk.db;
        revocation_cases::open_on_certificate(db, source.id).await.unwrap().unwrap()
    }
}

fn number(certificate: &Certificate) -> String {
    certificate.reception_number.unwrap().to_string()
}

/// From 証明書一覧 to 再発行 理由入力.
async fn begin(hana: &Window, source: &Certificate) {
    hana.press(&number(source)).await;
    hana.is_on("申請情報詳細").await;
    hana.press("再発行申請").await;
    hana.is_on("再発行 理由入力").await;
}

async fn give_reason(hana: &Window, reason: &str, day: &str) {
    hana.choose(reason).await;
    hana.fill("再発行元証明書 失効希望日", day).await;
    hana.press("次へ").await;
    hana.is_on("CSR入力").await;
}

async fn give_csr(hana: &Window, pem: &str) {
    hana.fill("CSR", pem).await;
    hana.press("次へ").await;
    hana.is_on("内容確認").await;
}

async fn agree_and_file(hana: &Window) {
    hana.choose("加入契約書に同意する").await;
    hana.press("登録").await;
    hana.is_on("申請完了").await;
}

/// A key of its own and a request for it, both PEM.
struct KeyPair {
    private_key: String,
    csr: String,
}

impl KeyPair {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "another.example.org");
        let csr = parameters.serialize_request(&key).unwrap().pem().unwrap().replace("\r\n", "\n");
        Self { private_key: key.serialize_pem(), csr }
    }

    fn public_key(&self) -> String {
        openssl(&["req", "-noout", "-pubkey"], self.csr.as_bytes())
    }
}

fn fixture(name: &str) -> String {
    let file = format!("{}/tests/fixtures/requests/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap().replace("\r\n", "\n")
}

/// What the other program says about these bytes.
fn openssl(arguments: &[&str], input: &[u8]) -> String {
    let mut openssl =
        Command::new("openssl").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    openssl.stdin.take().unwrap().write_all(input).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}\n{}", String::from_utf8_lossy(input));
    String::from_utf8(output.stdout).unwrap()
}

/// A certificate's subject and names, as openssl prints them.
fn identity_of(certificate: &[u8], form: &str) -> String {
    openssl(&["x509", "-inform", form, "-noout", "-subject", "-ext", "subjectAltName"], certificate)
}
