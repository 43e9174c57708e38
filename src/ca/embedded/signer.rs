//! One CA key and the certificate that goes with it.

use p256::{
    ecdsa::{DerSignature, Signature, SigningKey, signature::hazmat::PrehashSigner},
    pkcs8::DecodePrivateKey,
};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{der, store::StoreError, token::TokenKey};
use crate::domain::certificate::{self, CertificateFacts};

/// ECDSA P-256 with SHA-256: every client verifies it, and CRLs stay small.
pub enum CaKey {
    Memory(SigningKey),
    Token(TokenKey),
}

impl CaKey {
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, StoreError> {
        SigningKey::from_pkcs8_der(pkcs8).map(Self::Memory).map_err(|_| StoreError::Key)
    }

    /// SubjectPublicKeyInfo.
    pub fn spki(&self) -> Vec<u8> {
        der::sequence(&[&spki_algorithm(), &der::bit_string(&self.point())])
    }

    /// See [`key_id`].
    pub fn key_id(&self) -> Vec<u8> {
        key_id(&self.point())
    }

    /// Signs the finished content: the whole SEQUENCE of content, algorithm and signature.
    pub fn signed(&self, content: &[u8]) -> Result<Vec<u8>, StoreError> {
        let signature = self.sign_digest(&Sha256::digest(content).into())?;
        Ok(der::sequence(&[content, &signature_algorithm(), &der::bit_string(&signature)]))
    }

    /// The signature for content that was hashed while it was written.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let signature = match self {
            Self::Memory(key) => key.sign_prehash(digest).map_err(|_| StoreError::Key)?,
            Self::Token(key) => Signature::from_slice(&key.sign_digest(digest)?).map_err(|_| StoreError::Key)?,
        };
        Ok(DerSignature::from(signature).as_bytes().to_vec())
    }

    /// The public key: an uncompressed point.
    fn point(&self) -> Vec<u8> {
        match self {
            Self::Memory(key) => key.verifying_key().to_encoded_point(false).as_bytes().to_vec(),
            Self::Token(key) => key.point.to_vec(),
        }
    }
}

/// First 160 bits of SHA-256 over the public key (RFC 7093, method 1).
pub fn key_id(point: &[u8]) -> Vec<u8> {
    Sha256::digest(point)[..20].to_vec()
}

fn spki_algorithm() -> Vec<u8> {
    der::sequence(&[&der::oid(&[1, 2, 840, 10045, 2, 1]), &der::oid(&[1, 2, 840, 10045, 3, 1, 7])])
}

/// The point of a SubjectPublicKeyInfo of P-256.
pub fn point_of(spki: &[u8]) -> Option<[u8; 65]> {
    let point = spki.get(spki.len().checked_sub(65)?..)?;
    let point = <[u8; 65]>::try_from(point).ok()?;
    (spki == der::sequence(&[&spki_algorithm(), &der::bit_string(&point)])).then_some(point)
}

pub fn signature_algorithm() -> Vec<u8> {
    der::sequence(&[&der::oid(&[1, 2, 840, 10045, 4, 3, 2])])
}

/// A key of the CA with its certificate, and its name in addresses and books.
pub struct Issuer {
    /// Sixteen hex digits of the key identifier: `/crl/{id}.crl`.
    pub id: String,
    pub certificate: CertificateFacts,
    pub key: CaKey,
}

impl Issuer {
    pub fn new(key: CaKey, certificate_der: &[u8]) -> Result<Self, StoreError> {
        let certificate = certificate::parse_der(certificate_der).map_err(|_| StoreError::Certificate)?;
        if certificate.public_key.spki_der != key.spki() {
            return Err(StoreError::Mismatch);
        }
        Ok(Self { id: issuer_id(&key), certificate, key })
    }

    /// Whether the signature of a certificate was made by this key.
    pub fn has_signed(&self, certificate_der: &[u8]) -> bool {
        let (Ok((_, signed)), Ok((_, own))) =
            (X509Certificate::from_der(certificate_der), X509Certificate::from_der(&self.certificate.der))
        else {
            return false;
        };
        signed.verify_signature(Some(own.public_key())).is_ok()
    }
}

pub fn issuer_id(key: &CaKey) -> String {
    hex::encode(&key.key_id()[..8])
}
