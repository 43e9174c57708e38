//! This program: from the database into a file on disk.

use std::{fs, path::Path, time::Instant};

use chrono::{DateTime, TimeZone, Utc};
use migration::Migrator;
use revocation_desk::ca::embedded::EmbeddedCa;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;

use super::{Serials, entry, report};

/// Rows of one INSERT.
const ROWS: usize = 4_000;

pub async fn prepare(folder: &Path, url: &str, entries: usize) {
    fs::create_dir_all(folder).unwrap();
    let db = database(url).await;
    Migrator::up(&db, None).await.unwrap();
    let ca = ca(&db, folder).await;
    let mut serials = Serials::new();
    let mut left = entries;
    let transaction = db.begin().await.unwrap();
    while left > 0 {
        let rows = left.min(ROWS);
        left -= rows;
        insert(&transaction, &ca.issuing().id, (0..rows).map(|_| serials.next())).await;
    }
    transaction.commit().await.unwrap();
    if url.starts_with("postgres") {
        db.execute_unprepared("VACUUM ANALYZE ca_revocations").await.unwrap();
    }
}

async fn insert(db: &impl ConnectionTrait, issuer_id: &str, serials: impl Iterator<Item = [u8; 16]>) {
    let (open, close) = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => ("'\\x", "'::bytea"),
        _ => ("x'", "'"),
    };
    let rows: Vec<String> = serials
        .map(|serial| {
            let entry = hex::encode(entry(&serial));
            let serial = hex::encode(serial);
            format!(
                "('{issuer_id}', '{serial}', {open}{entry}{close}, 4, '2026-11-20T01:02:03+00:00', '2027-05-01T14:59:59+00:00', '{serial}')",
            )
        })
        .collect();
    let sql = format!(
        "INSERT INTO ca_revocations (issuer_id, serial, entry, reason, revoked_at, not_after, request_id) VALUES {}",
        rows.join(",")
    );
    db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
}

pub async fn seal(folder: &Path, url: &str) {
    let ca = ca(&database(url).await, folder).await;
    let start = Instant::now();
    let segments = ca.seal_revocations().await.unwrap();
    report(start, segments, 0);
}

pub async fn publish(folder: &Path, url: &str) {
    let ca = ca(&database(url).await, folder).await;
    let start = Instant::now();
    let crl = ca.publish_crl(ca.issuing(), now()).await.unwrap();
    let octets = fs::metadata(&crl.path).unwrap().len();
    report(start, usize::try_from(crl.entries).unwrap(), usize::try_from(octets).unwrap());
}

/// As the program connects (`models/connection.rs`).
async fn database(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options.pragma("journal_mode", "WAL").pragma("synchronous", "FULL").foreign_keys(true)
    });
    Database::connect(options).await.unwrap()
}

async fn ca(db: &DatabaseConnection, folder: &Path) -> EmbeddedCa {
    let folder = folder.join("ca");
    EmbeddedCa::open_with_books(db.clone(), &folder, "http://desk.example.jp", now()).await.unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 3, 0, 0).unwrap()
}
