//! The kinds of certificates that the embedded CA signs: root, issuing CA, subscriber, OCSP responder (BR 7.1.2).

use chrono::{DateTime, Datelike, TimeZone, Utc};

use super::{
    der, extensions,
    signer::{CaKey, Issuer, issuer_id, signature_algorithm},
    store::StoreError,
};
use crate::domain::certificate::{PublicKeyFacts, ValidationType};

/// BR 6.1.7 and root programs: 25 years at most.
const ROOT_YEARS: i32 = 20;
const ISSUING_YEARS: i32 = 10;
/// The demonstration has source certificates that are older than this CA's first start.
const BACKDATED_YEARS: i32 = 3;

/// A self-signed root.
pub fn root(key: &CaKey, serial: &[u8], now: DateTime<Utc>) -> Result<Vec<u8>, StoreError> {
    let name = ca_name("Root", &issuer_id(key));
    Content {
        serial,
        issuer: &name,
        not_before: first_of_year(now.year() - BACKDATED_YEARS),
        not_after: first_of_year(now.year() + ROOT_YEARS),
        subject: &name,
        spki: &key.spki(),
        extensions: &[
            extensions::authority_key_identifier(&key.key_id()),
            extensions::basic_constraints_ca(None),
            extensions::key_usage(extensions::KEY_USAGE_CA),
            extensions::subject_key_identifier(&key.key_id()),
        ],
    }
    .signed_by(key)
}

/// The CA that signs subscribers' certificates.
pub fn issuing(
    key: &CaKey,
    root: &Issuer,
    public_url: &str,
    serial: &[u8],
    now: DateTime<Utc>,
) -> Result<Vec<u8>, StoreError> {
    const ANY_POLICY: [u32; 5] = [2, 5, 29, 32, 0];
    let [issuer_key, crl, certificate] = from_issuer(root, public_url);
    Content {
        serial,
        issuer: &root.certificate.subject_der,
        not_before: first_of_year(now.year() - BACKDATED_YEARS),
        not_after: first_of_year(now.year() + ISSUING_YEARS),
        subject: &ca_name("Issuing", &issuer_id(key)),
        spki: &key.spki(),
        extensions: &[
            issuer_key,
            extensions::subject_key_identifier(&key.key_id()),
            extensions::basic_constraints_ca(Some(0)),
            extensions::key_usage(extensions::KEY_USAGE_CA),
            extensions::extended_key_usage(&extensions::SERVER_AUTH),
            extensions::certificate_policies(&ANY_POLICY),
            crl,
            certificate,
        ],
    }
    .signed_by(&root.key)
}

/// What a subscriber's certificate says.
pub struct Subscriber<'a> {
    pub serial: &'a [u8],
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
    /// Encoded Name.
    pub subject: &'a [u8],
    /// Encoded GeneralNames.
    pub general_names: &'a [u8],
    pub validation: ValidationType,
    pub key: &'a PublicKeyFacts,
}

/// `None` when the certificate is neither OV nor EV.
pub fn subscriber(content: &Subscriber<'_>, issuer: &Issuer, public_url: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let policy: &[u32] = match content.validation {
        ValidationType::Ev => &[2, 23, 140, 1, 1],
        ValidationType::Ov => &[2, 23, 140, 1, 2, 2],
        ValidationType::Iv | ValidationType::Dv | ValidationType::Unknown => return Ok(None),
    };
    let [issuer_key, crl, certificate] = from_issuer(issuer, public_url);
    let signed = Content {
        serial: content.serial,
        issuer: &issuer.certificate.subject_der,
        not_before: content.not_before,
        not_after: content.not_after,
        subject: content.subject,
        spki: &content.key.spki_der,
        // No subject key identifier: BR 7.1.2.7.6 does not recommend it here.
        extensions: &[
            issuer_key,
            certificate,
            extensions::certificate_policies(policy),
            extensions::extended_key_usage(&extensions::SERVER_AUTH),
            extensions::subject_alternative_name(content.general_names),
            extensions::key_usage(extensions::KEY_USAGE_DIGITAL_SIGNATURE),
            crl,
        ],
    }
    .signed_by(&issuer.key);
    signed.map(Some)
}

/// A key that signs OCSP answers for `issuer` (BR 7.1.2.8).
pub fn ocsp_responder(
    key: &CaKey,
    issuer: &Issuer,
    serial: &[u8],
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
) -> Result<Vec<u8>, StoreError> {
    Content {
        serial,
        issuer: &issuer.certificate.subject_der,
        not_before,
        not_after,
        subject: &ca_name("OCSP responder of", &issuer.id),
        spki: &key.spki(),
        extensions: &[
            extensions::authority_key_identifier(&issuer.key.key_id()),
            extensions::subject_key_identifier(&key.key_id()),
            extensions::key_usage(extensions::KEY_USAGE_DIGITAL_SIGNATURE),
            extensions::extended_key_usage(&extensions::OCSP_SIGNING),
            extensions::ocsp_no_check(),
        ],
    }
    .signed_by(&issuer.key)
}

/// Where relying parties find the CRL of an issuer.
pub fn crl_uri(public_url: &str, issuer_id: &str) -> String {
    format!("{public_url}/crl/{issuer_id}.crl")
}

/// Where relying parties ask about certificates of an issuer.
pub fn ocsp_uri(public_url: &str, issuer_id: &str) -> String {
    format!("{public_url}/ocsp/{issuer_id}")
}

fn from_issuer(issuer: &Issuer, public_url: &str) -> [Vec<u8>; 3] {
    [
        extensions::authority_key_identifier(&issuer.key.key_id()),
        extensions::crl_distribution_point(&crl_uri(public_url, &issuer.id)),
        extensions::authority_information_access(
            &ocsp_uri(public_url, &issuer.id),
            &format!("{public_url}/crl/{}.crt", issuer.id),
        ),
    ]
}

/// TBSCertificate.
struct Content<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    subject: &'a [u8],
    spki: &'a [u8],
    extensions: &'a [Vec<u8>],
}

impl Content<'_> {
    fn signed_by(&self, key: &CaKey) -> Result<Vec<u8>, StoreError> {
        let extensions: Vec<&[u8]> = self.extensions.iter().map(Vec::as_slice).collect();
        key.signed(&der::sequence(&[
            &der::element(0xa0, &[&der::integer(2)]),
            &der::element(0x02, &[self.serial]),
            &signature_algorithm(),
            self.issuer,
            &der::sequence(&[&der::time(self.not_before), &der::time(self.not_after)]),
            self.subject,
            self.spki,
            &der::element(0xa3, &[&der::sequence(&extensions)]),
        ]))
    }
}

/// Each CA key has a name of its own: issuer name and serial number identify a certificate.
fn ca_name(role: &str, issuer_id: &str) -> Vec<u8> {
    let common_name = format!("Revocation Desk {role} CA {}", &issuer_id[..8]);
    der::sequence(&[
        &rdn(&[2, 5, 4, 6], PRINTABLE_STRING, "JP"),
        &rdn(&[2, 5, 4, 10], UTF8_STRING, "Revocation Desk embedded CA"),
        &rdn(&[2, 5, 4, 3], UTF8_STRING, &common_name),
    ])
}

pub const PRINTABLE_STRING: u8 = 0x13;
pub const UTF8_STRING: u8 = 0x0c;

/// A RelativeDistinguishedName of one attribute.
pub fn rdn(attribute: &[u32], string: u8, value: &str) -> Vec<u8> {
    let attribute = der::sequence(&[&der::oid(attribute), &der::element(string, &[value.as_bytes()])]);
    der::element(0x31, &[&attribute])
}

fn first_of_year(year: i32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().unwrap_or_default()
}
