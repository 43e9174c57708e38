//! How OCSP names a certificate (`CertID`, RFC 6960 4.1.1): the hashes of its issuer's name and key, and the serial number.

use ring::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

use super::{
    CertificateFacts, SerialNumber,
    der::{self, Element},
};

/// SHA-1 here only finds an issuer: RFC 5019 2.1.1 lets each client and responder know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertIdHash {
    Sha1,
    Sha256,
}

impl CertIdHash {
    pub const ALL: [Self; 2] = [Self::Sha1, Self::Sha256];

    /// The encoded OBJECT IDENTIFIER.
    fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &[0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a],
            Self::Sha256 => &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
        }
    }

    fn digest(self, octets: &[u8]) -> digest::Digest {
        let algorithm: &Algorithm = match self {
            Self::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &SHA256,
        };
        digest::digest(algorithm, octets)
    }
}

/// A `CertID` as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertId<'a> {
    /// The whole of it: a responder answers with what it was asked for.
    pub encoded: &'a [u8],
    /// `None`: a hash that we do not know, so it names no issuer of ours.
    hash: Option<CertIdHash>,
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    /// The content of the INTEGER.
    pub serial: &'a [u8],
}

impl<'a> CertId<'a> {
    pub fn read(element: Element<'a>) -> Option<Self> {
        let (algorithm, rest) = der::expect(element.content, der::SEQUENCE)?;
        let (oid, _) = der::read(algorithm.content)?;
        let (name_hash, rest) = der::expect(rest, der::OCTET_STRING)?;
        let (key_hash, rest) = der::expect(rest, der::OCTET_STRING)?;
        let (serial, rest) = der::expect(rest, der::INTEGER)?;
        rest.is_empty().then_some(Self {
            encoded: element.encoded,
            hash: CertIdHash::ALL.into_iter().find(|hash| hash.oid() == oid.encoded),
            name_hash: name_hash.content,
            key_hash: key_hash.content,
            serial: serial.content,
        })
    }

    /// Whether a certificate of this issuer is named.
    pub fn is_of(&self, issuer: &CertificateFacts) -> bool {
        self.hash.is_some_and(|hash| {
            let key = key_octets(&issuer.public_key.spki_der);
            hash.digest(&issuer.subject_der).as_ref() == self.name_hash && hash.digest(key).as_ref() == self.key_hash
        })
    }
}

/// The encoded `CertID` of a certificate.
pub fn encode(issuer: &CertificateFacts, serial: &SerialNumber, hash: CertIdHash) -> Vec<u8> {
    const NULL: &[u8] = &[0x05, 0x00];
    let octets = |octets: &[u8]| der::element(der::OCTET_STRING, &[octets]);
    der::element(
        der::SEQUENCE,
        &[
            &der::element(der::SEQUENCE, &[hash.oid(), NULL]),
            &octets(hash.digest(&issuer.subject_der).as_ref()),
            &octets(hash.digest(key_octets(&issuer.public_key.spki_der)).as_ref()),
            &der::element(der::INTEGER, &[serial.octets()]),
        ],
    )
}

/// How a `ResponderID` names a key: SHA-1 (RFC 6960 4.2.1, KeyHash).
pub fn key_hash(spki_der: &[u8]) -> Vec<u8> {
    CertIdHash::Sha1.digest(key_octets(spki_der)).as_ref().to_vec()
}

/// The content of the BIT STRING in a SubjectPublicKeyInfo, without the count of unused bits.
fn key_octets(spki_der: &[u8]) -> &[u8] {
    let read = || {
        let (spki, _) = der::expect(spki_der, der::SEQUENCE)?;
        let (_, rest) = der::expect(spki.content, der::SEQUENCE)?;
        let (key, _) = der::expect(rest, der::BIT_STRING)?;
        key.content.get(1..)
    };
    read().unwrap_or_default()
}
