//! What an X.509 certificate says: identity, OV/EV by policy OID, subject, SAN, validity, key.
//!
//! Takes PEM or DER of any CA. Must not judge whether the certificate may be reissued (`application`), must not trust
//! anything it did not read from the certificate, and never panics on what people upload.

pub mod cert_id;
pub mod der;
pub mod extension;
mod file;
mod fingerprint;
mod key;
mod name;
pub mod pem;
mod policy;
mod serial;

use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
    time::ASN1Time,
};

pub use file::CertificateFile;
pub use fingerprint::Fingerprint;
pub use key::{KeyAlgorithm, PublicKeyFacts};
pub use name::SubjectFacts;
pub use policy::ValidationType;
pub use serial::SerialNumber;

use super::problem::Problem;

/// Which certificate is meant. All three must agree before anything is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificateIdentity {
    /// The issuer's name as `CertificateFacts::issuer` gives it.
    pub issuer: String,
    pub serial: SerialNumber,
    pub fingerprint: Fingerprint,
}

/// All that the desk reads from a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    pub der: Vec<u8>,
    pub fingerprint: Fingerprint,
    /// The issuer's name in the way of RFC 4514.
    pub issuer: String,
    pub issuer_der: Vec<u8>,
    pub serial: SerialNumber,
    pub subject: SubjectFacts,
    pub subject_der: Vec<u8>,
    /// SAN dNSName values as encoded: wildcards with `*.`, IDN as A-labels.
    pub dns_names: Vec<String>,
    /// Other SAN values, as `IP:192.0.2.1`, `email:…`, `URI:…`.
    pub other_names: Vec<String>,
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    pub validation: ValidationType,
    pub policy_oids: Vec<String>,
    pub public_key: PublicKeyFacts,
    pub authority_key_id: Option<Vec<u8>>,
    pub subject_key_id: Option<Vec<u8>>,
}

impl CertificateFacts {
    pub fn identity(&self) -> CertificateIdentity {
        CertificateIdentity {
            issuer: self.issuer.clone(),
            serial: self.serial.clone(),
            fingerprint: self.fingerprint.clone(),
        }
    }

    /// How people call it: the common name, or the first DNS name where there is none.
    pub fn primary_name(&self) -> &str {
        let first_name = self.dns_names.first().or(self.other_names.first());
        self.subject.common_name.as_ref().or(first_name).map_or("", String::as_str)
    }

    /// How the CA signed it, as `SHA-256 with RSA`; the OID where we have no name. Read when it is asked for: few do.
    pub fn signature_algorithm(&self) -> String {
        X509Certificate::from_der(&self.der)
            .map(|(_, certificate)| signature_name(&certificate.signature_algorithm.algorithm.to_id_string()))
            .unwrap_or_default()
    }
}

/// Reads one certificate from PEM (with text around it, or CRLF) or DER.
pub fn parse(input: &[u8]) -> Result<CertificateFacts, Problem> {
    if input.len() > pem::MAX_INPUT {
        return Err(problem("certificate_too_large").with("limit", pem::MAX_INPUT));
    }
    if pem::holds_private_key(input) {
        return Err(problem("certificate_private_key"));
    }
    let der = pem::only_der(input, &LABELS).map_err(|unreadable| match unreadable {
        pem::Unreadable::Malformed => problem("certificate_malformed"),
        pem::Unreadable::Several(count) => problem("certificate_several").with("count", count),
        pem::Unreadable::Other(label) if label.ends_with("CERTIFICATE REQUEST") => problem("certificate_is_csr"),
        pem::Unreadable::Other(_) => problem("certificate_wrong_label"),
    })?;
    parse_der(&der)
}

/// The certificates of a bundle, each with the line it begins on.
pub fn parse_bundle(text: &str) -> Vec<(usize, Result<CertificateFacts, Problem>)> {
    pem::blocks(text)
        .into_iter()
        .map(|block| {
            let facts = match block.der {
                _ if block.label.contains("PRIVATE KEY") => Err(problem("certificate_private_key")),
                _ if block.label.ends_with("CERTIFICATE REQUEST") => Err(problem("certificate_is_csr")),
                _ if !LABELS.contains(&block.label.as_str()) => Err(problem("certificate_wrong_label")),
                Some(der) if der.len() <= pem::MAX_INPUT => parse_der(&der),
                Some(_) => Err(problem("certificate_too_large").with("limit", pem::MAX_INPUT)),
                None => Err(problem("certificate_malformed")),
            };
            (block.line, facts)
        })
        .collect()
}

/// Reads one certificate from DER.
pub fn parse_der(der: &[u8]) -> Result<CertificateFacts, Problem> {
    let malformed = || problem("certificate_malformed");
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| malformed())?;
    if !rest.is_empty() {
        return Err(problem("certificate_trailing_data").with("octets", rest.len()));
    }
    let tbs = &certificate.tbs_certificate;
    let extensions = Extensions::read(&certificate)?;
    Ok(CertificateFacts {
        fingerprint: Fingerprint::of(der),
        issuer: name::text(&tbs.issuer).map_err(unreadable)?,
        issuer_der: tbs.issuer.as_raw().to_vec(),
        serial: SerialNumber::from_octets(tbs.raw_serial()).map_err(|_| problem("certificate_serial_length"))?,
        subject: SubjectFacts::read(&tbs.subject).map_err(unreadable)?,
        subject_der: tbs.subject.as_raw().to_vec(),
        dns_names: extensions.dns_names,
        other_names: extensions.other_names,
        not_before: instant(tbs.validity.not_before).ok_or_else(malformed)?,
        not_after: instant(tbs.validity.not_after).ok_or_else(malformed)?,
        validation: ValidationType::from_policy_oids(&extensions.policy_oids),
        policy_oids: extensions.policy_oids,
        public_key: PublicKeyFacts::read(&tbs.subject_pki),
        authority_key_id: extensions.authority_key_id,
        subject_key_id: extensions.subject_key_id,
        der: der.to_vec(),
    })
}

const FIELD: &str = "pem";
const LABELS: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];

/// subjectAltName, certificatePolicies, authorityKeyIdentifier, subjectKeyIdentifier.
const READ_EXTENSIONS: [&str; 4] = ["2.5.29.17", "2.5.29.32", "2.5.29.35", "2.5.29.14"];

fn problem(code: &'static str) -> Problem {
    Problem::on(FIELD, code)
}

fn unreadable(_: name::Unreadable) -> Problem {
    problem("certificate_name_unreadable")
}

/// RFC 3279, 4055, 5758 and 8410.
fn signature_name(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.5" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.10045.4.3.2" => "SHA-256 with ECDSA",
        "1.2.840.10045.4.3.3" => "SHA-384 with ECDSA",
        "1.2.840.10045.4.3.4" => "SHA-512 with ECDSA",
        "1.3.101.112" => "Ed25519",
        other => other,
    };
    name.to_owned()
}

fn instant(time: ASN1Time) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.timestamp(), 0)
}

#[derive(Default)]
struct Extensions {
    dns_names: Vec<String>,
    other_names: Vec<String>,
    policy_oids: Vec<String>,
    authority_key_id: Option<Vec<u8>>,
    subject_key_id: Option<Vec<u8>>,
}

impl Extensions {
    fn read(certificate: &X509Certificate<'_>) -> Result<Self, Problem> {
        // One extension twice would let two readers see two different certificates.
        certificate.extensions_map().map_err(|_| problem("certificate_malformed"))?;
        let mut read = Self::default();
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    for general_name in &names.general_names {
                        read.add_name(general_name)?;
                    }
                }
                ParsedExtension::CertificatePolicies(policies) => {
                    read.policy_oids = policies.iter().map(|policy| policy.policy_id.to_id_string()).collect();
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    read.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                ParsedExtension::SubjectKeyIdentifier(id) => read.subject_key_id = Some(id.0.to_vec()),
                // What we do not read may be malformed: it is the CA's affair.
                _ if READ_EXTENSIONS.contains(&extension.oid.to_id_string().as_str()) => {
                    return Err(problem("certificate_malformed"));
                }
                _ => {}
            }
        }
        Ok(read)
    }

    fn add_name(&mut self, name: &GeneralName<'_>) -> Result<(), Problem> {
        let other = match name {
            GeneralName::DNSName(name) => {
                self.dns_names.push(printable(name)?);
                return Ok(());
            }
            GeneralName::IPAddress(octets) => format!("IP:{}", address(octets)),
            GeneralName::RFC822Name(mailbox) => format!("email:{}", printable(mailbox)?),
            GeneralName::URI(uri) => format!("URI:{}", printable(uri)?),
            GeneralName::DirectoryName(name) => {
                format!("DirName:{}", name::text(name).map_err(unreadable)?)
            }
            GeneralName::RegisteredID(oid) => format!("RID:{}", oid.to_id_string()),
            GeneralName::OtherName(oid, _) => format!("othername:{}", oid.to_id_string()),
            GeneralName::X400Address(any) | GeneralName::EDIPartyName(any) => format!("#{}", hex::encode(any.data)),
            GeneralName::Invalid(..) => return Err(problem("certificate_malformed")),
        };
        self.other_names.push(other);
        Ok(())
    }
}

/// Some CAs put UTF-8 where only ASCII may stand; it is kept as long as it can be shown.
fn printable(name: &str) -> Result<String, Problem> {
    let shown = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || name::is_unshowable(c));
    if shown { Ok(name.to_owned()) } else { Err(problem("certificate_name_unreadable")) }
}

fn address(octets: &[u8]) -> String {
    match (<[u8; 4]>::try_from(octets), <[u8; 16]>::try_from(octets)) {
        (Ok(v4), _) => Ipv4Addr::from(v4).to_string(),
        (_, Ok(v6)) => Ipv6Addr::from(v6).to_string(),
        (Err(_), Err(_)) => hex::encode(octets),
    }
}
