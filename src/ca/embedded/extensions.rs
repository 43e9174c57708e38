//! The X.509 extensions of the embedded CA's certificates (BR 7.1.2).

use super::der;

/// keyCertSign and cRLSign.
pub const KEY_USAGE_CA: u8 = 0b0000_0110;
pub const KEY_USAGE_DIGITAL_SIGNATURE: u8 = 0b1000_0000;

const AUTHORITY_INFO_ACCESS: [u32; 9] = [1, 3, 6, 1, 5, 5, 7, 1, 1];
const OCSP: [u32; 9] = [1, 3, 6, 1, 5, 5, 7, 48, 1];
const CA_ISSUERS: [u32; 9] = [1, 3, 6, 1, 5, 5, 7, 48, 2];
const OCSP_NO_CHECK: [u32; 10] = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5];

/// Extended key usages.
pub const SERVER_AUTH: [u32; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 1];
pub const OCSP_SIGNING: [u32; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 9];

/// Context-specific tag of a URI in a GeneralName.
const URI: u8 = 0x86;

pub fn basic_constraints_ca(path_length: Option<u64>) -> Vec<u8> {
    let limit = path_length.map(der::integer).unwrap_or_default();
    extension(&[2, 5, 29, 19], true, &der::sequence(&[&der::BOOLEAN_TRUE, &limit]))
}

pub fn key_usage(bits: u8) -> Vec<u8> {
    // Each KEY_USAGE is within the first octet; the zero bits at the end are not encoded.
    let unused = u8::try_from(bits.trailing_zeros()).unwrap_or(0);
    extension(&[2, 5, 29, 15], true, &der::element(0x03, &[&[unused, bits]]))
}

pub fn extended_key_usage(purpose: &[u32]) -> Vec<u8> {
    extension(&[2, 5, 29, 37], false, &der::sequence(&[&der::oid(purpose)]))
}

/// NULL: the certificate's own revocation is not to be checked (RFC 6960 4.2.2.2.1).
pub fn ocsp_no_check() -> Vec<u8> {
    extension(&OCSP_NO_CHECK, false, &[0x05, 0x00])
}

pub fn certificate_policies(policy: &[u32]) -> Vec<u8> {
    extension(&[2, 5, 29, 32], false, &der::sequence(&[&der::sequence(&[&der::oid(policy)])]))
}

/// From the encoded GeneralNames.
pub fn subject_alternative_name(general_names: &[u8]) -> Vec<u8> {
    extension(&[2, 5, 29, 17], false, general_names)
}

pub fn dns_general_names(names: &[String]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = names.iter().map(|name| der::element(0x82, &[name.as_bytes()])).collect();
    der::sequence(&names.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub fn authority_key_identifier(key_id: &[u8]) -> Vec<u8> {
    extension(&[2, 5, 29, 35], false, &der::sequence(&[&der::element(0x80, &[key_id])]))
}

pub fn subject_key_identifier(key_id: &[u8]) -> Vec<u8> {
    extension(&[2, 5, 29, 14], false, &der::octet_string(key_id))
}

pub fn crl_distribution_point(uri: &str) -> Vec<u8> {
    let full_name = der::element(0xa0, &[&der::element(URI, &[uri.as_bytes()])]);
    let point = der::sequence(&[&der::element(0xa0, &[&full_name])]);
    extension(&[2, 5, 29, 31], false, &der::sequence(&[&point]))
}

pub fn authority_information_access(ocsp_uri: &str, issuer_certificate_uri: &str) -> Vec<u8> {
    let description =
        |method: &[u32], uri: &str| der::sequence(&[&der::oid(method), &der::element(URI, &[uri.as_bytes()])]);
    let ocsp = description(&OCSP, ocsp_uri);
    let issuer = description(&CA_ISSUERS, issuer_certificate_uri);
    extension(&AUTHORITY_INFO_ACCESS, false, &der::sequence(&[&ocsp, &issuer]))
}

pub fn crl_number(number: u64) -> Vec<u8> {
    extension(&[2, 5, 29, 20], false, &der::integer(number))
}

pub fn reason_code(code: u8) -> Vec<u8> {
    extension(&[2, 5, 29, 21], false, &der::element(0x0a, &[&[code]]))
}

fn extension(id: &[u32], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &der::BOOLEAN_TRUE } else { &[] };
    der::sequence(&[&der::oid(id), critical, &der::octet_string(value)])
}
