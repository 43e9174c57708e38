//! Checks of a certificate signing request: only its public key is used (`domain.md` 3.8).
//!
//! Every refusal has its own code. A pasted private key is found before anything else is looked at, and no problem ever
//! carries any of the input.

use x509_parser::{
    certification_request::X509CertificationRequest,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
    x509::AlgorithmIdentifier,
};

use super::{
    application::{CrlReason, ReissueReason},
    certificate::{CertificateFacts, Fingerprint, KeyAlgorithm, PublicKeyFacts, SubjectFacts, der, pem},
    problem::Problem,
};

/// A request that passed every check that needs nothing but itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsrFacts {
    pub der: Vec<u8>,
    pub public_key: PublicKeyFacts,
    /// Readable, as `SHA-256 with RSA`.
    pub signature_algorithm: &'static str,
    pub subject: SubjectFacts,
    /// dNSName values of the requested SAN, as encoded.
    pub dns_names: Vec<String>,
}

impl CsrFacts {
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE REQUEST", &self.der)
    }
}

/// Whether a text holds a private key, and must neither be stored nor logged nor shown again.
pub fn holds_private_key(input: &[u8]) -> bool {
    pem::holds_private_key(input)
}

/// Reads and checks one request, PEM (with text around it, or CRLF) or DER.
pub fn parse(input: &[u8]) -> Result<CsrFacts, Problem> {
    if pem::holds_private_key(input) {
        return Err(problem("csr_private_key"));
    }
    if input.len() > pem::MAX_INPUT {
        return Err(problem("csr_too_large").with("limit", pem::MAX_INPUT));
    }
    if input.trim_ascii().is_empty() {
        return Err(problem("csr_missing"));
    }
    let der = pem::only_der(input, &LABELS).map_err(|unreadable| match unreadable {
        pem::Unreadable::Several(count) => problem("csr_several").with("count", count),
        pem::Unreadable::Other(label) if label.ends_with("CERTIFICATE") => problem("csr_is_certificate"),
        pem::Unreadable::Other(_) | pem::Unreadable::Malformed => problem("csr_malformed"),
    })?;
    parse_der(&der)
}

/// Reads and checks one request from DER.
pub fn parse_der(der: &[u8]) -> Result<CsrFacts, Problem> {
    let (rest, request) = X509CertificationRequest::from_der(der).map_err(|_| problem("csr_malformed"))?;
    if !rest.is_empty() {
        return Err(problem("csr_trailing_data").with("octets", rest.len()));
    }
    let info = &request.certification_request_info;
    let public_key = PublicKeyFacts::read(&info.subject_pki);
    check_key_strength(&public_key)?;
    let signature_algorithm = check_signature_algorithm(&request.signature_algorithm)?;
    request.verify_signature().map_err(|_| problem("csr_signature_wrong"))?;
    Ok(CsrFacts {
        der: der.to_vec(),
        public_key,
        signature_algorithm,
        subject: SubjectFacts::read(&info.subject).map_err(|_| problem("csr_name_unreadable"))?,
        dns_names: requested_dns_names(&request),
    })
}

/// Whether this key may be used again. `blocked`: the key is on the list of keys revoked for compromise.
pub fn check_key(
    csr: &CsrFacts,
    source_key: &Fingerprint,
    reason: ReissueReason,
    crl_reason: CrlReason,
    blocked: bool,
) -> Result<(), Problem> {
    if blocked {
        return Err(problem("csr_key_blocked"));
    }
    let lost = match reason {
        ReissueReason::KeyLostOrDamaged | ReissueReason::KeyCompromise => true,
        ReissueReason::ServerReplacement | ReissueReason::Other => crl_reason == CrlReason::KeyCompromise,
    };
    if lost && csr.public_key.spki_sha256 == *source_key {
        return Err(problem("csr_key_reused"));
    }
    Ok(())
}

/// Something the request asks for and the replacement will not have, because it comes from the source certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: DifferingField,
    pub requested: String,
    pub source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferingField {
    CommonName,
    Organization,
    OrganizationalUnit,
    DnsNames,
}

/// Where the request and the source disagree; a field that the request leaves out is no difference.
pub fn differences(csr: &CsrFacts, source: &CertificateFacts) -> Vec<Difference> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let names = |names: &[String]| {
        let mut names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        names.join(", ")
    };
    let (asked, given) = (&csr.subject, &source.subject);
    [
        (DifferingField::CommonName, text(&asked.common_name), text(&given.common_name)),
        (DifferingField::Organization, text(&asked.organization), text(&given.organization)),
        // The replacement has no OU at all (BR 7.1.2.7.4).
        (DifferingField::OrganizationalUnit, asked.organizational_units.join(", "), String::new()),
        (DifferingField::DnsNames, names(&csr.dns_names), names(&source.dns_names)),
    ]
    .into_iter()
    .filter(|(_, requested, source)| !requested.is_empty() && requested != source)
    .map(|(field, requested, source)| Difference { field, requested, source })
    .collect()
}

const FIELD: &str = "csr";
const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// BR 6.1.5: at least 2048. More than 4096 costs every visitor of the site and is refused by many servers.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// BR 6.1.6: odd, and should be above 2^16. Past 2^33 common libraries cannot verify.
const RSA_EXPONENTS: std::ops::Range<u64> = 65_537..(1 << 33);

fn problem(code: &'static str) -> Problem {
    Problem::on(FIELD, code)
}

fn check_key_strength(key: &PublicKeyFacts) -> Result<(), Problem> {
    let canonical = match &key.algorithm {
        KeyAlgorithm::Rsa { bits, .. } if bits < RSA_BITS.start() => {
            return Err(problem("csr_key_too_short").with("bits", bits));
        }
        KeyAlgorithm::Rsa { bits, .. } if bits > RSA_BITS.end() => {
            return Err(problem("csr_key_too_long").with("bits", bits));
        }
        KeyAlgorithm::Rsa { exponent, .. } => {
            if !exponent.is_some_and(|exponent| RSA_EXPONENTS.contains(&exponent) && exponent % 2 == 1) {
                return Err(problem("csr_rsa_exponent"));
            }
            is_plain_rsa(&key.spki_der)
        }
        KeyAlgorithm::EcP256 => is_uncompressed_point(&key.spki_der, 32),
        KeyAlgorithm::EcP384 => is_uncompressed_point(&key.spki_der, 48),
        other @ (KeyAlgorithm::EcP521 | KeyAlgorithm::Ed25519 | KeyAlgorithm::Other(_)) => {
            return Err(problem("csr_key_unsupported").with("algorithm", other));
        }
    };
    // One key must have one encoding: its SHA-256 is how re-use and block lists recognise it.
    canonical.then_some(()).ok_or_else(|| problem("csr_malformed"))
}

/// `rsaEncryption` with NULL, and two INTEGERs without needless octets.
fn is_plain_rsa(spki: &[u8]) -> bool {
    const ALGORITHM: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let read = || {
        let (algorithm, bits) = algorithm_and_bits(spki)?;
        let (key, after) = der::expect(bits, der::SEQUENCE)?;
        let (modulus, rest) = der::expect(key.content, der::INTEGER)?;
        let (exponent, rest) = der::expect(rest, der::INTEGER)?;
        let minimal = |octets: &[u8]| !matches!(octets, [0, next, ..] if *next < 0x80);
        let whole = after.is_empty() && rest.is_empty();
        Some(algorithm == ALGORITHM && whole && minimal(modulus.content) && minimal(exponent.content))
    };
    read().unwrap_or(false)
}

fn is_uncompressed_point(spki: &[u8], coordinate: usize) -> bool {
    algorithm_and_bits(spki).is_some_and(|(_, bits)| bits.first() == Some(&4) && bits.len() == 1 + 2 * coordinate)
}

fn algorithm_and_bits(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let (outer, after) = der::expect(spki, der::SEQUENCE)?;
    let (algorithm, rest) = der::expect(outer.content, der::SEQUENCE)?;
    let (bits, rest) = der::expect(rest, der::BIT_STRING)?;
    let (unused, bits) = bits.content.split_first()?;
    (after.is_empty() && rest.is_empty() && *unused == 0).then_some((algorithm.encoded, bits))
}

fn check_signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> Result<&'static str, Problem> {
    let weak = |name: &'static str| Err(problem("csr_signature_weak").with("algorithm", name));
    match algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.11" => Ok("SHA-256 with RSA"),
        "1.2.840.113549.1.1.12" => Ok("SHA-384 with RSA"),
        "1.2.840.113549.1.1.13" => Ok("SHA-512 with RSA"),
        // The verifier takes SHA-256, -384 and -512 inside PSS and refuses SHA-1.
        "1.2.840.113549.1.1.10" => Ok("RSA-PSS"),
        "1.2.840.10045.4.3.2" => Ok("SHA-256 with ECDSA"),
        "1.2.840.10045.4.3.3" => Ok("SHA-384 with ECDSA"),
        "1.2.840.113549.1.1.2" | "1.2.840.113549.1.1.3" => weak("MD2, MD4"),
        "1.2.840.113549.1.1.4" => weak("MD5"),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" | "1.2.840.10045.4.1" => weak("SHA-1"),
        _ => Err(problem("csr_signature_unsupported")),
    }
}

fn requested_dns_names(request: &X509CertificationRequest<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for extension in request.requested_extensions().into_iter().flatten() {
        if let ParsedExtension::SubjectAlternativeName(san) = extension {
            for name in &san.general_names {
                if let GeneralName::DNSName(name) = name {
                    names.push(name.chars().filter(char::is_ascii_graphic).collect());
                }
            }
        }
    }
    names
}
