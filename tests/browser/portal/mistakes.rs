//! What a customer gets wrong, each with its own sentence (`copy-ja.md` section 5) and with everything typed still there.

use std::sync::{Arc, Mutex};

use super::{KeyPair, Portal, begin, fixture, give_csr, give_reason, number};
use crate::harness::{Screen, Window};

#[tokio::test]
async fn reason_and_date_are_asked_for() {
    let portal = Portal::open().await;
    let last_day = "2027-02-28".parse().unwrap();
    let source = portal.a_certificate().valid_until(last_day).register().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    hana.press("次へ").await;
    hana.is_refused_with(&["再発行理由を選んでください。", "再発行元証明書の失効希望日を入力してください。"]).await;
    hana.is_sound("nothing").await;

    hana.choose("サーバーリプレース").await;
    let limits =
        "本日（2026年11月24日(火)）から再発行元証明書の満了日（2027年2月28日(日)）までの日付を選んでください。";
    date_is_refused(&hana, "2026-11-23", &format!("失効希望日 2026年11月23日(月)は過ぎています。{limits}")).await;
    assert!(hana.is_chosen("サーバーリプレース").await);
    hana.is_sound("past").await;
    let late = "失効希望日 2027年3月1日(月)は、再発行元証明書の満了日より後です。\
        本日（2026年11月24日(火)）から満了日（2027年2月28日(日)）までの日付を選んでください。";
    date_is_refused(&hana, "2027-03-01", late).await;
    hana.is_sound("late").await;
}

async fn date_is_refused(hana: &Window, day: &str, sentence: &str) {
    hana.fill("再発行元証明書 失効希望日", day).await;
    hana.press("次へ").await;
    hana.is_refused_with(&[sentence]).await;
    hana.holds("再発行元証明書 失効希望日", day).await;
}

#[tokio::test]
async fn a_closed_day_is_taken_and_the_day_of_the_call_is_named() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana(Screen::Phone).await;
    for (day, sentence) in [
        (
            "2026-12-06",
            "2026年12月6日(日)は電話窓口の休業日です。翌営業日の2026年12月7日(月)にお電話で確認し、失効します。",
        ),
        ("2026-12-30", "年末年始（12月29日から1月3日まで）のため、電話窓口の休業日です。翌営業日の2027年1月4日(月)"),
        ("2027-01-11", "祝日（成人の日）のため、電話窓口の休業日です。翌営業日の2027年1月12日(火)"),
    ] {
        hana.open(&format!("/portal/certificates/{}/reissue/reason", number(&source))).await;
        give_reason(&hana, "その他", day).await;
        hana.press("戻る").await;
        hana.is_on("再発行 理由入力").await;
        hana.sees(sentence).await;
    }
    hana.is_sound("holiday").await;
}

#[tokio::test]
async fn a_lost_key_is_asked_about() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().with_known_request(crate::builders::a_csr()).register().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    assert!(!hana.asks_for("ある").await, "the question belongs to the reason");
    hana.choose("鍵の紛失・破損").await;
    hana.fill("再発行元証明書 失効希望日", "2026-12-08").await;
    hana.press("次へ").await;
    assert_eq!(hana.errors().await.len(), 1);
    hana.is_sound("unanswered").await;
    hana.choose_in("鍵を第三者が入手したおそれはありますか", "ない").await;
    hana.press("次へ").await;
    hana.is_on("CSR入力").await;
    hana.sees("再発行元のCSRは利用できません。新しい鍵でCSRを作成してください。").await;
    assert!(!hana.asks_for("再発行元のCSRを利用する").await);
    hana.is_sound("no-reuse").await;
}

#[tokio::test]
async fn each_bad_csr_has_its_own_sentence() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_csr(Screen::Phone, &source).await;
    let good = KeyPair::new().csr;
    let doubled = format!("{good}{good}");
    let half: String = good.lines().take(4).collect::<Vec<_>>().join("\n");
    let old = String::from_utf8(source_pem(&source.der)).unwrap();
    for (csr, sentence) in [
        ("", "CSRを貼り付けるか、「再発行元のCSRを利用する」にチェックを入れてください。"),
        ("hello", MALFORMED),
        (&half, MALFORMED),
        (
            &old,
            "CSRではなく証明書が貼り付けられています。「-----BEGIN CERTIFICATE REQUEST-----」で始まるCSRを貼り付けてください。",
        ),
        (&doubled, "CSRが2個貼り付けられています。1個だけ貼り付けてください。"),
        (
            &fixture("made-rsa-1024.pem"),
            "鍵の長さが足りません（RSA 1024ビット）。RSA 2048ビット以上、またはECDSA P-256以上で作り直してください。",
        ),
        (
            &fixture("made-rsa-4104.pem"),
            "鍵が長すぎます（RSA 4104ビット）。RSA 4096ビット以下、またはECDSA P-256かP-384で作り直してください。",
        ),
        (
            &fixture("made-p521.pem"),
            "この種類の鍵（ECDSA P-521）では発行できません。RSA 2048～4096ビット、またはECDSA P-256かP-384で作り直してください。",
        ),
        (
            &fixture("made-p256-sha1.pem"),
            "CSRの署名に、安全でない方式（SHA-1）が使われています。SHA-256でCSRを作り直してください。",
        ),
        (
            &with_wrong_signature(&good),
            "CSRの署名が、CSRの鍵と一致しません。内容が途中で変わったおそれがあります。CSRを作り直して、すべて貼り付けてください。",
        ),
    ] {
        hana.fill("CSR", csr).await;
        hana.press("次へ").await;
        hana.is_refused_with(&[sentence]).await;
        assert_eq!(hana.value_of("CSR").await.trim(), csr.trim(), "what was pasted stays");
    }
    hana.is_sound("bad-csr").await;
    give_csr(&hana, &good).await;
}

const MALFORMED: &str = "CSRを読み取れません。「-----BEGIN CERTIFICATE REQUEST-----」から「-----END CERTIFICATE REQUEST-----」まで、すべて貼り付けてください。";

/// The last bit of the signature is the other way round.
fn with_wrong_signature(csr: &str) -> String {
    let body: String = csr.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    *der.last_mut().unwrap() ^= 1;
    let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n")
}

fn source_pem(der: &[u8]) -> Vec<u8> {
    super::openssl(&["x509", "-inform", "DER"], der).into_bytes()
}

#[tokio::test]
async fn a_csr_may_come_as_a_file() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_csr(Screen::Phone, &source).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.csr");
    std::fs::write(&file, fixture("made-rsa-2048.pem")).unwrap();
    hana.attach("CSRのファイル", &file).await;
    hana.press("次へ").await;
    hana.is_on("内容確認").await;
    hana.sees("RSA 2048").await;
    // What the CSR says besides its key is shown, and not taken.
    hana.sees("CSRでは「例示商事株式会社」、発行する証明書では「Example Trading Co., Ltd.」").await;
    hana.is_sound("differences").await;
}

#[tokio::test]
async fn a_pasted_private_key_is_refused_and_leaves_no_trace() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer({
        let log = log.clone();
        move || log.clone()
    });
    // With a second one alive, what other tests' threads log first is not switched off for this one.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _logging = tracing::subscriber::set_default(subscriber.finish());
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_csr(Screen::Phone, &source).await;
    let pair = KeyPair::new();
    let refusal =
        "秘密鍵が貼り付けられています。この内容は保存していません。秘密鍵は第三者に渡さず、CSRを貼り付けてください。";
    for pasted in [pair.private_key.clone(), format!("{}{}", pair.csr, pair.private_key)] {
        hana.fill("CSR", &pasted).await;
        hana.press("次へ").await;
        hana.is_refused_with(&[refusal]).await;
        assert_eq!(hana.value_of("CSR").await, "", "it is not sent back either");
    }
    hana.is_sound("private-key").await;
    hana.reload().await;
    give_csr(&hana, &pair.csr).await;

    let secret: Vec<_> = pair.private_key.lines().filter(|line| !line.starts_with("-----")).collect();
    assert!(secret[0].len() > 60);
    let kept = files_in(portal.site.app.data_dir());
    assert!(kept.iter().any(|(name, bytes)| name.contains("sqlite") && contains(bytes, &pair.csr[40..90])), "read");
    for (name, bytes) in kept {
        assert!(!contains(&bytes, secret[0]), "the private key is in {name}");
    }
    let log = log.0.lock().unwrap();
    assert!(contains(&log, "/reissue/csr"), "the log was read");
    assert!(!contains(&log, secret[0]), "the private key is in the log");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn files_in(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else {
            files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    files
}

#[tokio::test]
async fn without_consent_nothing_is_filed() {
    let portal = Portal::open().await;
    let source = portal.a_certificate().register().await;
    let hana = portal.hana_before_consent(Screen::Phone, &source).await;
    hana.press("登録").await;
    hana.is_refused_with(&["加入契約書をお読みのうえ、同意にチェックを入れてください。"]).await;
    hana.is_sound("no-consent").await;
    assert_eq!(portal.site.world.count("revocation_cases").await, 0);
}
