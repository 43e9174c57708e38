//! Whose signature an OCSP answer carries: the issuer's own, or that of a responder whose certificate the issuer signed for
//! nothing else (RFC 6960 4.2.2.2).

use chrono::{DateTime, Utc};
use x509_parser::{certificate::X509Certificate, extensions::ParsedExtension, prelude::FromDer};

use super::answer::{Answer, Responder};
use crate::{
    domain::certificate::{CertificateFacts, cert_id, der},
    proof::signature::is_signed_by,
};

/// id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5.
const NO_CHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];

pub fn has_signed(issuer: &CertificateFacts, answer: &Answer<'_>, now: DateTime<Utc>) -> bool {
    let verified = |spki: &[u8]| is_signed_by(spki, answer.signed, answer.algorithm, answer.signature);
    let issuers_key = &issuer.public_key.spki_der;
    if names(answer.responder, &issuer.subject_der, issuers_key) && verified(issuers_key) {
        return true;
    }
    answer.certificates.iter().any(|encoded| {
        let Ok((_, certificate)) = X509Certificate::from_der(encoded) else { return false };
        let key = certificate.public_key().raw;
        names(answer.responder, certificate.subject().as_raw(), key)
            && is_authorised(&certificate, encoded, issuer, now)
            && verified(key)
    })
}

fn names(responder: Responder<'_>, name: &[u8], spki: &[u8]) -> bool {
    match responder {
        Responder::Name(named) => named == name,
        Responder::Key(hash) => hash == cert_id::key_hash(spki),
    }
}

/// A responder's certificate without id-pkix-ocsp-nocheck could be revoked itself; BR 4.9.9 wants the extension.
fn is_authorised(
    certificate: &X509Certificate<'_>,
    encoded: &[u8],
    issuer: &CertificateFacts,
    now: DateTime<Utc>,
) -> bool {
    let (from, until) = (certificate.validity().not_before.timestamp(), certificate.validity().not_after.timestamp());
    let mut signs_answers = false;
    let mut no_check = false;
    let mut may_sign = true;
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::ExtendedKeyUsage(usage) => signs_answers = usage.ocsp_signing,
            ParsedExtension::KeyUsage(usage) => may_sign = usage.digital_signature(),
            _ => no_check |= extension.oid.as_bytes() == NO_CHECK,
        }
    }
    signs_answers
        && no_check
        && may_sign
        && (from..=until).contains(&now.timestamp())
        && certificate.issuer().as_raw() == issuer.subject_der
        && is_issued_by(encoded, issuer)
}

fn is_issued_by(certificate_der: &[u8], issuer: &CertificateFacts) -> bool {
    let read = || {
        let (outer, _) = der::expect(certificate_der, der::SEQUENCE)?;
        let (content, rest) = der::expect(outer.content, der::SEQUENCE)?;
        let (algorithm, rest) = der::expect(rest, der::SEQUENCE)?;
        let (signature, _) = der::expect(rest, der::BIT_STRING)?;
        let key = &issuer.public_key.spki_der;
        Some(is_signed_by(key, content.encoded, algorithm.encoded, signature.encoded))
    };
    read().unwrap_or(false)
}
