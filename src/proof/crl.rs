//! Reading and verifying of a CRL of any CA: once as a whole, then for the serial numbers that matter.
//!
//! Of a CRL of a million entries the reading keeps 8 MB: where which entry stands.

use std::{
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use chrono::{DateTime, Utc};

use super::{
    points::{DistributionPoints, PartitionedBy, issuing_distribution_point},
    signature::is_signed_by,
    time::time,
};
use crate::domain::{
    certificate::{CertificateFacts, SerialNumber, der, extension::Extensions},
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
    partitioned: PartitionedBy,
    /// Hash of the serial number and offset in the list of each entry, sorted. DER lengths as we read them fit 32 bits.
    entries: Vec<(u32, u32)>,
}

impl VerifiedCrl {
    pub fn read(crl: &[u8], issuer: &CertificateFacts) -> Result<Self, &'static str> {
        let Parts { content, algorithm, signature } = Parts::read(crl)?;
        let list = List::read(content.content)?;
        let (scope, partitioned) = scope_of(list.extensions)?;
        Ok(Self {
            this_update: list.this_update,
            next_update: list.next_update,
            signature_valid: list.algorithm == algorithm.encoded
                && is_signed_by(&issuer.public_key.spki_der, content.encoded, algorithm.encoded, signature.encoded),
            issuer_matches: list.issuer == issuer.subject_der,
            scope,
            partitioned,
            entries: index(list.entries)?,
        })
    }

    /// Whether relying parties look for a certificate that names these points here.
    pub fn covers(&self, certificate: &DistributionPoints) -> bool {
        self.partitioned.covers(certificate)
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
const ENUMERATED: u8 = 0x0a;

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

fn scope_of(extensions: &[u8]) -> Result<(CrlScope, PartitionedBy), &'static str> {
    let mut scope = CrlScope::Complete;
    let mut partitioned = PartitionedBy::default();
    for extension in Extensions(extensions) {
        let extension = extension?;
        let found = match extension.id {
            // deltaCRLIndicator
            [0x55, 0x1d, 0x1b] => CrlScope::Delta,
            // issuingDistributionPoint
            [0x55, 0x1d, 0x1c] => {
                let (scope, names) = issuing_distribution_point(extension.value).ok_or("issuingDistributionPoint")?;
                partitioned = names;
                scope
            }
            // issuerAltName, cRLNumber, authorityKeyIdentifier, freshestCRL
            [0x55, 0x1d, 0x12 | 0x14 | 0x23 | 0x2e] => CrlScope::Complete,
            _ if extension.critical => CrlScope::UnknownCriticalExtension,
            _ => CrlScope::Complete,
        };
        if scope == CrlScope::Complete {
            scope = found;
        }
    }
    Ok((scope, partitioned))
}
