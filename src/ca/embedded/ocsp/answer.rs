//! Writing of an OCSPResponse (RFC 6960 4.2.1).

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{request::NONCE, responder::Responder};
use crate::{
    ca::{
        der,
        embedded::{signer::signature_algorithm, store::StoreError},
    },
    domain::{application::CrlReason, certificate::cert_id},
};

/// Values of OCSPResponseStatus.
const SUCCESSFUL: u8 = 0;
pub const MALFORMED_REQUEST: u8 = 1;
pub const TRY_LATER: u8 = 3;
pub const UNAUTHORIZED: u8 = 6;

const ENUMERATED: u8 = 0x0a;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_1: u8 = 0xa1;

/// What is known of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Good,
    Revoked { at: DateTime<Utc>, reason: Option<CrlReason> },
    Unknown,
}

pub struct Answer<'a> {
    pub this_update: DateTime<Utc>,
    pub next_update: DateTime<Utc>,
    /// Each after the encoded CertID that was asked for.
    pub statuses: Vec<(&'a [u8], Status)>,
    pub nonce: Option<&'a [u8]>,
}

/// An answer of a status alone.
pub fn without_content(status: u8) -> Vec<u8> {
    der::sequence(&[&der::element(ENUMERATED, &[&[status]])])
}

impl Answer<'_> {
    pub fn signed_by(&self, responder: &Responder) -> Result<Vec<u8>, StoreError> {
        let content = self.response_data(responder);
        let signature = responder.key.sign_digest(&Sha256::digest(&content).into())?;
        let basic = der::sequence(&[
            &content,
            &signature_algorithm(),
            &der::bit_string(&signature),
            &der::element(EXPLICIT_0, &[&der::sequence(&[&responder.certificate])]),
        ]);
        let id_pkix_ocsp_basic = der::oid(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 1]);
        let bytes = der::sequence(&[&id_pkix_ocsp_basic, &der::octet_string(&basic)]);
        let status = der::element(ENUMERATED, &[&[SUCCESSFUL]]);
        Ok(der::sequence(&[&status, &der::element(EXPLICIT_0, &[&bytes])]))
    }

    fn response_data(&self, responder: &Responder) -> Vec<u8> {
        const BY_KEY: u8 = 0xa2;
        let id = der::element(BY_KEY, &[&der::octet_string(&cert_id::key_hash(&responder.key.spki()))]);
        let singles: Vec<Vec<u8>> = self.statuses.iter().map(|(id, status)| self.single(id, *status)).collect();
        let singles: Vec<&[u8]> = singles.iter().map(Vec::as_slice).collect();
        let extensions = self.nonce.map(|nonce| {
            let id = der::element(0x06, &[NONCE]);
            let nonce = der::sequence(&[&id, &der::octet_string(&der::octet_string(nonce))]);
            der::element(EXPLICIT_1, &[&der::sequence(&[&nonce])])
        });
        let produced_at = der::generalized_time(self.this_update);
        der::sequence(&[&id, &produced_at, &der::sequence(&singles), &extensions.unwrap_or_default()])
    }

    fn single(&self, id: &[u8], status: Status) -> Vec<u8> {
        let status = match status {
            Status::Good => der::element(0x80, &[]),
            Status::Revoked { at, reason } => {
                let reason = reason.map(|reason| {
                    let code = der::element(ENUMERATED, &[&[reason.code()]]);
                    der::element(EXPLICIT_0, &[&code])
                });
                der::element(0xa1, &[&der::generalized_time(at), &reason.unwrap_or_default()])
            }
            Status::Unknown => der::element(0x82, &[]),
        };
        let next_update = der::element(EXPLICIT_0, &[&der::generalized_time(self.next_update)]);
        der::sequence(&[id, &status, &der::generalized_time(self.this_update), &next_update])
    }
}
