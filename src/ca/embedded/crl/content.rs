//! The octets of a CRL: which entries it lists, compared with the CRL before, hashed, signed and put together in files.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use ring::digest;
use tokio::sync::mpsc;

use super::{
    super::{
        der, extensions,
        signer::{Issuer, signature_algorithm},
        store,
    },
    PublishError, VALIDITY,
    files::Scratch,
    previous::{self, Previous, Unreadable},
    record::{Malformed, Records},
};

/// Read and written at a time.
const BUFFER: usize = 1 << 18;

/// Which entries matter, by the end of their certificates.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// From when on the CRL before may list it.
    pub compared_from: DateTime<Utc>,
    /// From when on the new CRL lists it.
    pub listed_from: DateTime<Utc>,
}

/// The entries that the CRL lists, in a file.
pub struct Entries {
    pub count: i64,
    octets: usize,
}

/// Writes the entries to `path`, in the order of the books. Everything in the previous CRL must be among them.
pub fn write_entries(
    path: &Path,
    mut blocks: mpsc::Receiver<Vec<u8>>,
    previous: Option<Previous>,
    ends: Ends,
) -> Result<Entries, PublishError> {
    let (compared_from, listed_from) = (ends.compared_from.timestamp(), ends.listed_from.timestamp());
    let file = File::create(path).map_err(store::at(path))?;
    let mut file = BufWriter::with_capacity(BUFFER, file);
    let mut comparison = Comparison { previous, awaited: None };
    comparison.advance()?;
    let mut entries = Entries { count: 0, octets: 0 };
    while let Some(block) = blocks.blocking_recv() {
        for record in Records(&block) {
            let record = record.map_err(|Malformed| PublishError::SegmentDamaged)?;
            if record.not_after >= compared_from {
                comparison.saw(record.entry)?;
            }
            if record.not_after >= listed_from {
                entries.count += 1;
                entries.octets += record.entry.len();
                file.write_all(record.entry).map_err(store::at(path))?;
            }
        }
    }
    comparison.finish()?;
    file.flush().map_err(store::at(path))?;
    Ok(entries)
}

/// Walks the previous CRL in step with the books. Both are in the order of revocation, so its entries must appear
/// among the rows one after the other, octet by octet; rows that it does not have are new.
struct Comparison {
    previous: Option<Previous>,
    awaited: Option<Vec<u8>>,
}

impl Comparison {
    fn saw(&mut self, entry: &[u8]) -> Result<(), PublishError> {
        if self.awaited.as_deref() == Some(entry) { self.advance() } else { Ok(()) }
    }

    fn advance(&mut self) -> Result<(), PublishError> {
        if let Some(previous) = &mut self.previous {
            let number = previous.number;
            let next = previous.next_entry(self.awaited.take());
            self.awaited = next.map_err(|Unreadable| PublishError::PreviousUnreadable { number })?;
        }
        Ok(())
    }

    fn finish(self) -> Result<(), PublishError> {
        match (self.previous, self.awaited) {
            (Some(previous), Some(entry)) => Err(PublishError::LostEntry {
                number: previous.number,
                serial: previous::serial_of(&entry).map_or_else(String::new, |serial| serial.to_string()),
            }),
            (None, _) | (_, None) => Ok(()),
        }
    }
}

/// TBSCertList around its entries.
#[derive(Clone)]
pub struct Frame {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Frame {
    pub fn new(issuer: &Issuer, number: i64, this_update: DateTime<Utc>, entries: &Entries) -> Self {
        let tail = der::element(
            0xa0,
            &[&der::sequence(&[
                &extensions::authority_key_identifier(&issuer.key.key_id()),
                &extensions::crl_number(number.unsigned_abs()),
            ])],
        );
        // RFC 5280 5.1.2.6: without entries the list is absent, not empty.
        let list = if entries.octets == 0 { Vec::new() } else { der::header(0x30, entries.octets) };
        let fields = [
            &der::integer(1),
            &signature_algorithm(),
            &issuer.certificate.subject_der,
            &der::time(this_update),
            &der::time(this_update + VALIDITY),
            &list,
        ]
        .map(Vec::as_slice)
        .concat();
        let length = fields.len() + entries.octets + tail.len();
        Self { head: der::header(0x30, length).into_iter().chain(fields).collect(), tail }
    }

    /// What is signed: the SHA-256 of the whole TBSCertList.
    pub fn digest(&self, entries: &Path) -> io::Result<[u8; 32]> {
        let mut digest = digest::Context::new(&digest::SHA256);
        digest.update(&self.head);
        each_part(entries, |part| {
            digest.update(part);
            Ok(())
        })?;
        digest.update(&self.tail);
        Ok(finished(digest))
    }

    /// Puts the whole CRL together and gives it its name, unless there is one of that name; answers the SHA-256 in hex.
    pub fn assemble(&self, entries: &Path, signature: &[u8], path: &Path) -> Result<String, PublishError> {
        let whole = Scratch(path.with_extension("whole"));
        let digest = self.write_whole(entries, signature, &whole.0).map_err(store::at(&whole.0))?;
        // Unlike a rename, a link does not replace a file of that name.
        fs::hard_link(&whole.0, path).map_err(store::at(path))?;
        Ok(hex::encode(digest))
    }

    fn write_whole(&self, entries: &Path, signature: &[u8], whole: &Path) -> io::Result<[u8; 32]> {
        let signed = [signature_algorithm(), der::bit_string(signature)].concat();
        let octets = usize::try_from(fs::metadata(entries)?.len()).map_err(io::Error::other)?;
        let length = self.head.len() + octets + self.tail.len() + signed.len();
        let mut to = Hashing::create(whole)?;
        to.write(&der::header(0x30, length))?;
        to.write(&self.head)?;
        each_part(entries, |part| to.write(part))?;
        to.write(&self.tail)?;
        to.write(&signed)?;
        to.file.into_inner()?.sync_all()?;
        Ok(finished(to.digest))
    }
}

/// The file of the entries of a CRL that is being made.
pub fn entries_file(directory: &Path, issuer_id: &str, number: i64) -> Scratch {
    Scratch::new(directory, &format!("{issuer_id}-{number:010}.entries"))
}

fn each_part(path: &Path, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => take(&buffer[..read])?,
        }
    }
}

struct Hashing {
    file: BufWriter<File>,
    digest: digest::Context,
}

impl Hashing {
    fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, File::create(path)?);
        Ok(Self { file, digest: digest::Context::new(&digest::SHA256) })
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.digest.update(octets);
        self.file.write_all(octets)
    }
}

fn finished(digest: digest::Context) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest.finish().as_ref());
    octets
}

/// Runs work with files away from the threads that answer requests.
pub async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(PathBuf) -> Result<T, PublishError> + Send + 'static,
) -> Result<T, PublishError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || work(path)).await.map_err(|_| PublishError::Cancelled)?
}
