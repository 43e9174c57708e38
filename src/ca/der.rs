//! Writing of DER: just what certificates, CRLs, OCSP answers and CMP messages need.

use chrono::{DateTime, Datelike, Utc};

pub use crate::domain::certificate::der::{element, header};

pub const BOOLEAN_TRUE: [u8; 3] = [0x01, 0x01, 0xff];

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// A positive INTEGER.
pub fn integer(value: u64) -> Vec<u8> {
    let octets = value.to_be_bytes();
    let skip = octets.iter().take_while(|octet| **octet == 0).count().min(7);
    let sign: &[u8] = if octets[skip] & 0x80 == 0 { &[] } else { &[0] };
    element(0x02, &[sign, &octets[skip..]])
}

pub fn bit_string(octets: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], octets])
}

pub fn octet_string(octets: &[u8]) -> Vec<u8> {
    element(0x04, &[octets])
}

/// An OBJECT IDENTIFIER from its arcs.
pub fn oid(arcs: &[u32]) -> Vec<u8> {
    let (first, rest) = match arcs {
        [first, second, rest @ ..] => (first * 40 + second, rest),
        _ => (0, arcs),
    };
    let mut content = base128(first);
    content.extend(rest.iter().flat_map(|arc| base128(*arc)));
    element(0x06, &[&content])
}

fn base128(arc: u32) -> Vec<u8> {
    let groups: Vec<u8> = (0..5).rev().map(|group| ((arc >> (7 * group)) & 0x7f) as u8).collect();
    let skip = groups.iter().take_while(|group| **group == 0).count().min(4);
    let last = groups.len() - 1;
    groups
        .iter()
        .enumerate()
        .skip(skip)
        .map(|(index, group)| if index == last { *group } else { group | 0x80 })
        .collect()
}

/// UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5).
pub fn time(instant: DateTime<Utc>) -> Vec<u8> {
    if instant.year() < 2050 {
        element(0x17, &[instant.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        generalized_time(instant)
    }
}

pub fn generalized_time(instant: DateTime<Utc>) -> Vec<u8> {
    element(0x18, &[instant.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
}
