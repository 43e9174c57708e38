//! Publishing of CRLs: from the books straight into a file, at any size with the same little memory.
//!
//! The newest file is what relying parties saw last, so it is the measure: a new CRL is published only when it has
//! every entry of that file whose certificate had not expired by then, and a later thisUpdate. A database that was
//! restored from an old backup cannot make the CA forget a revocation.

mod previous;
pub mod reentry;

use std::{
    fs::{self, File},
    io::{self, BufWriter, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Duration, SubsecRound, Utc};
use ring::digest;
use sea_orm::{
    AccessMode, ActiveValue::Set, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, IsolationLevel, Statement, TransactionTrait,
};

use self::previous::{Previous, Unreadable};
use super::{
    books, der,
    entities::ca_crls,
    extensions,
    signer::{Issuer, signature_algorithm},
    store::{self, StoreError},
};
use crate::domain::{application::CrlReason, certificate::SerialNumber};

/// BR 4.9.7 allows 10 days; a CRL is published every day, so several may fail before relying parties notice.
const VALIDITY: Duration = Duration::days(7);

/// Rows read from the database at a time.
const CHUNK: i64 = 5_000;

/// A CRL as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCrl {
    pub number: i64,
    pub entries: i64,
    pub this_update: DateTime<Utc>,
    pub next_update: DateTime<Utc>,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    pub path: PathBuf,
}

/// Why no new CRL was published. The one before stays in place.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the clock is behind: CRL {number} was made at {this_update}")]
    ClockBehind { number: i64, this_update: DateTime<Utc> },
    #[error("CRL {number} is in the books but its file is gone; put it back, or nothing shows what it listed")]
    PreviousMissing { number: i64 },
    #[error("the file of CRL {number} cannot be read as a CRL")]
    PreviousUnreadable { number: i64 },
    #[error("CRL {number} lists {serial}, which is not in the books any more; was an old backup restored?")]
    LostEntry { number: i64, serial: String },
    #[error("the publishing task was cancelled")]
    Cancelled,
}

/// Publishes the next CRL of an issuer. Waits while another process publishes.
pub async fn publish(
    db: &DatabaseConnection,
    directory: &Path,
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<PublishedCrl, PublishError> {
    let _lock = lock(directory).await?;
    let last_in_books = books::last_crl(db, &issuer.id).await?.map_or(0, |row| row.number);
    let previous = Previous::open(directory, &issuer.id)?;
    let last_on_disk = previous.as_ref().map_or(0, |previous| previous.number);
    if last_in_books > last_on_disk {
        return Err(PublishError::PreviousMissing { number: last_in_books });
    }
    let this_update = now.trunc_subsecs(0);
    if let Some(previous) = previous.as_ref().filter(|previous| previous.this_update > this_update) {
        return Err(PublishError::ClockBehind { number: previous.number, this_update: previous.this_update });
    }
    let number = last_on_disk + 1;
    let next_update = this_update + VALIDITY;
    let content = Scratch::new(directory, &format!("{}-{number:010}.content", issuer.id));
    let written = write_content(db, &content.0, issuer, previous, number, this_update).await?;

    let path = directory.join(file_name(&issuer.id, number));
    let signature = issuer.key.sign_digest(&written.digest)?;
    let sha256 = assemble(content, path.clone(), signature).await?;
    fail::fail_point!("crl::written");
    let row = ca_crls::ActiveModel {
        issuer_id: Set(issuer.id.clone()),
        number: Set(number),
        this_update: Set(this_update),
        next_update: Set(next_update),
        entries: Set(written.entries),
        sha256: Set(sha256.clone()),
        file_name: Set(file_name(&issuer.id, number)),
        published_at: Set(now),
        ..Default::default()
    };
    ca_crls::Entity::insert(row).exec(db).await?;
    fail::fail_point!("crl::entered");
    show(directory, &issuer.id, &path)?;
    forget(directory, &file_name(&issuer.id, number - 2));
    Ok(PublishedCrl { number, entries: written.entries, this_update, next_update, sha256, path })
}

/// Only the newest CRL and its predecessor are compared; older files would fill the disk. A file that is not there, or
/// cannot be removed, harms nothing.
fn forget(directory: &Path, file: &str) {
    if let Err(error) = fs::remove_file(directory.join(file))
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(crl.file = file, cause = %error, "an old CRL could not be removed");
    }
}

/// The newest CRL, under the name that relying parties fetch.
pub fn current_file(directory: &Path, issuer_id: &str) -> PathBuf {
    directory.join(format!("{issuer_id}.crl"))
}

/// An element of revokedCertificates.
pub fn entry(serial: &SerialNumber, revoked_at: DateTime<Utc>, reason: CrlReason) -> Vec<u8> {
    der::sequence(&[
        &der::element(0x02, &[serial.octets()]),
        &der::time(revoked_at),
        &der::sequence(&[&extensions::reason_code(reason.code())]),
    ])
}

fn file_name(issuer_id: &str, number: i64) -> String {
    format!("{issuer_id}-{number:010}.crl")
}

/// Held by whoever publishes in this directory, of all processes.
async fn lock(directory: &Path) -> Result<File, PublishError> {
    let path = directory.join("lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).append(true).open(&path).map_err(store::at(&path))?;
        file.lock().map_err(store::at(&path))?;
        Ok(file)
    });
    locked.await.map_err(|_| PublishError::Cancelled)?
}

/// The signed part of a CRL, in a file.
struct Written {
    digest: [u8; 32],
    entries: i64,
}

async fn write_content(
    db: &DatabaseConnection,
    path: &Path,
    issuer: &Issuer,
    previous: Option<Previous>,
    number: i64,
    this_update: DateTime<Utc>,
) -> Result<Written, PublishError> {
    // An entry leaves after one CRL beyond its certificate's validity (RFC 5280 3.3): that one is the previous.
    let listed_from = previous.as_ref().map_or(DateTime::UNIX_EPOCH, |previous| previous.this_update);
    let compared_from = match &previous {
        Some(previous) => books::crl(db, &issuer.id, previous.number - 1).await?.map(|row| row.this_update),
        None => None,
    };
    let snapshot = snapshot(db).await?;
    let (entries, octets) = totals(&snapshot, &issuer.id, listed_from).await?;

    let file = File::create(path).map_err(store::at(path))?;
    let mut content = Hashing { file: BufWriter::with_capacity(1 << 16, file), digest: new_digest() };
    let (head, tail) = head_and_tail(issuer, number, this_update, octets);
    content.write_all(&head).map_err(store::at(path))?;
    let mut comparison = Comparison { previous, awaited: None };
    comparison.advance()?;
    let mut cursor = 0;
    loop {
        let range = Range { after: cursor, compared_from: compared_from.unwrap_or(DateTime::UNIX_EPOCH), listed_from };
        let rows = chunk(&snapshot, &issuer.id, range).await?;
        let Some(last) = rows.last() else { break };
        cursor = last.id;
        for row in &rows {
            comparison.saw(&row.entry)?;
            if row.listed {
                content.write_all(&row.entry).map_err(store::at(path))?;
            }
        }
    }
    snapshot.rollback().await?;
    comparison.finish()?;
    content.write_all(&tail).and_then(|()| content.file.flush()).map_err(store::at(path))?;
    Ok(Written { digest: finished(content.digest), entries })
}

/// One state of the database for the totals and the entries. SQLite's transactions are snapshots as they are.
async fn snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            db.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
        }
        _ => db.begin().await,
    }
}

async fn totals(
    db: &impl ConnectionTrait,
    issuer_id: &str,
    listed_from: DateTime<Utc>,
) -> Result<(i64, usize), PublishError> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT COUNT(*), COALESCE(SUM(LENGTH(entry)), 0) FROM ca_revocations \
         WHERE issuer_id = $1 AND not_after >= $2",
        [issuer_id.into(), listed_from.into()],
    );
    let row = db.query_one_raw(statement).await?.ok_or_else(|| DbErr::Custom("no totals".to_owned()))?;
    let octets: i64 = row.try_get_by_index(1)?;
    let octets = usize::try_from(octets).map_err(|_| DbErr::Custom("negative total".to_owned()))?;
    Ok((row.try_get_by_index(0)?, octets))
}

/// Rows whose certificate ends at or after an instant: `compared_from` for those that the previous CRL may list,
/// `listed_from` for those that the new one lists.
#[derive(Clone, Copy)]
struct Range {
    after: i64,
    compared_from: DateTime<Utc>,
    listed_from: DateTime<Utc>,
}

struct Row {
    id: i64,
    entry: Vec<u8>,
    listed: bool,
}

async fn chunk(db: &impl ConnectionTrait, issuer_id: &str, range: Range) -> Result<Vec<Row>, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT id, entry, not_after >= $1 FROM ca_revocations \
         WHERE issuer_id = $2 AND id > $3 AND not_after >= $4 ORDER BY id LIMIT $5",
        [
            range.listed_from.into(),
            issuer_id.into(),
            range.after.into(),
            range.compared_from.min(range.listed_from).into(),
            CHUNK.into(),
        ],
    );
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Row { id: row.try_get_by_index(0)?, entry: row.try_get_by_index(1)?, listed: row.try_get_by_index(2)? })
        })
        .collect()
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

/// TBSCertList before and after the entries, whose total length is known.
fn head_and_tail(issuer: &Issuer, number: i64, this_update: DateTime<Utc>, octets: usize) -> (Vec<u8>, Vec<u8>) {
    let tail = der::element(
        0xa0,
        &[&der::sequence(&[
            &extensions::authority_key_identifier(&issuer.key.key_id()),
            &extensions::crl_number(number.unsigned_abs()),
        ])],
    );
    // RFC 5280 5.1.2.6: without entries the list is absent, not empty.
    let list = if octets == 0 { Vec::new() } else { der::header(0x30, octets) };
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
    (der::header(0x30, fields.len() + octets + tail.len()).into_iter().chain(fields).collect(), tail)
}

/// Puts the whole CRL together and gives it its name; answers the SHA-256.
async fn assemble(content: Scratch, path: PathBuf, signature: Vec<u8>) -> Result<String, PublishError> {
    let assembled = tokio::task::spawn_blocking(move || {
        let whole = Scratch(content.0.with_extension("whole"));
        let digest = write_whole(&content.0, &whole.0, &signature).map_err(store::at(&whole.0))?;
        // Unlike a rename, a link does not replace a file of that name.
        fs::hard_link(&whole.0, &path).map_err(store::at(&path))?;
        Ok(hex::encode(digest))
    });
    assembled.await.map_err(|_| PublishError::Cancelled)?
}

fn write_whole(content: &Path, whole: &Path, signature: &[u8]) -> io::Result<[u8; 32]> {
    let tail = [signature_algorithm(), der::bit_string(signature)].concat();
    let mut from = File::open(content)?;
    let length = usize::try_from(from.metadata()?.len()).map_err(io::Error::other)?;
    let mut to = Hashing { file: BufWriter::with_capacity(1 << 16, File::create(whole)?), digest: new_digest() };
    to.write_all(&der::header(0x30, length + tail.len()))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        to.write_all(&buffer[..read])?;
    }
    to.write_all(&tail)?;
    to.file.into_inner()?.sync_all()?;
    Ok(finished(to.digest))
}

/// Lets the newest CRL appear under the name that is served, in one step.
fn show(directory: &Path, issuer_id: &str, path: &Path) -> Result<(), StoreError> {
    let link = Scratch::new(directory, &format!("{issuer_id}.link"));
    fs::hard_link(path, &link.0).map_err(store::at(&link.0))?;
    let current = current_file(directory, issuer_id);
    fs::rename(&link.0, &current).map_err(store::at(&current))?;
    store::sync_directory(directory)
}

/// A file that goes away whatever happens. A left-over of a crash is replaced.
struct Scratch(PathBuf);

impl Scratch {
    fn new(directory: &Path, name: &str) -> Self {
        let scratch = Self(directory.join(name));
        scratch.remove();
        scratch
    }

    /// That it is not there is what is wanted; any other trouble shows at the next use of the name.
    fn remove(&self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

struct Hashing {
    file: BufWriter<File>,
    digest: digest::Context,
}

impl Hashing {
    fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        self.digest.update(octets);
        self.file.write_all(octets)
    }
}

fn new_digest() -> digest::Context {
    digest::Context::new(&digest::SHA256)
}

fn finished(digest: digest::Context) -> [u8; 32] {
    let mut octets = [0; 32];
    octets.copy_from_slice(digest.finish().as_ref());
    octets
}
