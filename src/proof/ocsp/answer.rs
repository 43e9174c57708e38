//! The parts of an OCSPResponse (RFC 6960 4.2.1). Nothing here is trusted yet.

use chrono::{DateTime, Utc};

use super::NONCE_ID;
use crate::{
    domain::{
        certificate::{
            CertificateFacts, SerialNumber,
            cert_id::CertId,
            der::{self, Element},
            extension::Extensions,
        },
        evidence::OcspStatus,
    },
    proof::{
        ProofError,
        time::{GENERALIZED_TIME, generalized_time},
    },
};

const ENUMERATED: u8 = 0x0a;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_1: u8 = 0xa1;

/// A BasicOCSPResponse.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What is signed: the whole ResponseData.
    pub signed: &'a [u8],
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
    pub responder: Responder<'a>,
    /// The content of the nonce, when there is one.
    pub nonce: Option<&'a [u8]>,
    /// Certificates that came with it, as encoded.
    pub certificates: Vec<&'a [u8]>,
    singles: &'a [u8],
}

/// Who says that it answers.
#[derive(Debug, Clone, Copy)]
pub enum Responder<'a> {
    /// A Name, as encoded.
    Name(&'a [u8]),
    /// The SHA-1 of a key.
    Key(&'a [u8]),
}

/// What is said about one certificate.
#[derive(Debug)]
pub struct Single {
    pub certificate_matches: bool,
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub status: OcspStatus,
}

pub fn read(response: &[u8]) -> Result<Answer<'_>, ProofError> {
    let unreadable = |part: &str| ProofError::Unreadable(part.to_owned());
    let (outer, after) = der::expect(response, der::SEQUENCE).ok_or_else(|| unreadable("no OCSP answer"))?;
    let (status, rest) = der::expect(outer.content, ENUMERATED).ok_or_else(|| unreadable("responseStatus"))?;
    if !after.is_empty() {
        return Err(unreadable("octets after the OCSP answer"));
    }
    let refused = match status.content {
        [0] => return basic(rest).map_err(unreadable),
        [1] => "malformedRequest",
        [2] => "internalError",
        [3] => "tryLater",
        [5] => "sigRequired",
        [6] => "unauthorized",
        _ => return Err(unreadable("responseStatus")),
    };
    Err(ProofError::Refused(refused))
}

fn basic(rest: &[u8]) -> Result<Answer<'_>, &'static str> {
    /// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1, as encoded.
    const BASIC: &[u8] = &[0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
    let unwrap = || {
        let (bytes, after) = der::expect(rest, EXPLICIT_0)?;
        let (bytes, _) = der::expect(bytes.content, der::SEQUENCE)?;
        let (kind, content) = der::read(bytes.content)?;
        let (octets, end) = der::expect(content, der::OCTET_STRING)?;
        let basic = kind.encoded == BASIC && after.is_empty() && end.is_empty();
        let (basic, after) = der::expect(basic.then_some(octets.content)?, der::SEQUENCE)?;
        after.is_empty().then_some(basic.content)
    };
    let content = unwrap().ok_or("responseBytes")?;
    let (signed, rest) = der::expect(content, der::SEQUENCE).ok_or("tbsResponseData")?;
    let (algorithm, rest) = der::expect(rest, der::SEQUENCE).ok_or("signatureAlgorithm")?;
    let (signature, rest) = der::expect(rest, der::BIT_STRING).ok_or("signature")?;
    let certificates = certificates(rest).ok_or("certs")?;
    let data = Data::read(signed.content)?;
    Ok(Answer {
        signed: signed.encoded,
        algorithm: algorithm.encoded,
        signature: signature.encoded,
        responder: data.responder,
        nonce: nonce(data.extensions)?,
        certificates,
        singles: data.singles,
    })
}

fn certificates(rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    if rest.is_empty() {
        return Some(found);
    }
    let (tagged, after) = der::expect(rest, EXPLICIT_0)?;
    let (list, end) = der::expect(tagged.content, der::SEQUENCE)?;
    let mut list = (after.is_empty() && end.is_empty()).then_some(list.content)?;
    while !list.is_empty() {
        let (certificate, after) = der::expect(list, der::SEQUENCE)?;
        found.push(certificate.encoded);
        list = after;
    }
    Some(found)
}

/// ResponseData.
struct Data<'a> {
    responder: Responder<'a>,
    singles: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> Data<'a> {
    fn read(content: &'a [u8]) -> Result<Self, &'static str> {
        const BY_NAME: u8 = 0xa1;
        const BY_KEY: u8 = 0xa2;
        let rest = der::expect(content, EXPLICIT_0).map_or(content, |(_version, rest)| rest);
        let (id, rest) = der::read(rest).ok_or("responderID")?;
        let responder = match id.tag {
            BY_NAME => Responder::Name(id.content),
            BY_KEY => {
                let (hash, _) = der::expect(id.content, der::OCTET_STRING).ok_or("responderID")?;
                Responder::Key(hash.content)
            }
            _ => return Err("responderID"),
        };
        let (_produced_at, rest) = generalized_time(rest).ok_or("producedAt")?;
        let (singles, rest) = der::expect(rest, der::SEQUENCE).ok_or("responses")?;
        let extensions = extensions(rest, "responseExtensions")?;
        Ok(Self { responder, singles: singles.content, extensions })
    }
}

/// The content of the list of extensions that may end a structure.
fn extensions<'a>(rest: &'a [u8], part: &'static str) -> Result<&'a [u8], &'static str> {
    if rest.is_empty() {
        return Ok(rest);
    }
    let read = || {
        let (tagged, after) = der::expect(rest, EXPLICIT_1)?;
        let (list, end) = der::expect(tagged.content, der::SEQUENCE)?;
        (after.is_empty() && end.is_empty()).then_some(list.content)
    };
    read().ok_or(part)
}

/// A critical extension that we do not know may change the meaning of everything else.
fn nonce(extensions: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let mut nonce = None;
    for extension in Extensions(extensions) {
        let extension = extension?;
        if extension.id == NONCE_ID {
            let octets = der::expect(extension.value, der::OCTET_STRING).filter(|(_, after)| after.is_empty());
            let (octets, _) = octets.ok_or("nonce")?;
            if nonce.replace(octets.content).is_some() {
                return Err("nonce twice");
            }
        } else if extension.critical {
            return Err("a critical extension of unknown meaning");
        }
    }
    Ok(nonce)
}

impl Answer<'_> {
    /// What it says about one certificate; of an answer about another one, what it says about that.
    pub fn single(&self, issuer: &CertificateFacts, serial: &SerialNumber) -> Result<Single, &'static str> {
        let mut found = None;
        let mut other = None;
        let mut rest = self.singles;
        while !rest.is_empty() {
            let (single, after) = der::expect(rest, der::SEQUENCE).ok_or("SingleResponse")?;
            rest = after;
            let single = read_single(single, issuer, serial)?;
            if !single.certificate_matches {
                other = Some(single);
            } else if found.replace(single).is_some() {
                return Err("two answers about one certificate");
            }
        }
        found.or(other).ok_or("no SingleResponse")
    }
}

fn read_single(single: Element<'_>, issuer: &CertificateFacts, serial: &SerialNumber) -> Result<Single, &'static str> {
    let (id, rest) = der::expect(single.content, der::SEQUENCE).ok_or("certID")?;
    let id = CertId::read(id).ok_or("certID")?;
    let (status, rest) = der::read(rest).ok_or("certStatus")?;
    let (this_update, rest) = generalized_time(rest).ok_or("thisUpdate")?;
    let (next_update, rest) = match der::expect(rest, EXPLICIT_0) {
        Some((tagged, rest)) => {
            let read = generalized_time(tagged.content).filter(|(_, after)| after.is_empty());
            (Some(read.ok_or("nextUpdate")?.0), rest)
        }
        None => (None, rest),
    };
    for extension in Extensions(extensions(rest, "singleExtensions")?) {
        if extension?.critical {
            return Err("a critical extension of unknown meaning");
        }
    }
    Ok(Single {
        certificate_matches: id.is_of(issuer) && id.serial == serial.octets(),
        this_update,
        next_update,
        status: read_status(status).ok_or("certStatus")?,
    })
}

fn read_status(status: Element<'_>) -> Option<OcspStatus> {
    const GOOD: u8 = 0x80;
    const REVOKED: u8 = 0xa1;
    const UNKNOWN: u8 = 0x82;
    match (status.tag, status.content) {
        (GOOD, []) => Some(OcspStatus::Good),
        (UNKNOWN, []) => Some(OcspStatus::Unknown),
        (REVOKED, [GENERALIZED_TIME, ..]) => {
            let (at, rest) = generalized_time(status.content)?;
            let reason = if rest.is_empty() {
                None
            } else {
                let (tagged, after) = der::expect(rest, EXPLICIT_0)?;
                let (code, end) = der::expect(tagged.content, ENUMERATED)?;
                let [code] = <[u8; 1]>::try_from(code.content).ok()?;
                (after.is_empty() && end.is_empty()).then_some(Some(code))?
            };
            Some(OcspStatus::Revoked { at, reason })
        }
        _ => None,
    }
}
