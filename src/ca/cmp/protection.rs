//! How messages are protected, ours and theirs (RFC 9810 5.1.3): by a shared secret or by a signature.
//!
//! An answer counts only when its protection was verified. Whoever holds the secret may answer; of signers, the CA itself,
//! a certificate that was pinned, or one that the CA has certified to speak for it (id-kp-cmcCA): a certificate of one of its
//! subscribers is no CA.

use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use x509_parser::asn1_rs::BitString;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::verify::verify_signature;
use x509_parser::x509::AlgorithmIdentifier;

use super::key::Key;
use super::message::Message;
use super::password::Mac;
use crate::ca::der;
use crate::ca::issuer_chain::IssuerChain;
use crate::domain::certificate::{self, CertificateFacts};
use crate::settings::Secret;

/// RFC 6402 2.10: a certificate by which its holder acts as the CA.
const ID_KP_CMC_CA: &str = "1.3.6.1.5.5.7.3.27";
const COMMON_NAME: [u32; 4] = [2, 5, 4, 3];
const UTF8_STRING: u8 = 0x0c;

/// How we show who we are.
pub enum Credentials {
    Secret { reference: String, secret: Secret },
    Certificate { key: Box<Key>, certificate: Box<CertificateFacts>, chain: Vec<Vec<u8>> },
}

impl Credentials {
    /// `chain`: PEM, our certificate first.
    pub fn from_pem(chain: &str, key: &[u8]) -> Result<Self, String> {
        let mut read = Vec::new();
        for (line, facts) in certificate::parse_bundle(chain) {
            read.push(facts.map_err(|problem| format!("certificate_file: line {line}: {problem}"))?);
        }
        let own = read.first().cloned().ok_or("certificate_file: holds no certificate")?;
        let key = Key::from_pem(key).map_err(|reason| format!("key_file: {reason}"))?;
        if !key.belongs_to(&own.public_key.spki_der) {
            return Err("key_file: is not the key of the certificate".to_owned());
        }
        Ok(Self::Certificate {
            key: Box::new(key),
            certificate: Box::new(own),
            chain: read.into_iter().map(|facts| facts.der).collect(),
        })
    }

    /// Our name, encoded. With a secret it is the reference value (RFC 9483 3.1).
    pub fn sender(&self) -> Vec<u8> {
        match self {
            Self::Secret { reference, .. } => {
                let value = der::element(UTF8_STRING, &[reference.as_bytes()]);
                der::sequence(&[&der::element(0x31, &[&der::sequence(&[&der::oid(&COMMON_NAME), &value])])])
            }
            Self::Certificate { certificate, .. } => certificate.subject_der.clone(),
        }
    }

    pub fn key_id(&self) -> Option<&[u8]> {
        match self {
            Self::Secret { reference, .. } => Some(reference.as_bytes()),
            Self::Certificate { certificate, .. } => certificate.subject_key_id.as_deref(),
        }
    }

    /// Certificates that the CA may need to verify with.
    pub fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::Secret { .. } => &[],
            Self::Certificate { chain, .. } => chain,
        }
    }

    /// For one message.
    pub fn protection<'a>(&'a self, random: &'a SystemRandom) -> Option<Protection<'a>> {
        Some(match self {
            Self::Secret { secret, .. } => Protection::Mac { mac: Mac::new(random)?, secret },
            Self::Certificate { key, .. } => Protection::Signature { key, random },
        })
    }
}

/// The protection of one message of ours.
pub enum Protection<'a> {
    Mac { mac: Mac, secret: &'a Secret },
    Signature { key: &'a Key, random: &'a SystemRandom },
}

impl Protection<'_> {
    pub fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::Mac { mac, .. } => mac.algorithm(),
            Self::Signature { key, .. } => key.algorithm(),
        }
    }

    pub fn of(&self, protected_part: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Mac { mac, secret } => Some(mac.sign(secret.reveal().as_bytes(), protected_part)),
            Self::Signature { key, random } => key.sign(random, protected_part),
        }
    }
}

/// Who may answer.
pub struct Signers {
    /// Encoded certificates: the CA's own, and those that were pinned.
    anchors: Vec<Vec<u8>>,
}

impl Signers {
    /// The issuer with its chain, and those that were pinned: PEM.
    pub fn new(issuer: &IssuerChain, pinned: Option<&[u8]>) -> Result<Self, String> {
        let mut anchors = vec![issuer.certificate.der.clone()];
        anchors.extend(issuer.above().iter().cloned());
        for (line, facts) in certificate::parse_bundle(&String::from_utf8_lossy(pinned.unwrap_or_default())) {
            anchors.push(facts.map_err(|problem| format!("trust_file: line {line}: {problem}"))?.der);
        }
        Ok(Self { anchors })
    }

    /// Whether an answer was protected by somebody who may speak for the CA.
    pub fn accept(&self, answer: &Message<'_>, credentials: &Credentials, now: DateTime<Utc>) -> bool {
        let (Some(algorithm), Some(protection)) = (answer.protection_algorithm, answer.protection) else {
            return false;
        };
        let message = answer.protected_part();
        if let Some(mac) = Mac::read(algorithm) {
            return match credentials {
                Credentials::Secret { secret, .. } => mac.verifies(secret.reveal().as_bytes(), &message, protection),
                Credentials::Certificate { .. } => false,
            };
        }
        let Ok((_, algorithm)) = AlgorithmIdentifier::from_der(algorithm) else { return false };
        let signature = BitString::new(0, protection);
        let signers = self.anchors.iter().map(Vec::as_slice).chain(answer.certificates.iter().copied());
        signers.filter(|signer| self.may_speak(signer, now)).any(|signer| {
            X509Certificate::from_der(signer).is_ok_and(|(_, signer)| {
                verify_signature(signer.public_key(), &algorithm, &signature, &message).is_ok()
            })
        })
    }

    fn may_speak(&self, signer: &[u8], now: DateTime<Utc>) -> bool {
        if self.anchors.iter().any(|anchor| anchor == signer) {
            return true;
        }
        let Ok((_, signer)) = X509Certificate::from_der(signer) else { return false };
        let validity = signer.validity();
        let in_force = (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now.timestamp());
        let signs = signer.key_usage().is_ok_and(|usage| usage.is_none_or(|usage| usage.value.digital_signature()));
        let speaks = signer
            .extended_key_usage()
            .ok()
            .flatten()
            .is_some_and(|usage| usage.value.other.iter().any(|purpose| purpose.to_id_string() == ID_KP_CMC_CA));
        in_force && signs && speaks && self.anchors.iter().any(|anchor| has_signed(anchor, &signer))
    }
}

fn has_signed(anchor: &[u8], signed: &X509Certificate<'_>) -> bool {
    X509Certificate::from_der(anchor).is_ok_and(|(_, anchor)| {
        anchor.is_ca()
            && signed.issuer().as_raw() == anchor.subject().as_raw()
            && signed.verify_signature(Some(anchor.public_key())).is_ok()
    })
}
