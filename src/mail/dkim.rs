//! DKIM signatures (RFC 6376) of the mails that leave: relaxed/relaxed, RSA or Ed25519 (RFC 8463), as the key is.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::{ContentType, HeaderName};
use p256::pkcs8::{ObjectIdentifier, PrivateKeyInfo};
use x509_parser::pem::parse_x509_pem;

use crate::settings::{Settings, SettingsError};

/// What readers and programs act on. `Received` and the like are written on the way.
const SIGNED: [&str; 9] =
    ["From", "Reply-To", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// An Ed25519 key is an octet string in an octet string (RFC 8410, 7): two octets and the key.
const ED25519_KEY: usize = 2 + 32;

/// Signs in the name of one domain.
pub struct Signer(DkimConfig);

impl Signer {
    /// `None`: the settings want no signatures.
    pub fn from_settings(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let Some(dkim) = &settings.mail.dkim else { return Ok(None) };
        let key = dkim.key.as_ref().map_or("", |key| key.reveal());
        let signer = Self::new(&dkim.domain, &dkim.selector, key);
        let refused =
            |reason: &str| SettingsError::Value { key: "mail.dkim.key_file".to_owned(), reason: reason.to_owned() };
        signer.map(Some).map_err(refused)
    }

    /// `pem` is an RSA key (PKCS#1 or PKCS#8) or an Ed25519 key (PKCS#8). The error never repeats it.
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, &'static str> {
        let headers = SIGNED.into_iter().filter_map(|name| HeaderName::new_from_ascii(name.to_owned()).ok()).collect();
        let relaxed =
            DkimCanonicalization { header: DkimCanonicalizationType::Relaxed, body: DkimCanonicalizationType::Relaxed };
        let key = signing_key(pem)?;
        Ok(Self(DkimConfig::new(selector.to_owned(), domain.to_owned(), key, headers, relaxed)))
    }

    /// The mail library keeps the type of the content apart from the other headers and would sign a mail without one.
    pub(super) fn sign(&self, message: &mut Message, content_type: ContentType) {
        message.headers_mut().set(content_type);
        message.sign(&self.0);
        message.headers_mut().remove::<ContentType>();
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

fn signing_key(pem: &str) -> Result<DkimSigningKey, &'static str> {
    const UNFIT: &str = "holds no RSA or Ed25519 key that the program can use";
    let (_, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| "is not a PEM file")?;
    let key = |text: &str, algorithm| DkimSigningKey::new(text, algorithm).map_err(|_| UNFIT);
    match block.label.as_str() {
        "RSA PRIVATE KEY" => key(&pkcs1(&block.contents), DkimSigningAlgorithm::Rsa),
        "PRIVATE KEY" => {
            let info = PrivateKeyInfo::try_from(block.contents.as_slice()).map_err(|_| UNFIT)?;
            match info.algorithm.oid {
                RSA => key(&pkcs1(info.private_key), DkimSigningAlgorithm::Rsa),
                ED25519 if info.private_key.len() == ED25519_KEY => {
                    key(&STANDARD.encode(&info.private_key[2..]), DkimSigningAlgorithm::Ed25519)
                }
                _ => Err(UNFIT),
            }
        }
        _ => Err(UNFIT),
    }
}

/// The form that the mail library reads.
fn pkcs1(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN RSA PRIVATE KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + "-----END RSA PRIVATE KEY-----\n"
}
