//! One CA key and the certificate that goes with it.


use p256::{
    ecdsa::{
        DerSignature, SigningKey,
        signature::{Signer, hazmat::PrehashSigner},
    },
    pkcs8::DecodePrivateKey,
};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{der, store::StoreError};
use crate::domain::certificate::{self, CertificateFacts};

/// ECDSA P-256 with SHA-256: every client verifies it, and CRLs stay small.
pub struct CaKey(SigningKey);

impl CaKey {
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, StoreError> {
        SigningKey::from_pkcs8_der(pkcs8).map(Self).map_err(|_| StoreError::Key)
    }

    /// SubjectPublicKeyInfo.
    pub fn spki(&self) -> Vec<u8> {
        let algorithm = der::sequence(&[&der::oid(&[1, 2, 840, 10045, 2, 1]), &der::oid(&[1, 2, 840, 10045, 3, 1, 7])]);
        let point = self.0.verifying_key().to_encoded_point(false);
        der::sequence(&[&algorithm, &der::bit_string(point.as_bytes())])
    }

    /// First 160 bits of SHA-256 over the public key (RFC 7093, method 1).
    pub fn key_id(&self) -> Vec<u8> {
        let point = self.0.verifying_key().to_encoded_point(false);
        Sha256::digest(point.as_bytes())[..20].to_vec()
    }

    /// Signs the finished content: the whole SEQUENCE of content, algorithm and signature.
    pub fn signed(&self, content: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.0.sign(content);
        der::sequence(&[content, &signature_algorithm(), &der::bit_string(signature.as_bytes())])
    }

    /// The signature for content that was hashed while it was written.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        let signature: DerSignature = self.0.sign_prehash(digest).map_err(|_| StoreError::Key)?;
        Ok(signature.as_bytes().to_vec())
    }
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
