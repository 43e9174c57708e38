//! Signatures of the mails, judged by a verifier that knows nothing of this program (dkimpy), with keys that OpenSSL made.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{TimeZone, Utc};
use revocation_desk::domain::mail::Recipient;
use revocation_desk::mail::dkim::Signer;
use revocation_desk::mail::envelope::{Draft, Envelope};

pub const SELECTOR: &str = "desk2026";
pub const DOMAIN: &str = "ca.example";

/// A private key in PEM, and what stands in the DNS for it.
pub struct Key {
    pub pem: String,
    pub record: String,
}

impl Key {
    /// `openssl` arguments that print the key.
    pub fn made_by(arguments: &[&str]) -> Self {
        let pem = String::from_utf8(openssl(arguments, &[])).unwrap();
        let public = openssl(&["pkey", "-pubout", "-outform", "DER"], pem.as_bytes());
        let encode = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        // RFC 8463, 4: an Ed25519 key stands there without its frame.
        let (kind, key) =
            if public.len() == 44 { ("ed25519", encode(&public[12..])) } else { ("rsa", encode(&public)) };
        Self { pem, record: format!("v=DKIM1; k={kind}; p={key}") }
    }
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    run(Command::new("openssl").args(arguments), input).0
}

fn run(command: &mut Command, input: &[u8]) -> (Vec<u8>, String) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it is installed");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether dkimpy takes the mail for one of [`DOMAIN`]'s.
pub fn verifies(mail: &[u8], record: &str) -> bool {
    const PYTHON: &str = "/usr/bin/python3";
    assert!(
        Path::new("/usr/lib/python3/dist-packages/dkim").exists(),
        "this test needs Debian's python3-dkim and python3-nacl: run `scripts/setup test` as root"
    );
    let asked = format!("{SELECTOR}._domainkey.{DOMAIN}.");
    let script = "import sys, dkim\n\
        asked, record = (text.encode() for text in sys.argv[1:])\n\
        answer = lambda name, timeout=5: record if name == asked else None\n\
        print(dkim.DKIM(sys.stdin.buffer.read()).verify(dnsfunc=answer))";
    let (said, errors) = run(Command::new(PYTHON).args(["-c", script, &asked, record]), mail);
    match said.trim_ascii() {
        b"True" => true,
        b"False" => false,
        _ => errors.lines().last().is_some_and(|last| {
            assert!(last.starts_with("dkim."), "{errors}");
            false
        }),
    }
}

fn signed(key: &Key, text: &str) -> Vec<u8> {
    let signer = Signer::new(DOMAIN, SELECTOR, &key.pem).unwrap();
    let desk = Recipient::new("例示認証局サービスデスク", "desk@ca.example").unwrap();
    let long_name = Recipient::new(&"例".repeat(90), "hana@example.jp").unwrap();
    let draft = Draft {
        from: &desk,
        reply_to: &desk,
        to: &[long_name],
        subject: "【例示認証局】再発行の申請を受け付けました。失効の予定日をお確かめください（RQ-261122-0001）",
        text,
        html: "<p>本文</p>",
        message_id: "<RQ-261122-0001.application_received.12ddae32c9fd0c69@desk.example.com>",
        date: Utc.with_ymd_and_hms(2026, 11, 22, 1, 0, 0).unwrap(),
        returns_to: Some("bounce+1.0123456789abcdef01234567@ca.example"),
        signer: Some(&signer),
    };
    Envelope::new(&draft).unwrap().bytes
}

#[test]
fn a_stranger_verifies_the_signature_with_each_kind_of_key() {
    for arguments in
        [&["genrsa", "2048"][..], &["genrsa", "-traditional", "2048"], &["genpkey", "-algorithm", "ed25519"]]
    {
        let key = Key::made_by(arguments);
        for text in ["本文です。\n.\n..二行目\n", "", "\n\n\n", &"長い行".repeat(500)] {
            let mail = signed(&key, text);
            assert!(verifies(&mail, &key.record), "{arguments:?} {text:?}\n{}", String::from_utf8_lossy(&mail));
        }
    }
}

#[test]
fn a_mail_that_was_changed_on_the_way_does_not_pass() {
    let key = Key::made_by(&["genpkey", "-algorithm", "ed25519"]);
    let mail = String::from_utf8(signed(&key, "本文です。\n")).unwrap();
    assert!(verifies(mail.as_bytes(), &key.record));
    for (what, change) in [
        ("From: ", "From: Another "),
        ("Reply-To: ", "Reply-To: \"x\" "),
        ("Subject: ", "Subject: x "),
        ("Date: Sun, 22", "Date: Sun, 21"),
        ("Message-ID: <RQ", "Message-ID: <RR"),
        ("Auto-Submitted: auto-generated", "Auto-Submitted: no"),
        ("multipart/alternative", "multipart/mixed"),
        ("5pys", "5pyt"),
    ] {
        assert!(mail.contains(what), "{what}");
        assert!(!verifies(mail.replacen(what, change, 1).as_bytes(), &key.record), "{what}");
    }
    let stranger = Key::made_by(&["genpkey", "-algorithm", "ed25519"]);
    assert!(!verifies(mail.as_bytes(), &stranger.record), "another key in the DNS");
}

#[test]
fn a_key_that_cannot_sign_is_refused_without_being_repeated() {
    let ec = Key::made_by(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let truncated = ec.pem.replace("-----END", "");
    for pem in ["", "secret", &ec.pem, &truncated, &ec.pem.replace("PRIVATE KEY", "RSA PRIVATE KEY")] {
        let refused = Signer::new(DOMAIN, SELECTOR, pem).map(drop).unwrap_err();
        assert!(!refused.contains("secret"), "{refused}");
    }
}
