//! Secrets of the settings that lie sealed in their files: made by the task, opened at the start, renewed after a new
//! master key.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::office::Office;

/// The key of CFSSL's `authsign`: nothing else than hex starts.
const SECRET: &str = "00112233445566778899aabbccddeeff";
const NAME: &str = "authorities.cfssl.secret";

struct Sealing {
    office: Office,
}

impl Sealing {
    /// A desk whose second CA is a CFSSL, with its secret in a file.
    async fn start() -> Self {
        let office = Office::empty_on_sqlite().await;
        let sealing = Self { office };
        sealing.keys(&[1]);
        sealing
    }

    fn configured(&self) {
        let issuer = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/crls/valid_signature_cert.pem");
        let cfssl = json!({
            "name": "cfssl",
            "kind": "cfssl",
            "issuer_file": issuer,
            "url": "https://cfssl.example/",
            "secret_file": self.file("cfssl"),
            "proof": { "crls": ["https://cfssl.example/crl"] },
        });
        self.office.set("/settings/authorities", json!([{ "name": "own", "kind": "embedded" }, cfssl]));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.office.data_dir().join(name)
    }

    /// The master keys, the first one sealing.
    fn keys(&self, keys: &[u8]) {
        let lines: Vec<String> = keys.iter().map(|byte| STANDARD.encode([*byte; 32])).collect();
        fs::write(self.file("keys"), lines.join("\n")).unwrap();
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = self.office.program(arguments);
        program.env("REVOCATION_DESK_MASTER_KEY_FILE", self.file("keys"));
        program
    }

    fn seal(&self, name: &str, secret: &str) -> Output {
        let mut program = self.program(&["task", "seal_secret", &format!("key:{name}")]);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        // It may refuse without reading.
        let _ = child.stdin.take().unwrap().write_all(secret.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Seals the secret for `name` into the file of the CFSSL.
    #[track_caller]
    fn store(&self, name: &str) {
        let output = self.seal(name, &format!("{SECRET}\n"));
        assert!(output.status.success(), "{}", told(&output));
        let sealed = String::from_utf8(output.stdout).unwrap();
        assert!(sealed.starts_with("sealed:v1.") && sealed.lines().count() == 1, "{sealed}");
        fs::write(self.file("cfssl"), sealed).unwrap();
    }

    /// A command that starts everything. What it says has no secret.
    fn begin(&self) -> Output {
        let output = self.program(&["task", "rotate_master_key"]).output().unwrap();
        assert!(!told(&output).contains(SECRET), "{}", told(&output));
        output
    }
}

fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}

#[tokio::test]
async fn a_connectors_secret_is_sealed_opened_at_the_start_and_sealed_anew_after_a_new_master_key() {
    let desk = Sealing::start().await;
    desk.store(NAME);
    desk.configured();
    assert!(desk.begin().status.success(), "{}", told(&desk.begin()));

    desk.keys(&[2, 1]);
    let old = desk.begin();
    assert!(!old.status.success() && told(&old).contains(NAME), "the old key is needed still: {}", told(&old));
    let findings = told(&desk.program(&["doctor", "--language", "en"]).output().unwrap());
    assert!(findings.contains(&format!("{NAME} is sealed under an earlier master key")), "{findings}");
    assert!(!findings.contains("which nothing needs"), "{findings}");
    desk.store(NAME);
    assert!(desk.begin().status.success(), "{}", told(&desk.begin()));

    desk.keys(&[2]);
    assert!(desk.begin().status.success(), "{}", told(&desk.begin()));
    let findings = told(&desk.program(&["doctor", "--language", "en"]).output().unwrap());
    assert!(findings.contains("all 1 that are sealed open") && !findings.contains(SECRET), "{findings}");
}

#[tokio::test]
async fn a_secret_that_does_not_open_stops_the_start_and_a_plain_one_still_works() {
    let desk = Sealing::start().await;
    let refused = |why: &str| {
        let output = desk.begin();
        let text = told(&output);
        assert!(!output.status.success() && text.contains("settings.authorities[1].secret_file"), "{why}: {text}");
        assert!(text.contains(why), "{text}");
    };
    desk.store("authorities.vault.secret");
    let for_another = fs::read(desk.file("cfssl")).unwrap();
    desk.store(NAME);
    let right = fs::read(desk.file("cfssl")).unwrap();
    desk.configured();

    desk.keys(&[2]);
    refused("which is not there");
    desk.keys(&[1]);
    fs::write(desk.file("cfssl"), for_another).unwrap();
    refused("does not open as authorities.cfssl.secret");
    fs::write(desk.file("cfssl"), &right[..right.len() - 3]).unwrap();
    refused("does not open as authorities.cfssl.secret");

    fs::write(desk.file("cfssl"), SECRET).unwrap();
    assert!(desk.begin().status.success(), "{}", told(&desk.begin()));
}

#[tokio::test]
async fn only_a_secret_of_the_settings_is_sealed() {
    let desk = Sealing::start().await;
    for (name, secret, why) in [
        ("authorities.cfssl.url", SECRET, "authorities.<name>.secret"),
        (NAME, " \n", "標準入力の秘密が空か"),
        (NAME, "sealed:v1.a.b.c", "標準入力の秘密が空か"),
        (NAME, "k".repeat(64 * 1024).as_str(), "標準入力の秘密が空か"),
    ] {
        let output = desk.seal(name, secret);
        assert!(
            !output.status.success() && output.stdout.is_empty() && told(&output).contains(why),
            "{}",
            told(&output)
        );
    }
}
