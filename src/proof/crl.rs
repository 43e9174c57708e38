//! Reading and verifying of a CRL of any CA: once as a whole, then for the serial numbers that matter.
//!
//! Of a CRL of a million entries the reading keeps 8 MB: where which entry stands.

use std::{
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use chrono::{DateTime, NaiveDateTime, Utc};
use x509_parser::{
    asn1_rs::BitString,
    prelude::FromDer,
    verify::verify_signature,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

use crate::domain::{
    certificate::{CertificateFacts, SerialNumber, der},
    evidence::{CrlEntry, CrlScope, CrlView},
};

/// What a CRL says: its time, and one view for each serial number asked for.
#[derive(Debug, Clone)]
pub struct ReadCrl {
    pub this_update: DateTime<Utc>,
    pub next_update: Option<DateTime<Utc>>,
    pub views: HashMap<SerialNumber, CrlView>,
}

/// Reads a DER CRL that should be of this issuer. An `Err` says what part is not as RFC 5280 has it; a CRL that is well
/// formed but not to be trusted is a view that says so.
pub fn read<'a>(
    crl: &[u8],
    issuer: &CertificateFacts,
    serials: impl IntoIterator<Item = &'a SerialNumber>,
) -> Result<ReadCrl, &'static str> {
    VerifiedCrl::read(crl, issuer)?.look_up(crl, serials)
}

/// What is known of a CRL after reading it once.
#[derive(Debug)]
pub struct VerifiedCrl {
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    signature_valid: bool,
    issuer_matches: bool,
    scope: CrlScope,
    /// Hash of the serial number and offset in the list of each entry, sorted. DER lengths as we read them fit 32 bits.
    entries: Vec<(u32, u32)>,
}

impl VerifiedCrl {
    pub fn read(crl: &[u8], issuer: &CertificateFacts) -> Result<Self, &'static str> {
        let Parts { content, algorithm, signature } = Parts::read(crl)?;
        let list = List::read(content.content)?;
        Ok(Self {
            this_update: list.this_update,
            next_update: list.next_update,
            signature_valid: list.algorithm == algorithm.encoded
                && is_signed_by(issuer, content.encoded, algorithm.encoded, signature.encoded),
            issuer_matches: list.issuer == issuer.subject_der,
            scope: scope_of(list.extensions)?,
            entries: index(list.entries)?,
        })
    }

    /// What it says about these serial numbers; `crl` is what was read.
    pub fn look_up<'a>(
        &self,
        crl: &[u8],
        serials: impl IntoIterator<Item = &'a SerialNumber>,
    ) -> Result<ReadCrl, &'static str> {
        let listed = List::read(Parts::read(crl)?.content.content)?.entries;
        let mut scope = self.scope;
        let mut found = HashMap::new();
        for serial in serials {
            let mut entries = Vec::new();
            for rest in self.rests(listed, serial) {
                let (entry, entry_scope) = read_entry(rest)?;
                entries.push(entry);
                if scope == CrlScope::Complete {
                    scope = entry_scope;
                }
            }
            found.insert(serial.clone(), entries);
        }
        let view = |entries| CrlView {
            signature_valid: self.signature_valid,
            issuer_matches: self.issuer_matches,
            this_update: self.this_update,
            next_update: self.next_update,
            scope,
            entries,
        };
        Ok(ReadCrl {
            this_update: self.this_update,
            next_update: self.next_update,
            views: found.into_iter().map(|(serial, entries)| (serial, view(entries))).collect(),
        })
    }

    /// What follows the serial number in each entry that has it.
    fn rests<'a>(&self, listed: &'a [u8], serial: &SerialNumber) -> impl Iterator<Item = &'a [u8]> {
        let hash = hash(serial.octets());
        let first = self.entries.partition_point(|(other, _)| *other < hash);
        let same_hash = self.entries[first..].iter().take_while(move |(other, _)| *other == hash);
        same_hash.filter_map(|(_, offset)| {
            let (entry, _) = der::expect(listed.get(*offset as usize..)?, der::SEQUENCE)?;
            let (other, rest) = der::expect(entry.content, der::INTEGER)?;
            (other.content == serial.octets()).then_some(rest)
        })
    }
}

/// Where which entry stands, by the hash of its serial number.
fn index(listed: &[u8]) -> Result<Vec<(u32, u32)>, &'static str> {
    let mut index = Vec::new();
    let mut entries = listed;
    while !entries.is_empty() {
        let offset = u32::try_from(listed.len() - entries.len()).map_err(|_| "more than 4 GiB")?;
        let (entry, after) = der::expect(entries, der::SEQUENCE).ok_or("revokedCertificates")?;
        entries = after;
        let (serial, _) = der::expect(entry.content, der::INTEGER).ok_or("userCertificate")?;
        index.push((hash(serial.content), offset));
    }
    index.sort_unstable();
    index.shrink_to_fit();
    Ok(index)
}

/// Only finds the place: the serial numbers themselves are compared there.
fn hash(serial: &[u8]) -> u32 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(serial);
    (hash >> 32) as u32
}

/// The three elements of CertificateList.
struct Parts<'a> {
    content: der::Element<'a>,
    algorithm: der::Element<'a>,
    signature: der::Element<'a>,
}

impl<'a> Parts<'a> {
    fn read(crl: &'a [u8]) -> Result<Self, &'static str> {
        let (outer, after) = der::expect(crl, der::SEQUENCE).ok_or("no SEQUENCE")?;
        if !after.is_empty() {
            return Err("octets after the CRL");
        }
        let (content, rest) = der::expect(outer.content, der::SEQUENCE).ok_or("tbsCertList")?;
        let (algorithm, rest) = der::expect(rest, der::SEQUENCE).ok_or("signatureAlgorithm")?;
        let (signature, rest) = der::expect(rest, der::BIT_STRING).ok_or("signature")?;
        if !rest.is_empty() {
            return Err("octets after the signature");
        }
        Ok(Self { content, algorithm, signature })
    }
}

/// The fields of TBSCertList.
struct List<'a> {
    algorithm: &'a [u8],
    issuer: &'a [u8],
    this_update: DateTime<Utc>,
    next_update: Option<DateTime<Utc>>,
    entries: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> List<'a> {
    fn read(content: &'a [u8]) -> Result<Self, &'static str> {
        let rest = der::expect(content, der::INTEGER).map_or(content, |(_version, rest)| rest);
        let (algorithm, rest) = der::expect(rest, der::SEQUENCE).ok_or("signature algorithm")?;
        let (issuer, rest) = der::expect(rest, der::SEQUENCE).ok_or("issuer")?;
        let (this_update, rest) = time(rest).ok_or("thisUpdate")?;
        let (next_update, rest) = time(rest).map_or((None, rest), |(instant, rest)| (Some(instant), rest));
        let (entries, rest) =
            der::expect(rest, der::SEQUENCE).map_or((&[][..], rest), |(list, rest)| (list.content, rest));
        let (extensions, rest) = match der::expect(rest, EXTENSIONS) {
            Some((tagged, rest)) => {
                let (list, after) = der::expect(tagged.content, der::SEQUENCE).ok_or("crlExtensions")?;
                if !after.is_empty() {
                    return Err("crlExtensions");
                }
                (list.content, rest)
            }
            None => (&[][..], rest),
        };
        if !rest.is_empty() {
            return Err("octets after the extensions");
        }
        Ok(Self { algorithm: algorithm.encoded, issuer: issuer.encoded, this_update, next_update, entries, extensions })
    }
}

const EXTENSIONS: u8 = 0xa0;
const BOOLEAN: u8 = 0x01;
const OBJECT_IDENTIFIER: u8 = 0x06;
const ENUMERATED: u8 = 0x0a;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// SHA-1 and older say nothing about who made a CRL.
const TRUSTED_ALGORITHMS: [&str; 7] = [
    "1.2.840.113549.1.1.10",
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.3",
    "1.3.101.112",
];

fn is_signed_by(issuer: &CertificateFacts, content: &[u8], algorithm: &[u8], signature: &[u8]) -> bool {
    let verify = || {
        let (_, key) = SubjectPublicKeyInfo::from_der(&issuer.public_key.spki_der).ok()?;
        let (_, algorithm) = AlgorithmIdentifier::from_der(algorithm).ok()?;
        let (_, signature) = BitString::from_der(signature).ok()?;
        if signature.unused_bits != 0 {
            return Some(false);
        }
        let trusted = TRUSTED_ALGORITHMS.contains(&algorithm.algorithm.to_id_string().as_str());
        Some(trusted && verify_signature(&key, &algorithm, &signature, content).is_ok())
    };
    verify().unwrap_or(false)
}

/// The rest of an entry after its serial number.
fn read_entry(rest: &[u8]) -> Result<(CrlEntry, CrlScope), &'static str> {
    let (revoked_at, rest) = time(rest).ok_or("revocationDate")?;
    let extensions = if rest.is_empty() {
        &[][..]
    } else {
        let (list, after) = der::expect(rest, der::SEQUENCE).ok_or("crlEntryExtensions")?;
        if !after.is_empty() {
            return Err("octets after an entry");
        }
        list.content
    };
    let mut reason = None;
    let mut scope = CrlScope::Complete;
    for extension in Extensions(extensions) {
        let extension = extension?;
        match extension.id {
            // reasonCode
            [0x55, 0x1d, 0x15] => {
                let code = der::expect(extension.value, ENUMERATED)
                    .and_then(|(code, _)| <[u8; 1]>::try_from(code.content).ok());
                let [code] = code.ok_or("reasonCode")?;
                if reason.replace(code).is_some() {
                    return Err("reasonCode twice");
                }
            }
            // invalidityDate
            [0x55, 0x1d, 0x18] => {}
            // certificateIssuer: the entry may be of another issuer's certificate.
            [0x55, 0x1d, 0x1d] => scope = CrlScope::Partial,
            _ if extension.critical => scope = CrlScope::UnknownCriticalExtension,
            _ => {}
        }
    }
    Ok((CrlEntry { revoked_at, reason }, scope))
}

fn scope_of(extensions: &[u8]) -> Result<CrlScope, &'static str> {
    let mut scope = CrlScope::Complete;
    for extension in Extensions(extensions) {
        let extension = extension?;
        let found = match extension.id {
            // deltaCRLIndicator
            [0x55, 0x1d, 0x1b] => CrlScope::Delta,
            // issuingDistributionPoint
            [0x55, 0x1d, 0x1c] => distribution_point(extension.value)?,
            // issuerAltName, cRLNumber, authorityKeyIdentifier, freshestCRL
            [0x55, 0x1d, 0x12 | 0x14 | 0x23 | 0x2e] => CrlScope::Complete,
            _ if extension.critical => CrlScope::UnknownCriticalExtension,
            _ => CrlScope::Complete,
        };
        if scope == CrlScope::Complete {
            scope = found;
        }
    }
    Ok(scope)
}

/// A name alone (a shard) or "only user certificates" still covers a server certificate that is listed.
fn distribution_point(value: &[u8]) -> Result<CrlScope, &'static str> {
    const NAME: u8 = 0xa0;
    const ONLY_USER_CERTIFICATES: u8 = 0x81;
    let (point, _) = der::expect(value, der::SEQUENCE).ok_or("issuingDistributionPoint")?;
    let mut rest = point.content;
    while !rest.is_empty() {
        let (field, after) = der::read(rest).ok_or("issuingDistributionPoint")?;
        rest = after;
        if !matches!(field.tag, NAME | ONLY_USER_CERTIFICATES) {
            return Ok(CrlScope::Partial);
        }
    }
    Ok(CrlScope::Complete)
}

struct Extension<'a> {
    id: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

struct Extensions<'a>(&'a [u8]);

impl<'a> Iterator for Extensions<'a> {
    type Item = Result<Extension<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = || {
            let (extension, after) = der::expect(self.0, der::SEQUENCE)?;
            let (id, rest) = der::expect(extension.content, OBJECT_IDENTIFIER)?;
            let (critical, rest) =
                der::expect(rest, BOOLEAN).map_or((false, rest), |(flag, rest)| (flag.content != [0], rest));
            let (value, rest) = der::expect(rest, der::OCTET_STRING)?;
            rest.is_empty().then_some((Extension { id: id.content, critical, value: value.content }, after))
        };
        let Some((extension, after)) = read() else {
            self.0 = &[];
            return Some(Err("extension"));
        };
        self.0 = after;
        Some(Ok(extension))
    }
}

/// UTCTime or GeneralizedTime in the one form that RFC 5280 allows.
fn time(input: &[u8]) -> Option<(DateTime<Utc>, &[u8])> {
    let (element, rest) = der::read(input)?;
    let text = std::str::from_utf8(element.content).ok()?;
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    let full = match (element.tag, digits.len()) {
        (UTC_TIME, 12) if digits < "5" => format!("20{digits}"),
        (UTC_TIME, 12) => format!("19{digits}"),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let instant = NaiveDateTime::parse_from_str(&full, "%Y%m%d%H%M%S").ok()?;
    Some((instant.and_utc(), rest))
}
