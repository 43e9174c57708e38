//! Times as CRLs and OCSP answers write them.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::domain::certificate::der;

const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;

/// UTCTime or GeneralizedTime in the one form that RFC 5280 allows, and what follows it.
pub fn time(input: &[u8]) -> Option<(DateTime<Utc>, &[u8])> {
    let (element, rest) = der::read(input)?;
    let text = std::str::from_utf8(element.content).ok()?;
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    let full = match (element.tag, digits.len()) {
        (UTC_TIME, 12) if digits < "5" => format!("20{digits}"),
        (UTC_TIME, 12) => format!("19{digits}"),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let instant = NaiveDateTime::parse_from_str(&full, "%Y%m%d%H%M%S").ok()?;
    Some((instant.and_utc(), rest))
}

/// The same, where only GeneralizedTime is allowed (RFC 6960 4.2.1).
pub fn generalized_time(input: &[u8]) -> Option<(DateTime<Utc>, &[u8])> {
    der::expect(input, GENERALIZED_TIME).and_then(|_| time(input))
}
