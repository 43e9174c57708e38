//! Reading of an OCSPRequest (RFC 6960 4.1.1), of whoever sent it.

use crate::domain::certificate::{
    CertificateFacts,
    cert_id::CertId,
    der::{self, expect},
    extension::Extensions,
};

/// id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2.
pub const NONCE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];

/// RFC 9654 2.1: what has to be echoed; longer ones, to 128, may be left out of the answer.
const NONCE_ECHOED: usize = 32;
const NONCE_LIMIT: usize = 128;

/// Relying parties ask about one (RFC 5019 2.1.1).
const CERTIFICATES: usize = 16;

/// What is asked.
#[derive(Debug, PartialEq, Eq)]
pub struct Request<'a> {
    pub certificates: Vec<CertId<'a>>,
    /// Its content, to be echoed.
    pub nonce: Option<&'a [u8]>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    #[error("not an OCSP request")]
    Malformed,
    /// About certificates of another issuer.
    #[error("not authorised to answer")]
    Unauthorized,
}

impl<'a> Request<'a> {
    /// A signature is passed over: everybody may ask.
    pub fn read(request: &'a [u8], issuer: &CertificateFacts) -> Result<Self, Unanswerable> {
        let (list, extensions) = parts(request).ok_or(Unanswerable::Malformed)?;
        let certificates = certificates(list).ok_or(Unanswerable::Malformed)?;
        let nonce = nonce(extensions).map_err(|_| Unanswerable::Malformed)?;
        if certificates.iter().all(|certificate| certificate.is_of(issuer)) {
            Ok(Self { certificates, nonce })
        } else {
            Err(Unanswerable::Unauthorized)
        }
    }
}

/// The contents of requestList and requestExtensions.
fn parts(request: &[u8]) -> Option<(&[u8], &[u8])> {
    const VERSION: u8 = 0xa0;
    const REQUESTOR_NAME: u8 = 0xa1;
    const EXTENSIONS: u8 = 0xa2;
    const SIGNATURE: u8 = 0xa0;
    let (outer, after) = expect(request, der::SEQUENCE)?;
    let (content, rest) = expect(outer.content, der::SEQUENCE)?;
    let rest = expect(rest, SIGNATURE).map_or(rest, |(_, rest)| rest);
    let whole = after.is_empty() && rest.is_empty();
    let mut rest = whole.then_some(content.content)?;
    for passed_over in [VERSION, REQUESTOR_NAME] {
        rest = expect(rest, passed_over).map_or(rest, |(_, rest)| rest);
    }
    let (list, rest) = expect(rest, der::SEQUENCE)?;
    if rest.is_empty() {
        return Some((list.content, rest));
    }
    let (tagged, after) = expect(rest, EXTENSIONS)?;
    let (extensions, end) = expect(tagged.content, der::SEQUENCE)?;
    (after.is_empty() && end.is_empty()).then_some((list.content, extensions.content))
}

fn certificates(mut list: &[u8]) -> Option<Vec<CertId<'_>>> {
    const SINGLE_EXTENSIONS: u8 = 0xa0;
    let mut certificates = Vec::new();
    while !list.is_empty() {
        let (request, after) = expect(list, der::SEQUENCE)?;
        list = after;
        let (certificate, rest) = expect(request.content, der::SEQUENCE)?;
        certificates.push(CertId::read(certificate)?);
        if !rest.is_empty() {
            let (tagged, end) = expect(rest, SINGLE_EXTENSIONS)?;
            let (extensions, after) = expect(tagged.content, der::SEQUENCE)?;
            let known = Extensions(extensions.content).all(|extension| extension.is_ok_and(|one| !one.critical));
            (known && end.is_empty() && after.is_empty()).then_some(())?;
        }
    }
    (1..=CERTIFICATES).contains(&certificates.len()).then_some(certificates)
}

fn nonce(extensions: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let mut nonce = None;
    for extension in Extensions(extensions) {
        let extension = extension?;
        if extension.id == NONCE {
            let octets = expect(extension.value, der::OCTET_STRING).filter(|(_, after)| after.is_empty());
            let (octets, _) = octets.ok_or("nonce")?;
            let length = octets.content.len();
            if length == 0 || length > NONCE_LIMIT {
                return Err("nonce");
            }
            nonce = nonce.or(Some(octets.content).filter(|_| length <= NONCE_ECHOED));
        } else if extension.critical {
            return Err("a critical extension of unknown meaning");
        }
    }
    Ok(nonce)
}
