//! Secrets of the settings that lie sealed in their files: made by the task, opened at the start, renewed after a new
//! master key.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use loco_rs::config::Config;
use loco_rs::environment::Environment;
use revocation_desk::settings::{SecretName, Settings};
use revocation_desk::vault::Vault;
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

    /// The task with `secret` on its standard input.
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

#[tokio::test]
async fn the_address_of_the_mail_server_may_be_sealed_in_its_variable() {
    let desk = Sealing::start().await;
    for (name, opens) in [("mail.smtp_url", true), ("mail.dkim.key", false)] {
        let sealed = String::from_utf8(desk.seal(name, "smtps://desk:s3cret-word@127.0.0.1:465").stdout).unwrap();
        let output = desk.program(&["task", "rotate_master_key"]).env("SMTP_URL", sealed.trim()).output().unwrap();
        let text = told(&output);
        assert_eq!((output.status.success(), text.contains("settings.mail.smtp_url")), (opens, !opens), "{text}");
        assert!(!text.contains("s3cret-word"), "{text}");
    }
}

#[test]
fn each_secret_of_the_settings_opens_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::load(None, folder.path()).unwrap();
    let sealed = |name: &str| {
        let sealed = name.parse::<SecretName>().unwrap().seal(&vault, &format!("the secret of {name}, long enough"));
        fs::write(folder.path().join(name), sealed.unwrap()).unwrap();
        folder.path().join(name)
    };
    let mut config = Config::from_folder(&Environment::Test, Path::new("config")).unwrap();
    let settings = config.settings.as_mut().unwrap();
    settings["data_dir"] = json!(folder.path());
    settings["mail"]["dkim"] = json!({ "domain": "ca.example", "selector": "s", "key_file": sealed("mail.dkim.key") });
    settings["mail"]["bounces"] =
        json!({ "address": "bounce@ca.example", "maildir": "bounces", "key_file": sealed("mail.bounces.key") });
    settings["ca_token"] = json!({ "module": "m.so", "label": "ca", "pin_file": sealed("ca_token.pin") });
    settings["sso"] = json!({
        "issuer": "https://sso.example",
        "client_id": "desk",
        "client_secret_file": sealed("sso.client_secret"),
    });
    settings["authorities"] = json!([{
        "name": "ejbca",
        "kind": "ejbca",
        "issuer_file": "issuer.pem",
        "url": "https://ejbca.example/",
        "secret_file": sealed("authorities.ejbca.secret"),
        "certificate_file": "own.pem",
        "key_file": sealed("authorities.ejbca.key"),
        "proof": { "crls": ["https://ejbca.example/crl"] },
    }]);

    let read = Settings::load(&config, &Environment::Test).unwrap();

    let (mail, ejbca) = (&read.mail, &read.authorities[0]);
    for (name, secret) in [
        ("mail.dkim.key", mail.dkim.as_ref().and_then(|dkim| dkim.key.as_ref())),
        ("mail.bounces.key", mail.bounces.as_ref().and_then(|bounces| bounces.key.as_ref())),
        ("ca_token.pin", read.ca_token.as_ref().and_then(|token| token.pin.as_ref())),
        ("sso.client_secret", read.sso.as_ref().and_then(|sso| sso.client_secret.as_ref())),
        ("authorities.ejbca.secret", ejbca.secret.as_ref()),
        ("authorities.ejbca.key", ejbca.key.as_ref()),
    ] {
        assert_eq!(secret.unwrap().reveal(), format!("the secret of {name}, long enough"));
    }
    assert_eq!(read.sealed.len(), 6);
    assert!(!format!("{read:?}").contains("long enough"));
}
