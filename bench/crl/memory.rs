//! What it costs without a database: the floor, a CRL streamed by hand, and rcgen.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    time::Instant,
};

use p256::ecdsa::{DerSignature, SigningKey, signature::hazmat::PrehashSigner};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber,
};
use ring::digest::{Context, SHA256, digest};
use time::OffsetDateTime;

use super::{ENTRY, Serials, entry, report};

/// Entries written at a time.
const CHUNK: usize = 1_024;

/// Hash and signature of as many octets, already in memory.
pub fn floor(entries: usize) {
    let octets = vec![0x5a; entries * ENTRY];
    let start = Instant::now();
    let signature = sign(digest(&SHA256, &octets).as_ref());
    report(start, entries, octets.len() + signature.len());
}

/// Entries made, hashed and written in one go, nothing kept, nothing synchronised to the disk. Only head and tail of a
/// CRL are missing.
pub fn stream(file: &Path, entries: usize) {
    let start = Instant::now();
    let mut serials = Serials::new();
    let mut file = BufWriter::with_capacity(1 << 18, File::create(file).unwrap());
    let mut digest = Context::new(&SHA256);
    let mut left = entries;
    let mut buffer = Vec::with_capacity(CHUNK * ENTRY);
    while left > 0 {
        let now = left.min(CHUNK);
        left -= now;
        buffer.clear();
        for _ in 0..now {
            buffer.extend_from_slice(&entry(&serials.next()));
        }
        digest.update(&buffer);
        file.write_all(&buffer).unwrap();
    }
    let signature = sign(digest.finish().as_ref());
    file.write_all(&signature).unwrap();
    file.flush().unwrap();
    report(start, entries, entries * ENTRY + signature.len());
}

pub fn rcgen(file: &Path, entries: usize) {
    let start = Instant::now();
    let mut serials = Serials::new();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = Issuer::new(parameters, KeyPair::generate().unwrap());
    let at = OffsetDateTime::from_unix_timestamp(1_763_600_523).unwrap();
    let revoked = |serial: [u8; 16]| RevokedCertParams {
        serial_number: SerialNumber::from_slice(&serial),
        revocation_time: at,
        reason_code: Some(RevocationReason::Superseded),
        invalidity_date: None,
    };
    let parameters = CertificateRevocationListParams {
        this_update: at,
        next_update: at + time::Duration::days(7),
        crl_number: SerialNumber::from(4_097_u64),
        issuing_distribution_point: None,
        revoked_certs: (0..entries).map(|_| revoked(serials.next())).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let crl = parameters.signed_by(&issuer).unwrap();
    fs::write(file, crl.der()).unwrap();
    report(start, entries, crl.der().len());
}

fn sign(digest: &[u8]) -> Vec<u8> {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let signature: DerSignature = key.sign_prehash(digest).unwrap();
    signature.as_bytes().to_vec()
}
