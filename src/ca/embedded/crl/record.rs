//! A revocation as segments and their readers pass it on: the end of its certificate, then its encoded entry.
//!
//! The end lets a reader leave out what has expired, so that a segment never has to change.

use chrono::{DateTime, Utc};

use crate::domain::certificate::der;

/// Octets of the end: seconds since 1970, big-endian.
const END: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// When its certificate ends, in seconds since 1970.
    pub not_after: i64,
    /// An element of revokedCertificates.
    pub entry: &'a [u8],
}

pub fn append(content: &mut Vec<u8>, not_after: DateTime<Utc>, entry: &[u8]) {
    content.extend_from_slice(&not_after.timestamp().to_be_bytes());
    content.extend_from_slice(entry);
}

/// The octets do not go on as records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The records of `content`, in order.
pub struct Records<'a>(pub &'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = || {
            let (end, rest) = self.0.split_first_chunk::<END>()?;
            let (entry, after) = der::expect(rest, der::SEQUENCE)?;
            Some((Record { not_after: i64::from_be_bytes(*end), entry: entry.encoded }, after))
        };
        let Some((record, after)) = read() else {
            self.0 = &[];
            return Some(Err(Malformed));
        };
        self.0 = after;
        Some(Ok(record))
    }
}
