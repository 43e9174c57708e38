//! Facts about a public key.

use std::fmt;

use x509_parser::{prelude::FromDer, public_key::RSAPublicKey, x509::SubjectPublicKeyInfo};

use super::fingerprint::Fingerprint;

/// Kind and size of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAlgorithm {
    Rsa {
        bits: usize,
        /// `None` when it is past 64 bits.
        exponent: Option<u64>,
    },
    EcP256,
    EcP384,
    EcP521,
    Ed25519,
    /// OID of the algorithm, or of the curve.
    Other(String),
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits, .. } => write!(f, "RSA {bits}"),
            Self::EcP256 => f.write_str("ECDSA P-256"),
            Self::EcP384 => f.write_str("ECDSA P-384"),
            Self::EcP521 => f.write_str("ECDSA P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => f.write_str(oid),
        }
    }
}

/// A public key as a certificate or a request carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyFacts {
    pub algorithm: KeyAlgorithm,
    /// SubjectPublicKeyInfo, as encoded.
    pub spki_der: Vec<u8>,
    /// Names the key: block lists and the key re-use rule compare it.
    pub spki_sha256: Fingerprint,
}

impl PublicKeyFacts {
    pub(crate) fn read(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        Self { algorithm: algorithm(spki), spki_der: spki.raw.to_vec(), spki_sha256: Fingerprint::of(spki.raw) }
    }
}

fn algorithm(spki: &SubjectPublicKeyInfo<'_>) -> KeyAlgorithm {
    let oid = spki.algorithm.algorithm.to_id_string();
    match oid.as_str() {
        "1.2.840.113549.1.1.1" => rsa(&spki.subject_public_key.data).unwrap_or(KeyAlgorithm::Other(oid)),
        "1.2.840.10045.2.1" => {
            let curve = spki.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            match curve.map(|curve| curve.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => KeyAlgorithm::EcP256,
                Some("1.3.132.0.34") => KeyAlgorithm::EcP384,
                Some("1.3.132.0.35") => KeyAlgorithm::EcP521,
                Some(curve) => KeyAlgorithm::Other(curve.to_owned()),
                // Explicit curve parameters.
                None => KeyAlgorithm::Other(oid),
            }
        }
        "1.3.101.112" => KeyAlgorithm::Ed25519,
        _ => KeyAlgorithm::Other(oid),
    }
}

fn rsa(bits: &[u8]) -> Option<KeyAlgorithm> {
    let (rest, key) = RSAPublicKey::from_der(bits).ok()?;
    let modulus = unsigned(key.modulus)?;
    let exponent = unsigned(key.exponent)?;
    if !rest.is_empty() {
        return None;
    }
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    let exponent = (exponent.len() <= 8).then(|| exponent.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet)));
    Some(KeyAlgorithm::Rsa { bits, exponent })
}

/// The magnitude without leading zeros; `None` for a negative INTEGER.
fn unsigned(octets: &[u8]) -> Option<&[u8]> {
    if octets.first()? & 0x80 != 0 {
        return None;
    }
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    Some(&octets[zeros..])
}
