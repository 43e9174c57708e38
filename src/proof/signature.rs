//! Whether something that a CA or its responder signed was signed by the key that it should be.

use x509_parser::{
    asn1_rs::BitString,
    prelude::FromDer,
    verify::verify_signature,
    x509::{AlgorithmIdentifier, SubjectPublicKeyInfo},
};

/// SHA-1 and older say nothing about who made a CRL or an OCSP answer.
const TRUSTED_ALGORITHMS: [&str; 7] = [
    "1.2.840.113549.1.1.10",
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.3",
    "1.3.101.112",
];

/// All as encoded: the SubjectPublicKeyInfo, what was signed, the AlgorithmIdentifier and the BIT STRING.
pub fn is_signed_by(spki: &[u8], content: &[u8], algorithm: &[u8], signature: &[u8]) -> bool {
    let verify = || {
        let (_, key) = SubjectPublicKeyInfo::from_der(spki).ok()?;
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
