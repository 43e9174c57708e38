//! SHA-256 of something encoded: the third part of a certificate's identity, and the name of a key.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::domain::problem::Problem;

/// SHA-256 of the DER bytes; text is 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    pub fn octets(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Fingerprint {
    type Err = Problem;

    /// Also takes the form with colons that browsers and OpenSSL show.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let mut octets = [0; 32];
        hex::decode_to_slice(text.replace(':', ""), &mut octets)
            .map_err(|_| Problem::on("sha256", "fingerprint_malformed"))?;
        Ok(Self(octets))
    }
}
