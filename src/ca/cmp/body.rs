//! The bodies of the messages that we send and understand (RFC 9810 5.3): `rr`/`rp`, `ir`/`ip`, `p10cr`/`cp`, `certConf`,
//! `genm`, `error`.

use chrono::{DateTime, Utc};

use super::message::{Fields, sequence_of};
use super::status::Status;
use crate::ca::der;
use crate::domain::application::CrlReason;
use crate::domain::certificate::der::{INTEGER, SEQUENCE, element};
use crate::domain::certificate::{CertificateFacts, SerialNumber};

/// Numbers of the bodies' kinds.
pub const IP: u8 = 1;
pub const CP: u8 = 3;
pub const RP: u8 = 12;
pub const PKI_CONF: u8 = 19;
pub const GENP: u8 = 22;
pub const ERROR: u8 = 23;

const IR: u8 = 0;
const P10CR: u8 = 4;
const RR: u8 = 11;
const GENM: u8 = 21;
const CERT_CONF: u8 = 24;

fn body(kind: u8, content: &[u8]) -> Vec<u8> {
    element(0xa0 | kind, &[content])
}

/// Revoke this certificate.
pub fn revocation_request(certificate: &CertificateFacts, reason: CrlReason) -> Vec<u8> {
    const REASON_CODE: [u32; 4] = [2, 5, 29, 21];
    const ENUMERATED: u8 = 0x0a;
    let template =
        der::sequence(&[&element(0x81, &[certificate.serial.octets()]), &element(0xa3, &[&certificate.issuer_der])]);
    let value = der::octet_string(&element(ENUMERATED, &[&[reason.code()]]));
    let entry = der::sequence(&[&der::sequence(&[&der::oid(&REASON_CODE), &value])]);
    body(RR, &der::sequence(&[&der::sequence(&[&template, &entry])]))
}

/// What one revocation request was answered: its status, if the answer is about this certificate or about none.
pub fn revocation_reply(content: &[u8], issuer_der: &[u8], serial: &SerialNumber) -> Option<Status> {
    let mut reply = Fields::of_only(content, SEQUENCE)?;
    let statuses = sequence_of(reply.take(SEQUENCE)?.content)?;
    let [status] = statuses[..] else { return None };
    if let Some(certificates) = reply.optional(0xa0) {
        let ids = sequence_of(Fields(certificates.content).last(SEQUENCE)?.content)?;
        let [id] = ids[..] else { return None };
        if !is_about(id, issuer_der, serial)? {
            return None;
        }
    }
    Status::read(status)
}

/// CertId: whether it is this certificate.
fn is_about(id: &[u8], issuer_der: &[u8], serial: &SerialNumber) -> Option<bool> {
    let mut id = Fields::of_only(id, SEQUENCE)?;
    let issuer = id.any()?;
    let number = id.take(INTEGER)?;
    id.end()?;
    Some(issuer.tag == 0xa4 && issuer.content == issuer_der && number.content == serial.octets())
}

/// What shall be certified.
pub struct Template<'a> {
    /// Encoded Name.
    pub subject: &'a [u8],
    /// Encoded GeneralNames.
    pub general_names: &'a [u8],
    /// Encoded SubjectPublicKeyInfo.
    pub spki: &'a [u8],
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
}

/// An initialization request. That the customer has the key is known from the CSR; here we say so as a registration
/// authority (raVerified).
pub fn initialization_request(template: &Template<'_>) -> Option<Vec<u8>> {
    const SUBJECT_ALTERNATIVE_NAME: [u32; 4] = [2, 5, 29, 17];
    let validity =
        [element(0xa0, &[&der::time(template.not_before)]), element(0xa1, &[&der::time(template.not_after)])];
    let key = Fields(template.spki).last(SEQUENCE)?;
    let names = der::sequence(&[&der::oid(&SUBJECT_ALTERNATIVE_NAME), &der::octet_string(template.general_names)]);
    let certificate = der::sequence(&[
        &element(0xa4, &[&validity.concat()]),
        &element(0xa5, &[template.subject]),
        &element(0xa6, &[key.content]),
        &element(0xa9, &[&names]),
    ]);
    let request = der::sequence(&[&der::integer(0), &certificate]);
    let ra_verified = element(0x80, &[]);
    Some(body(IR, &der::sequence(&[&der::sequence(&[&request, &ra_verified])])))
}

/// A request that is the customer's CSR as it is.
pub fn pkcs10_request(csr_der: &[u8]) -> Vec<u8> {
    body(P10CR, csr_der)
}

/// What one certification request was answered.
#[derive(Debug)]
pub struct CertificateReply<'a> {
    /// Encoded INTEGER: the confirmation names it.
    request_id: &'a [u8],
    pub status: Status,
    pub certificate: Option<&'a [u8]>,
}

impl<'a> CertificateReply<'a> {
    pub fn read(content: &'a [u8]) -> Option<Self> {
        let mut reply = Fields::of_only(content, SEQUENCE)?;
        reply.optional(0xa1);
        let responses = sequence_of(reply.take(SEQUENCE)?.content)?;
        reply.end()?;
        let [response] = responses[..] else { return None };
        let mut response = Fields::of_only(response, SEQUENCE)?;
        let request_id = response.take(INTEGER)?.encoded;
        let status = Status::read(response.take(SEQUENCE)?.encoded)?;
        let certificate = match response.optional(SEQUENCE) {
            Some(pair) => {
                // Encrypted certificates ([1]) are for keys that cannot sign: there are none here.
                let plain = Fields(pair.content).take(0xa0)?;
                Some(Fields(plain.content).last(SEQUENCE)?.encoded)
            }
            None => None,
        };
        Some(Self { request_id, status, certificate })
    }

    /// The certificate came and is taken, or is not what was ordered. `hash`: of the certificate, by the algorithm of its
    /// signature.
    pub fn confirmation(&self, hash: &[u8], taken: bool) -> Vec<u8> {
        const REJECTION: u64 = 2;
        let status = if taken { Vec::new() } else { der::sequence(&[&der::integer(REJECTION)]) };
        let confirmed = der::sequence(&[&der::octet_string(hash), self.request_id, &status]);
        body(CERT_CONF, &der::sequence(&[&confirmed]))
    }
}

/// A general message that asks which key types the CA signs: it changes nothing, and needs our credentials.
pub fn general_message() -> Vec<u8> {
    const SIGN_KEY_PAIR_TYPES: [u32; 9] = [1, 3, 6, 1, 5, 5, 7, 4, 2];
    body(GENM, &der::sequence(&[&der::sequence(&[&der::oid(&SIGN_KEY_PAIR_TYPES)])]))
}

/// ErrorMsgContent.
pub fn error(content: &[u8]) -> Option<Status> {
    Status::read(Fields::of_only(content, SEQUENCE)?.take(SEQUENCE)?.encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: [u8; 2] = [0x30, 0x00];

    fn status() -> Vec<u8> {
        der::sequence(&[&der::integer(0)])
    }

    fn certificates(ids: &[(&[u8], u64)]) -> Vec<u8> {
        let ids: Vec<u8> = ids
            .iter()
            .flat_map(|(issuer, serial)| der::sequence(&[&element(0xa4, &[issuer]), &der::integer(*serial)]))
            .collect();
        element(0xa0, &[&der::sequence(&[&ids])])
    }

    #[test]
    fn a_revocation_is_answered_about_our_certificate_or_about_none() {
        let (serial, other) = (SerialNumber::from_octets(&[7]).unwrap(), der::sequence(&[&[0x31, 0x00]]));
        for (statuses, named, taken) in [
            (1, Vec::new(), true),
            (1, certificates(&[(&ISSUER, 7)]), true),
            (1, certificates(&[(&ISSUER, 8)]), false),
            (1, certificates(&[(&other, 7)]), false),
            (1, certificates(&[]), false),
            (1, certificates(&[(&ISSUER, 7), (&ISSUER, 8)]), false),
            (0, Vec::new(), false),
            (2, Vec::new(), false),
        ] {
            let reply = der::sequence(&[&der::sequence(&[&status().repeat(statuses)]), &named]);
            assert_eq!(revocation_reply(&reply, &ISSUER, &serial).is_some(), taken, "{statuses} {named:?}");
        }
        assert!(revocation_reply(&[], &ISSUER, &serial).is_none());
    }
}
