//! SHA-256 of something encoded: the third part of a certificate's identity, and the name of a key.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::domain::problem::Problem;

/// SHA-256 of the DER bytes: 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub fn of(der: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(der)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = Problem;

    /// Also takes the form with colons that browsers and OpenSSL show.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let digits = text.replace(':', "").to_ascii_lowercase();
        let whole = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if whole { Ok(Self(digits)) } else { Err(Problem::on("sha256", "fingerprint_malformed")) }
    }
}
