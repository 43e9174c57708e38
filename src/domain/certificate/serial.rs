//! The serial number of a certificate, exactly as its CA encoded it.
//!
//! Owns the one-to-one mapping between the octets of the encoded INTEGER and the hex text that people, pages and
//! the database use. Must not repair what a CA encoded: two encodings that differ are two serial numbers.

use std::{fmt, str::FromStr};

use crate::domain::problem::Problem;

/// The content octets of the INTEGER (RFC 5280 4.1.2.2), kept as encoded.
///
/// Text: lower-case hex. One leading `00` that only carries the sign is dropped; a negative number is `-` and its
/// magnitude, as OpenSSL prints it. An encoding that is longer than DER allows keeps its extra octets, so that no two
/// encodings share a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber {
    octets: Vec<u8>,
    text: String,
}

impl SerialNumber {
    /// RFC 5280 allows 20 octets. CAs have issued longer ones; past this it is not a certificate of anybody's.
    pub const MAX_OCTETS: usize = 64;

    /// From the content octets of the INTEGER.
    pub fn from_octets(octets: &[u8]) -> Result<Self, Problem> {
        if octets.is_empty() || octets.len() > Self::MAX_OCTETS {
            return Err(Problem::on("serial_number", "serial_number_length").with("octets", octets.len()));
        }
        let (sign, magnitude) = sign_and_magnitude(octets);
        Ok(Self { octets: octets.to_vec(), text: format!("{sign}{}", hex::encode(magnitude)) })
    }

    /// The content octets of the INTEGER, as a CRL or an OCSP request carries them.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last four hex digits, which an agent types to show that it is the right certificate.
    pub fn suffix(&self) -> &str {
        let digits = self.text.trim_start_matches('-');
        &digits[digits.len().saturating_sub(4)..]
    }

    /// `4a:91:…:7c:3a`, as mails and pages show it.
    pub fn colon_separated(&self) -> String {
        let (sign, magnitude) = sign_and_magnitude(&self.octets);
        let octets: Vec<String> = magnitude.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("{sign}{}", octets.join(":"))
    }

    /// As some CAs want it: `1721…`.
    pub fn decimal(&self) -> String {
        let (sign, magnitude) = sign_and_magnitude(&self.octets);
        // Least significant digit first.
        let mut digits = vec![0_u8];
        for octet in magnitude {
            let mut carry = u32::from(octet);
            for digit in &mut digits {
                let value = u32::from(*digit) * 256 + carry;
                *digit = (value % 10) as u8;
                carry = value / 10;
            }
            while carry > 0 {
                digits.push((carry % 10) as u8);
                carry /= 10;
            }
        }
        let digits: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        format!("{sign}{digits}")
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for SerialNumber {
    type Err = Problem;

    /// Also takes what people paste: capitals, and colons or spaces between the octets.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::on("serial_number", "serial_number_malformed");
        let digits: String = text.chars().filter(|c| *c != ':' && !c.is_ascii_whitespace()).collect();
        let (negative, digits) = digits.strip_prefix('-').map_or((false, digits.as_str()), |rest| (true, rest));
        let magnitude = hex::decode(digits).map_err(|_| malformed())?;
        if magnitude.is_empty() {
            return Err(malformed());
        }
        if !negative {
            let sign = if has_high_bit(magnitude.first()) { vec![0] } else { Vec::new() };
            return Self::from_octets(&[sign, magnitude].concat());
        }
        if magnitude.iter().all(|octet| *octet == 0) {
            return Err(malformed());
        }
        let octets = negated(&magnitude);
        let fits = has_high_bit(octets.first());
        Self::from_octets(&if fits { octets } else { negated(&[vec![0], magnitude].concat()) })
    }
}

fn sign_and_magnitude(octets: &[u8]) -> (&'static str, Vec<u8>) {
    if has_high_bit(octets.first()) {
        let mut magnitude = negated(octets);
        // `ff 7f` is -129 in as few octets as DER has for it; OpenSSL prints -81.
        let minimal = octets[0] != 0xff || !has_high_bit(octets.get(1));
        if minimal && magnitude.len() > 1 && magnitude[0] == 0 {
            magnitude.remove(0);
        }
        return ("-", magnitude);
    }
    let only_the_sign = octets[0] == 0 && has_high_bit(octets.get(1));
    ("", octets[usize::from(only_the_sign)..].to_vec())
}

fn has_high_bit(octet: Option<&u8>) -> bool {
    octet.is_some_and(|octet| octet & 0x80 != 0)
}

/// Two's complement in the same number of octets.
fn negated(octets: &[u8]) -> Vec<u8> {
    let mut result: Vec<u8> = octets.iter().map(|octet| !octet).collect();
    for octet in result.iter_mut().rev() {
        let (sum, carry) = octet.overflowing_add(1);
        *octet = sum;
        if !carry {
            break;
        }
    }
    result
}
