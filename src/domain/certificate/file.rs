//! The files in which a certificate is handed out: PEM, PEM with its issuers, PKCS#7, DER.
//!
//! Owns their formats and names. The octets of the certificates go in as they are; nothing is encoded anew.

use std::str::FromStr;

use super::{SerialNumber, der, pem};
use crate::domain::problem::Problem;

/// One way to hand a certificate out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateFile {
    /// The certificate alone, for servers that take the issuers from another file.
    Pem,
    /// The certificate and its issuers, nearest first, without the root.
    Chain,
    /// The same certificates in one PKCS#7 structure.
    Pkcs7,
    /// The certificate alone as octets.
    Der,
}

impl CertificateFile {
    pub const ALL: [Self; 4] = [Self::Pem, Self::Chain, Self::Pkcs7, Self::Der];

    /// The last part of its address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "certificate.pem",
            Self::Chain => "chain.pem",
            Self::Pkcs7 => "certificate.p7b",
            Self::Der => "certificate.cer",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pem | Self::Chain => "application/x-pem-file",
            Self::Pkcs7 => "application/x-pkcs7-certificates",
            Self::Der => "application/pkix-cert",
        }
    }

    /// Whether it cannot be made where the issuers are not known.
    pub fn needs_issuers(self) -> bool {
        match self {
            Self::Chain | Self::Pkcs7 => true,
            Self::Pem | Self::Der => false,
        }
    }

    /// `shop.example.jp-b87c3a01.pem`; the end of the serial number keeps old and new apart.
    pub fn file_name(self, common_name: &str, serial: &SerialNumber) -> String {
        let name = match common_name.strip_prefix("*.") {
            Some(domain) => format!("wildcard.{domain}"),
            None => common_name.to_owned(),
        };
        let plain = |character: char| if is_plain(character) { character } else { '_' };
        let name: String = name.chars().map(plain).take(MAX_NAME_CHARS).collect();
        let name = name.trim_start_matches('.');
        let digits = serial.as_str().trim_start_matches('-');
        let tail = &digits[digits.len().saturating_sub(8)..];
        let ending = match self {
            Self::Pem => ".pem",
            Self::Chain => "-chain.pem",
            Self::Pkcs7 => ".p7b",
            Self::Der => ".cer",
        };
        format!("{name}-{tail}{ending}")
    }

    /// The content. `issuers`: nearest first, without the root.
    pub fn content(self, certificate: &[u8], issuers: &[Vec<u8>]) -> Vec<u8> {
        let all = || std::iter::once(certificate).chain(issuers.iter().map(Vec::as_slice));
        match self {
            Self::Pem => pem::encode("CERTIFICATE", certificate).into_bytes(),
            Self::Chain => all().map(|one| pem::encode("CERTIFICATE", one)).collect::<String>().into_bytes(),
            Self::Pkcs7 => pem::encode("PKCS7", &certs_only(&all().collect::<Vec<_>>())).into_bytes(),
            Self::Der => certificate.to_vec(),
        }
    }
}

impl FromStr for CertificateFile {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|file| file.as_str() == text)
            .ok_or_else(|| Problem::on("file", "certificate_file_unknown").with("value", text))
    }
}

/// A DNS label has 63 characters; names of files get hard to handle past this.
const MAX_NAME_CHARS: usize = 100;

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_')
}

/// 1.2.840.113549.1.7.2 and .1 (RFC 2315, sections 9 and 8).
const SIGNED_DATA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const DATA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const VERSION_1: [u8; 3] = [der::INTEGER, 1, 1];
const EMPTY_SET: [u8; 2] = [0x31, 0];
/// [0], constructed: EXPLICIT around the content, IMPLICIT in place of the SET of certificates.
const CONTEXT_0: u8 = 0xa0;

/// A degenerate SignedData that only carries certificates. In the order given: readers that look at the first one
/// find the server's.
fn certs_only(certificates: &[&[u8]]) -> Vec<u8> {
    let content_info = der::element(der::SEQUENCE, &[&DATA]);
    let certificates = der::element(CONTEXT_0, certificates);
    let signed = der::element(der::SEQUENCE, &[&VERSION_1, &EMPTY_SET, &content_info, &certificates, &EMPTY_SET]);
    der::element(der::SEQUENCE, &[&SIGNED_DATA, &der::element(CONTEXT_0, &[&signed])])
}
