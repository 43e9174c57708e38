//! Times the making of a CRL from the database. Driven by `bench/crl/run`; one step a process, so that each has a peak memory
//! of its own.
//!
//! `crl prepare FOLDER ENTRIES` makes a CA with so many revocations; `crl publish FOLDER` publishes once.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool: it stops at the first surprise")]

use std::{env, fs, path::Path, time::Instant};

use chrono::{DateTime, TimeZone, Utc};
use migration::Migrator;
use revocation_desk::ca::embedded::EmbeddedCa;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;

/// Rows of one INSERT: SQLite takes 32,766 values.
const ROWS: usize = 4_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[1..] {
        ["prepare", folder, entries] => prepare(Path::new(folder), entries.parse().unwrap()).await,
        ["publish", folder] => publish(Path::new(folder)).await,
        _ => println!("usage: crl prepare FOLDER ENTRIES | crl publish FOLDER"),
    }
}

async fn prepare(folder: &Path, entries: usize) {
    fs::create_dir_all(folder).unwrap();
    let db = database(folder).await;
    Migrator::up(&db, None).await.unwrap();
    let ca = ca(&db, folder);
    let mut serials = Serials(0x9e37_79b9_7f4a_7c15);
    let mut left = entries;
    let transaction = db.begin().await.unwrap();
    while left > 0 {
        let rows = left.min(ROWS);
        left -= rows;
        insert(&transaction, &ca.issuing().id, (0..rows).map(|_| serials.next())).await;
    }
    transaction.commit().await.unwrap();
}

async fn insert(db: &impl sea_orm::ConnectionTrait, issuer_id: &str, serials: impl Iterator<Item = [u8; 16]>) {
    let rows: Vec<String> = serials
        .map(|serial| {
            // revoked 2026-11-20, superseded
            let entry = [
                &[0x30, 0x2f, 0x02, 0x10][..],
                &serial,
                b"\x17\x0d261120010203Z",
                &[0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, 0x04],
            ]
            .concat();
            let serial = hex::encode(serial);
            format!(
                "('{issuer_id}', '{serial}', x'{}', 4, '2026-11-20T01:02:03+00:00', '2027-05-01T14:59:59+00:00', '{serial}')",
                hex::encode(entry)
            )
        })
        .collect();
    let sql = format!(
        "INSERT INTO ca_revocations (issuer_id, serial, entry, reason, revoked_at, not_after, request_id) VALUES {}",
        rows.join(",")
    );
    db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
}

async fn publish(folder: &Path) {
    let db = database(folder).await;
    let ca = ca(&db, folder);
    let before = peak_kib();
    let start = Instant::now();
    let crl = ca.publish_crl(ca.issuing(), now()).await.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let octets = fs::metadata(&crl.path).unwrap().len();
    println!(
        "{{\"entries\":{},\"seconds\":{seconds:.4},\"peak_kib\":{},\"peak_kib_before\":{before},\"octets\":{octets}}}",
        crl.entries,
        peak_kib()
    );
}

async fn database(folder: &Path) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", folder.join("desk.sqlite").display()));
    options.sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options.pragma("journal_mode", "WAL").pragma("synchronous", "FULL").foreign_keys(true)
    });
    Database::connect(options).await.unwrap()
}

fn ca(db: &DatabaseConnection, folder: &Path) -> EmbeddedCa {
    EmbeddedCa::open(db.clone(), &folder.join("ca"), "http://desk.example.jp", now()).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 3, 0, 0).unwrap()
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Serial numbers as a CA makes them, the same in each run (xorshift).
struct Serials(u64);

impl Serials {
    fn next(&mut self) -> [u8; 16] {
        let mut octets = [0; 16];
        for half in octets.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            half.copy_from_slice(&self.0.to_be_bytes());
        }
        octets[0] = octets[0] & 0x3f | 0x40;
        octets
    }
}
