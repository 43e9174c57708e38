//! Publishing of CRLs: from the books straight into a file, at any size with the same little memory.
//!
//! The newest file is what relying parties saw last, so it is the measure: a new CRL is published only when it has
//! every entry of that file whose certificate had not expired by then, and a later thisUpdate. A database that was
//! restored from an old backup cannot make the CA forget a revocation.
//!
//! Any number of nodes may publish: the folder's lock and, on PostgreSQL, a lock in the database let them take turns.

mod content;
mod files;
mod previous;
mod record;
pub mod reentry;
mod segments;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, SubsecRound, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, TransactionTrait};
use tokio::sync::mpsc;

pub use self::{files::current_file, segments::SEGMENT, segments::seal};

use self::{
    content::{Ends, Entries, Frame},
    files::Scratch,
    previous::Previous,
};
use super::{
    books, der,
    entities::ca_crls,
    extensions,
    signer::Issuer,
    store::{self, StoreError},
};
use crate::domain::{application::CrlReason, certificate::SerialNumber};

/// BR 4.9.7 allows 10 days; a CRL is published every day, so several may fail before relying parties notice.
const VALIDITY: Duration = Duration::days(7);

/// How far the clocks of two nodes may be apart before the one that is behind stops publishing.
const CLOCK_SKEW: Duration = Duration::minutes(1);

/// Longer than a CRL of a million entries takes.
const MOMENT: Duration = Duration::seconds(30);

/// Blocks on their way from the database to the file: both go on at the same time.
const BLOCKS: usize = 2;

/// "revcrl" as a number: the name in PostgreSQL of the turn to publish.
const TURN: i64 = 0x7265_7663_726c;

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
    #[error(
        "CRL {number} is in the books but its file is not in this node's DATA_DIR/ca/crl: \
         share the folder with the other nodes or put the file back, or nothing shows what it listed"
    )]
    PreviousMissing { number: i64 },
    #[error("the file of CRL {number} cannot be read as a CRL")]
    PreviousUnreadable { number: i64 },
    #[error("CRL {number} lists {serial}, which is not in the books any more; was an old backup restored?")]
    LostEntry { number: i64, serial: String },
    #[error("no segment of the books begins after revocation {after}")]
    SegmentMissing { after: i64 },
    #[error("a segment of the books is damaged")]
    SegmentDamaged,
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
    let _turn = files::lock(directory).await?;
    publish_in_turn(db, directory, issuer, now).await
}

/// Publishes the next CRL of an issuer if [`is_behind`] says so.
pub async fn publish_if_behind(
    db: &DatabaseConnection,
    directory: &Path,
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<Option<PublishedCrl>, PublishError> {
    if !is_behind(db, directory, &issuer.id).await? {
        return Ok(None);
    }
    let _turn = files::lock(directory).await?;
    // Another process may have done it meanwhile.
    if !is_behind(db, directory, &issuer.id).await? {
        return Ok(None);
    }
    publish_in_turn(db, directory, issuer, now).await.map(Some)
}

/// Whether something was revoked that the newest CRL does not know, or the newest CRL is not the one that is served. A
/// few small queries.
async fn is_behind(db: &impl ConnectionTrait, directory: &Path, issuer_id: &str) -> Result<bool, DbErr> {
    let Some(newest) = books::last_crl(db, issuer_id).await? else { return Ok(true) };
    let revocations = segments::revocations(db, issuer_id).await?;
    Ok(newest.revocations != Some(revocations) || !files::shows(directory, issuer_id, newest.number))
}

/// Whether relying parties get a CRL here that can be read, is the newest in the books and knows every sealed revocation.
/// Reads no CRL. One that was made a moment ago may be on its way to its name, and the next one on its way to the books.
pub async fn is_served(
    db: &impl ConnectionTrait,
    directory: &Path,
    issuer_id: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let (sealed, _) = segments::sealed(db, issuer_id).await?;
    let Some(newest) = books::last_crl(db, issuer_id).await? else { return Ok(sealed == 0) };
    let moment_ago = newest.published_at > now - MOMENT;
    let knows_all = newest.revocations.is_none_or(|known| known >= sealed);
    let newest_is_shown = knows_all && files::shows(directory, issuer_id, newest.number);
    let readable = std::fs::File::open(current_file(directory, issuer_id)).is_ok();
    Ok(readable && (moment_ago || newest_is_shown))
}

/// An element of revokedCertificates.
pub fn entry(serial: &SerialNumber, revoked_at: DateTime<Utc>, reason: CrlReason) -> Vec<u8> {
    der::sequence(&[
        &der::element(0x02, &[serial.octets()]),
        &der::time(revoked_at),
        &der::sequence(&[&extensions::reason_code(reason.code())]),
    ])
}

async fn publish_in_turn(
    db: &DatabaseConnection,
    directory: &Path,
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<PublishedCrl, PublishError> {
    let crl = if db.get_database_backend() == DbBackend::Postgres {
        // A shared folder whose locks do not reach the other nodes is not trusted alone.
        let txn = db.begin().await?;
        txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({TURN})")).await?;
        let crl = make(&txn, directory, issuer, now).await?;
        txn.commit().await?;
        crl
    } else {
        make(db, directory, issuer, now).await?
    };
    fail::fail_point!("crl::entered");
    files::show(directory, &issuer.id, &crl.path)?;
    files::forget(directory, &files::file_name(&issuer.id, crl.number - 2));
    Ok(crl)
}

/// Makes the file and enters it in the books; nobody is shown it yet.
async fn make(
    db: &impl ConnectionTrait,
    directory: &Path,
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<PublishedCrl, PublishError> {
    let previous = Previous::open(directory, &issuer.id)?;
    let last_on_disk = previous.as_ref().map_or(0, |previous| previous.number);
    if let Some(newest) = books::last_crl(db, &issuer.id).await?.filter(|newest| newest.number > last_on_disk) {
        return Err(PublishError::PreviousMissing { number: newest.number });
    }
    let number = last_on_disk + 1;
    let this_update = this_update(previous.as_ref(), now)?;
    let ends = ends(db, &issuer.id, previous.as_ref()).await?;

    let file = content::entries_file(directory, &issuer.id, number);
    let (revocations, entries) = collect(db, issuer, &file, previous, ends).await?;
    let path = directory.join(files::file_name(&issuer.id, number));
    let sha256 = sign(issuer, Frame::new(issuer, number, this_update, &entries), &file, &path).await?;
    fail::fail_point!("crl::written");
    let next_update = this_update + VALIDITY;
    let row = ca_crls::ActiveModel {
        issuer_id: Set(issuer.id.clone()),
        number: Set(number),
        this_update: Set(this_update),
        next_update: Set(next_update),
        entries: Set(entries.count),
        revocations: Set(Some(revocations)),
        sha256: Set(sha256.clone()),
        file_name: Set(files::file_name(&issuer.id, number)),
        published_at: Set(now),
        ..Default::default()
    };
    ca_crls::Entity::insert(row).exec(db).await?;
    Ok(PublishedCrl { number, entries: entries.count, this_update, next_update, sha256, path })
}

/// Never before the previous CRL's; a node whose clock is a little behind takes over that one.
fn this_update(previous: Option<&Previous>, now: DateTime<Utc>) -> Result<DateTime<Utc>, PublishError> {
    let now = now.trunc_subsecs(0);
    match previous {
        Some(previous) if previous.this_update > now + CLOCK_SKEW => {
            Err(PublishError::ClockBehind { number: previous.number, this_update: previous.this_update })
        }
        Some(previous) => Ok(now.max(previous.this_update)),
        None => Ok(now),
    }
}

/// An entry leaves after one CRL beyond its certificate's validity (RFC 5280 3.3): that one is the previous.
async fn ends(db: &impl ConnectionTrait, issuer_id: &str, previous: Option<&Previous>) -> Result<Ends, DbErr> {
    let always = DateTime::UNIX_EPOCH;
    let Some(previous) = previous else { return Ok(Ends { compared_from: always, listed_from: always }) };
    let before = books::crl(db, issuer_id, previous.number - 1).await?;
    let compared_from = before.map_or(always, |crl| crl.this_update.min(previous.this_update));
    Ok(Ends { compared_from, listed_from: previous.this_update })
}

/// Reads the books and writes what the CRL lists, both at the same time; answers how many revocations the books hold.
async fn collect(
    db: &impl ConnectionTrait,
    issuer: &Issuer,
    file: &Scratch,
    previous: Option<Previous>,
    ends: Ends,
) -> Result<(i64, Entries), PublishError> {
    let (sender, blocks) = mpsc::channel(BLOCKS);
    let writing = content::blocking(&file.0, move |path| content::write_entries(&path, blocks, previous, ends));
    let (revocations, entries) = tokio::join!(segments::read(db, &issuer.id, ends.compared_from, sender), writing);
    Ok((revocations?, entries?))
}

/// Signs and puts the file together at `path`; answers its SHA-256.
async fn sign(issuer: &Issuer, frame: Frame, entries: &Scratch, path: &Path) -> Result<String, PublishError> {
    let hashed = frame.clone();
    let digest = content::blocking(&entries.0, move |entries| {
        hashed.digest(&entries).map_err(|error| store::at(&entries)(error).into())
    });
    let signature = issuer.key.sign_digest(&digest.await?)?;
    let path = path.to_owned();
    content::blocking(&entries.0, move |entries| frame.assemble(&entries, &signature, &path)).await
}
