//! The CRL that was published last, read from its file entry by entry.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{super::store, PublishError, files};
use crate::domain::certificate::{SerialNumber, der};

/// An entry of ours has some 45 octets; a length past this is no entry.
const MAX_ENTRY: usize = 4096;

/// The file does not go on as a CRL of ours.
#[derive(Debug)]
pub struct Unreadable;

pub struct Previous {
    pub number: i64,
    pub this_update: DateTime<Utc>,
    file: BufReader<File>,
    /// Octets of revokedCertificates that were not read yet.
    left: usize,
}

impl Previous {
    /// The file with the highest number.
    pub fn open(directory: &Path, issuer_id: &str) -> Result<Option<Self>, PublishError> {
        let Some(number) = files::highest_number(directory, issuer_id)? else { return Ok(None) };
        let path = directory.join(files::file_name(issuer_id, number));
        let file = File::open(&path).map_err(store::at(&path))?;
        let mut file = BufReader::with_capacity(1 << 16, file);
        let head = Self::head(&mut file).map_err(|Unreadable| PublishError::PreviousUnreadable { number })?;
        Ok(Some(Self { number, this_update: head.this_update, left: head.list_length, file }))
    }

    /// The next entry, in the buffer of the one before.
    pub fn next_entry(&mut self, buffer: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Unreadable> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut entry = buffer.unwrap_or_default();
        entry.clear();
        let length = header(&mut self.file, der::SEQUENCE, &mut entry)?;
        if length > MAX_ENTRY {
            return Err(Unreadable);
        }
        let start = entry.len();
        entry.resize(start + length, 0);
        self.file.read_exact(&mut entry[start..])?;
        self.left = self.left.checked_sub(entry.len()).ok_or(Unreadable)?;
        Ok(Some(entry))
    }

    fn head(file: &mut BufReader<File>) -> Result<Head, Unreadable> {
        let mut seen = Vec::new();
        header(file, der::SEQUENCE, &mut seen)?;
        header(file, der::SEQUENCE, &mut seen)?;
        element(file, der::INTEGER)?;
        element(file, der::SEQUENCE)?;
        element(file, der::SEQUENCE)?;
        let this_update = instant(&element(file, UTC_TIME)?).ok_or(Unreadable)?;
        element(file, UTC_TIME)?;
        let mut tag = Vec::new();
        let (tag, list_length) = match any_header(file, &mut tag)? {
            (der::SEQUENCE, length) => (der::SEQUENCE, length),
            (other, _) => (other, 0),
        };
        let expected = matches!(tag, der::SEQUENCE | EXTENSIONS);
        if expected { Ok(Head { this_update, list_length }) } else { Err(Unreadable) }
    }
}

pub fn serial_of(entry: &[u8]) -> Option<SerialNumber> {
    let (entry, _) = der::expect(entry, der::SEQUENCE)?;
    let (serial, _) = der::expect(entry.content, der::INTEGER)?;
    SerialNumber::from_octets(serial.content).ok()
}

struct Head {
    this_update: DateTime<Utc>,
    list_length: usize,
}

const UTC_TIME: u8 = 0x17;
const EXTENSIONS: u8 = 0xa0;

impl From<io::Error> for Unreadable {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// A whole small element.
fn element(file: &mut impl Read, tag: u8) -> Result<Vec<u8>, Unreadable> {
    let length = header(file, tag, &mut Vec::new())?;
    if length > MAX_ENTRY {
        return Err(Unreadable);
    }
    let mut content = vec![0; length];
    file.read_exact(&mut content)?;
    Ok(content)
}

fn header(file: &mut impl Read, tag: u8, encoded: &mut Vec<u8>) -> Result<usize, Unreadable> {
    let (found, length) = any_header(file, encoded)?;
    if found == tag { Ok(length) } else { Err(Unreadable) }
}

/// Tag and length of the next element; its octets are added to `encoded`.
fn any_header(file: &mut impl Read, encoded: &mut Vec<u8>) -> Result<(u8, usize), Unreadable> {
    let mut start = [0; 2];
    file.read_exact(&mut start)?;
    encoded.extend_from_slice(&start);
    let [tag, length] = start;
    if length < 0x80 {
        return Ok((tag, usize::from(length)));
    }
    let mut octets = [0; 8];
    let count = usize::from(length & 0x7f);
    let octets = octets.get_mut(..count).ok_or(Unreadable)?;
    file.read_exact(octets)?;
    encoded.extend_from_slice(octets);
    Ok((tag, octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet))))
}

fn instant(utc_time: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(utc_time).ok()?;
    NaiveDateTime::parse_from_str(&format!("20{text}"), "%Y%m%d%H%M%SZ").ok().map(|instant| instant.and_utc())
}
