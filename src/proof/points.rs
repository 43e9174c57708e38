//! Which part of a CA's CRL belongs to which certificate: distribution points (RFC 5280 4.2.1.13, 5.2.5 and 6.3.3).
//!
//! A revocation that is listed in another part than the one that the certificate names is visible to nobody.

use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::domain::{certificate::der, evidence::CrlScope};

/// The names under which a certificate says that its CRL is published, as encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistributionPoints(Vec<Vec<u8>>);

impl DistributionPoints {
    /// Those of a certificate. A point for some reasons only, or of another CRL issuer, says nothing about where the
    /// issuer's own CRL is.
    pub fn of_certificate(certificate_der: &[u8]) -> Self {
        const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
        let Ok((_, certificate)) = X509Certificate::from_der(certificate_der) else { return Self::default() };
        let mut extensions = certificate.extensions().iter();
        let found = extensions.find(|extension| extension.oid.as_bytes() == CRL_DISTRIBUTION_POINTS);
        Self(found.and_then(|extension| points(extension.value)).unwrap_or_default())
    }

    /// Whether one of them is this address.
    pub fn contains(&self, address: &str) -> bool {
        const URI: u8 = 0x86;
        self.0.iter().any(|name| der::expect(name, URI).is_some_and(|(uri, _)| uri.content == address.as_bytes()))
    }
}

/// By what a CRL is limited to some certificates of its issuer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PartitionedBy {
    /// Nothing: it is for all of them.
    #[default]
    Nothing,
    /// It is for those whose certificates name one of these points. Empty: by a name that we do not compare.
    Names(Vec<Vec<u8>>),
}

impl PartitionedBy {
    pub fn covers(&self, certificate: &DistributionPoints) -> bool {
        match self {
            Self::Nothing => true,
            Self::Names(names) => names.iter().any(|name| certificate.0.contains(name)),
        }
    }
}

/// What the extension issuingDistributionPoint limits a CRL to. "Only user certificates" covers every server certificate;
/// a CRL of CA certificates, of some reasons or of other issuers does not.
pub fn issuing_distribution_point(value: &[u8]) -> Option<(CrlScope, PartitionedBy)> {
    const NAME: u8 = 0xa0;
    const ONLY_USER_CERTIFICATES: u8 = 0x81;
    let (point, _) = der::expect(value, der::SEQUENCE)?;
    let (mut scope, mut partitioned) = (CrlScope::Complete, PartitionedBy::Nothing);
    let mut rest = point.content;
    while !rest.is_empty() {
        let (field, after) = der::read(rest)?;
        rest = after;
        match field.tag {
            NAME => partitioned = PartitionedBy::Names(full_name(field.content)?),
            ONLY_USER_CERTIFICATES => {}
            _ => scope = CrlScope::Partial,
        }
    }
    Some((scope, partitioned))
}

fn points(value: &[u8]) -> Option<Vec<Vec<u8>>> {
    const NAME: u8 = 0xa0;
    let (list, _) = der::expect(value, der::SEQUENCE)?;
    let mut names = Vec::new();
    let mut rest = list.content;
    while !rest.is_empty() {
        let (point, after) = der::expect(rest, der::SEQUENCE)?;
        rest = after;
        let Some((name, others)) = der::expect(point.content, NAME) else { continue };
        if others.is_empty() {
            names.extend(full_name(name.content)?);
        }
    }
    Some(names)
}

/// The GeneralNames of a DistributionPointName; none of a name relative to the issuer's.
fn full_name(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    const FULL_NAME: u8 = 0xa0;
    let (choice, _) = der::read(content)?;
    let mut names = Vec::new();
    let mut rest = if choice.tag == FULL_NAME { choice.content } else { &[] };
    while !rest.is_empty() {
        let (name, after) = der::read(rest)?;
        names.push(name.encoded.to_vec());
        rest = after;
    }
    Some(names)
}
