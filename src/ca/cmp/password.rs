//! Protection by a shared secret: PasswordBasedMac (RFC 4211 4.4, RFC 9481 6.1.1).

use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};
use x509_parser::prelude::FromDer;
use x509_parser::x509::AlgorithmIdentifier;

use super::message::Fields;
use crate::ca::der;
use crate::domain::certificate::der::{INTEGER, OCTET_STRING, SEQUENCE};

const PASSWORD_BASED_MAC: &str = "1.2.840.113533.7.66.13";
const PASSWORD_BASED_MAC_ARCS: [u32; 6] = [1, 2, 840, 113_533, 7, 66];
const SHA256_ARCS: [u32; 9] = [2, 16, 840, 1, 101, 3, 4, 2, 1];
const HMAC_SHA256_ARCS: [u32; 6] = [1, 2, 840, 113_549, 2, 9];

/// Of ours. RFC 4211 4.4 asks for 100 at least; a secret that is typed by hand wants more.
const ITERATIONS: u32 = 10_000;
/// Of theirs: so much work may an answer make before anybody knows whose it is.
const MOST_ITERATIONS: u64 = 200_000;
const SALT: usize = 16;

/// How one message is protected.
pub struct Mac {
    salt: Vec<u8>,
    hash: &'static digest::Algorithm,
    iterations: u32,
    hmac: hmac::Algorithm,
}

impl Mac {
    /// A new one for a message of ours: SHA-256 throughout.
    pub fn new(random: &SystemRandom) -> Option<Self> {
        let mut salt = vec![0; SALT];
        random.fill(&mut salt).ok()?;
        Some(Self { salt, hash: &digest::SHA256, iterations: ITERATIONS, hmac: hmac::HMAC_SHA256 })
    }

    /// AlgorithmIdentifier with PBMParameter; only of those that [`Mac::new`] made.
    pub fn algorithm(&self) -> Vec<u8> {
        let null = [0x05, 0x00];
        let parameters = der::sequence(&[
            &der::octet_string(&self.salt),
            &der::sequence(&[&der::oid(&SHA256_ARCS), &null]),
            &der::integer(u64::from(self.iterations)),
            &der::sequence(&[&der::oid(&HMAC_SHA256_ARCS), &null]),
        ]);
        let oid = der::oid(&[&PASSWORD_BASED_MAC_ARCS[..], &[13]].concat());
        der::sequence(&[&oid, &parameters])
    }

    /// `None` when it is no PasswordBasedMac, or one that we do not compute.
    pub fn read(algorithm: &[u8]) -> Option<Self> {
        let (_, identifier) = AlgorithmIdentifier::from_der(algorithm).ok()?;
        if identifier.algorithm.to_id_string() != PASSWORD_BASED_MAC {
            return None;
        }
        let mut outer = Fields::of_only(algorithm, SEQUENCE)?;
        outer.any()?;
        let parameters = outer.take(SEQUENCE)?;
        outer.end()?;
        let mut fields = Fields(parameters.content);
        let salt = fields.take(OCTET_STRING)?.content.to_vec();
        let hash = hash(&oid_of(fields.take(SEQUENCE)?.encoded)?)?;
        let iterations = number(fields.take(INTEGER)?.content).filter(|count| (1..=MOST_ITERATIONS).contains(count))?;
        let hmac = hmac_algorithm(&oid_of(fields.take(SEQUENCE)?.encoded)?)?;
        fields.end()?;
        Some(Self { salt, hash, iterations: u32::try_from(iterations).ok()?, hmac })
    }

    pub fn sign(&self, secret: &[u8], message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.key(secret), message).as_ref().to_vec()
    }

    pub fn verifies(&self, secret: &[u8], message: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&self.key(secret), message, mac).is_ok()
    }

    /// Secret and salt, hashed over and over.
    fn key(&self, secret: &[u8]) -> hmac::Key {
        let mut basis = digest::digest(self.hash, &[secret, &self.salt].concat());
        for _ in 1..self.iterations {
            basis = digest::digest(self.hash, basis.as_ref());
        }
        hmac::Key::new(self.hmac, basis.as_ref())
    }
}

fn oid_of(algorithm: &[u8]) -> Option<String> {
    let (_, identifier) = AlgorithmIdentifier::from_der(algorithm).ok()?;
    Some(identifier.algorithm.to_id_string())
}

/// Servers choose for themselves, and old ones SHA-1; in an HMAC it still holds (RFC 9481 6.2.1).
fn hash(oid: &str) -> Option<&'static digest::Algorithm> {
    match oid {
        "1.3.14.3.2.26" => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        "2.16.840.1.101.3.4.2.1" => Some(&digest::SHA256),
        "2.16.840.1.101.3.4.2.2" => Some(&digest::SHA384),
        "2.16.840.1.101.3.4.2.3" => Some(&digest::SHA512),
        _ => None,
    }
}

fn hmac_algorithm(oid: &str) -> Option<hmac::Algorithm> {
    match oid {
        "1.3.6.1.5.5.8.1.2" | "1.2.840.113549.2.7" => Some(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "1.2.840.113549.2.9" => Some(hmac::HMAC_SHA256),
        "1.2.840.113549.2.10" => Some(hmac::HMAC_SHA384),
        "1.2.840.113549.2.11" => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

fn number(content: &[u8]) -> Option<u64> {
    let positive = content.first().is_some_and(|first| first & 0x80 == 0) && content.len() <= 8;
    positive.then(|| content.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_algorithm_is_read_as_it_was_made() {
        let mac = Mac::new(&SystemRandom::new()).unwrap();
        let read = Mac::read(&mac.algorithm()).unwrap();
        assert_eq!((&read.salt, read.iterations), (&mac.salt, mac.iterations));
        let made = mac.sign(b"secret", b"message");
        assert!(read.verifies(b"secret", b"message", &made));
        assert!(!read.verifies(b"other", b"message", &made));
        assert!(!read.verifies(b"secret", b"messages", &made));
    }

    #[test]
    fn too_much_work_is_refused_before_it_is_done() {
        let of = |iterations| {
            let mac = Mac { salt: vec![1; 8], hash: &digest::SHA256, iterations, hmac: hmac::HMAC_SHA256 };
            Mac::read(&mac.algorithm()).is_some()
        };
        let most = u32::try_from(MOST_ITERATIONS).unwrap();
        assert_eq!([0, 1, most, most + 1, u32::MAX].map(of), [false, true, true, false, false]);
    }
}
