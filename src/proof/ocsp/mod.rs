//! OCSP as a relying party asks and reads it (RFC 6960): one certificate, a nonce, and an answer of the issuer or of a
//! responder that the issuer authorised.
//!
//! Whether the answer is in force and what it proves is judged elsewhere (`domain::evidence`).

mod answer;
mod responder;

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use super::ProofError;
use crate::domain::{
    certificate::{
        CertificateFacts, SerialNumber,
        cert_id::{self, CertIdHash},
        der::{self, element},
    },
    evidence::OcspView,
};

/// RFC 9654 2.1: 32 octets at least.
const NONCE: usize = 32;

/// id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2.
const NONCE_ID: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];

/// One question to a responder. The answer is read against it.
#[derive(Debug)]
pub struct Question<'a> {
    issuer: &'a CertificateFacts,
    serial: &'a SerialNumber,
    nonce: [u8; NONCE],
}

impl<'a> Question<'a> {
    pub fn new(issuer: &'a CertificateFacts, serial: &'a SerialNumber) -> Result<Self, ProofError> {
        let mut nonce = [0; NONCE];
        let random = SystemRandom::new().fill(&mut nonce);
        random.map_err(|_| ProofError::Unreachable("no random numbers".to_owned()))?;
        Ok(Self { issuer, serial, nonce })
    }

    /// The OCSPRequest.
    pub fn encoded(&self) -> Vec<u8> {
        const REQUEST_EXTENSIONS: u8 = 0xa2;
        const OBJECT_IDENTIFIER: u8 = 0x06;
        let sequence = |parts: &[&[u8]]| element(der::SEQUENCE, parts);
        let octets = |octets: &[u8]| element(der::OCTET_STRING, &[octets]);
        let id = element(OBJECT_IDENTIFIER, &[NONCE_ID]);
        let nonce = sequence(&[&id, &octets(&octets(&self.nonce))]);
        // SHA-1: some responders know no other (RFC 5019 2.1.1).
        let certificate = cert_id::encode(self.issuer, self.serial, CertIdHash::Sha1);
        let list = sequence(&[&sequence(&[&certificate])]);
        sequence(&[&sequence(&[&list, &element(REQUEST_EXTENSIONS, &[&sequence(&[&nonce])])])])
    }

    /// Reads an OCSPResponse. An `Err`: there is no answer to this question in it. An answer that is not to be trusted is
    /// a view that says so. `now`: whether the certificate of a responder is valid.
    pub fn read(&self, response: &[u8], now: DateTime<Utc>) -> Result<OcspView, ProofError> {
        let unreadable = |part: &str| ProofError::Unreadable(part.to_owned());
        let answer = answer::read(response)?;
        if answer.nonce.is_some_and(|nonce| nonce != self.nonce) {
            return Err(unreadable("the answer to another question (nonce)"));
        }
        let single = answer.single(self.issuer, self.serial).map_err(unreadable)?;
        Ok(OcspView {
            signature_valid: responder::has_signed(self.issuer, &answer, now),
            certificate_matches: single.certificate_matches,
            this_update: single.this_update,
            next_update: single.next_update,
            status: single.status,
        })
    }
}
