//! What a replacement takes over from its source certificate: the subject without OU, and the SAN, as encoded; and whether a
//! CSR asks for just that, for CAs that issue by the CSR.

use x509_parser::{certificate::X509Certificate, extensions::ParsedExtension, prelude::FromDer};

use super::{CaError, der as writer};
use crate::domain::certificate::CertificateFacts;
use crate::domain::certificate::der::{self, SEQUENCE};
use crate::domain::csr::{self, CsrFacts};

const SET: u8 = 0x31;
/// organizationalUnitName, encoded.
const OU: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x0b];

/// The Name without any OU: BR 7.1.2.7.4 does not allow it any more. Everything else stays, octet by octet.
pub fn subject_without_ou(name: &[u8]) -> Option<Vec<u8>> {
    let (name, _) = der::expect(name, SEQUENCE)?;
    let mut rdns = Vec::new();
    let mut rest = name.content;
    while !rest.is_empty() {
        let (rdn, after) = der::expect(rest, SET)?;
        rest = after;
        let attributes = attributes_without_ou(rdn.content)?;
        if !attributes.is_empty() {
            rdns.extend(writer::element(SET, &[&attributes]));
        }
    }
    Some(writer::sequence(&[&rdns]))
}

/// The encoded GeneralNames of the subjectAltName extension.
pub fn general_names(certificate_der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(certificate_der).ok()?;
    certificate
        .extensions()
        .iter()
        .find(|extension| matches!(extension.parsed_extension(), ParsedExtension::SubjectAlternativeName(_)))
        .map(|extension| extension.value.to_vec())
}

/// Refuses a CSR whose names are not those of the source, to the letter: what it asks for would be issued.
pub fn names_are_asked_for(csr: &CsrFacts, source: &CertificateFacts) -> Result<(), CaError> {
    let unsupported = |what: String| Err(CaError::Unsupported(format!("this CA issues by the CSR, {what}")));
    if !source.other_names.is_empty() {
        return unsupported(format!("which cannot carry {}", source.other_names.join(", ")));
    }
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.join(", ")
    };
    let (asked, given) = (sorted(&csr.dns_names), sorted(&source.dns_names));
    if asked != given {
        return unsupported(format!("which asks for \"{asked}\" and not for \"{given}\""));
    }
    match &csr::differences(csr, source)[..] {
        [] => Ok(()),
        [first, ..] => unsupported(format!("which asks for \"{}\" and not for \"{}\"", first.requested, first.source)),
    }
}

fn attributes_without_ou(mut attributes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    while !attributes.is_empty() {
        let (attribute, after) = der::expect(attributes, SEQUENCE)?;
        attributes = after;
        if !attribute.content.starts_with(&OU) {
            kept.extend_from_slice(attribute.encoded);
        }
    }
    Some(kept)
}
