//! Our own key for protecting messages by signature: PKCS#8 or PKCS#1, RSA or ECDSA.

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};

use crate::ca::der;
use crate::domain::certificate::pem;

const LABELS: [&str; 2] = ["PRIVATE KEY", "RSA PRIVATE KEY"];

pub enum Key {
    Rsa(RsaKeyPair),
    EcP256(EcdsaKeyPair),
    EcP384(EcdsaKeyPair),
}

impl Key {
    pub fn from_pem(text: &[u8]) -> Result<Self, String> {
        let der = pem::only_der(text, &LABELS).map_err(|_| "holds no key as PKCS#8 in PEM".to_owned())?;
        let random = SystemRandom::new();
        let ec = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, &der, &random);
        if let Ok(key) = ec(&ECDSA_P256_SHA256_ASN1_SIGNING) {
            return Ok(Self::EcP256(key));
        }
        if let Ok(key) = ec(&ECDSA_P384_SHA384_ASN1_SIGNING) {
            return Ok(Self::EcP384(key));
        }
        let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        rsa.map(Self::Rsa)
            .map_err(|_| "is neither RSA of 2048 bits or more nor ECDSA P-256 or P-384, as PKCS#8".to_owned())
    }

    /// Whether a SubjectPublicKeyInfo is of this key.
    pub fn belongs_to(&self, spki: &[u8]) -> bool {
        let public = match self {
            Self::Rsa(key) => key.public_key().as_ref(),
            Self::EcP256(key) | Self::EcP384(key) => key.public_key().as_ref(),
        };
        spki.ends_with(public)
    }

    /// AlgorithmIdentifier of its signatures.
    pub fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => der::sequence(&[&der::oid(&[1, 2, 840, 113_549, 1, 1, 11]), &[0x05, 0x00]]),
            Self::EcP256(_) => der::sequence(&[&der::oid(&[1, 2, 840, 10045, 4, 3, 2])]),
            Self::EcP384(_) => der::sequence(&[&der::oid(&[1, 2, 840, 10045, 4, 3, 3])]),
        }
    }

    pub fn sign(&self, random: &SystemRandom, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::EcP256(key) | Self::EcP384(key) => Some(key.sign(random, message).ok()?.as_ref().to_vec()),
        }
    }
}
