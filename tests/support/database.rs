//! A database of its own for each test: a SQLite file in the test's folder or, with `TEST_POSTGRES` (the address of a
//! server where databases may be made), a database there.
//!
//! Migrated once per test binary and copied from then on. A database on a server goes when the folder of its test has gone.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use migration::Migrator;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;
use tokio::sync::OnceCell;

/// The address of a migrated, empty database.
pub async fn migrated(folder: &Path) -> String {
    match server() {
        Some(server) => {
            let template = postgres_template(&server).await;
            postgres_database(&server, folder, &format!("TEMPLATE {template}")).await
        }
        None => sqlite(folder).await,
    }
}

/// The address of a migrated, empty SQLite file, wherever the other tests run.
pub async fn sqlite(folder: &Path) -> String {
    let file = folder.join("desk.sqlite");
    std::fs::write(&file, sqlite_template().await).unwrap();
    sqlite_url(&file)
}

/// The address of a database without tables: for a program that migrates itself, and for servers that fall over.
pub async fn empty(folder: &Path) -> String {
    match server() {
        Some(server) => postgres_database(&server, folder, "").await,
        None => sqlite_url(&folder.join("desk.sqlite")),
    }
}

/// As the program connects (see `models/connection.rs`), but without waiting for the disk: a test outlives no crash.
pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(8).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options
            .busy_timeout(std::time::Duration::from_secs(10))
            .foreign_keys(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "OFF")
    });
    Database::connect(options).await.unwrap()
}

/// For scenarios that are about SQLite itself.
pub fn is_postgres() -> bool {
    server().is_some()
}

fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

async fn sqlite_template() -> &'static [u8] {
    static BYTES: OnceCell<Vec<u8>> = OnceCell::const_new();
    let make = || async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.sqlite");
        let db = connect(&sqlite_url(&file)).await;
        Migrator::up(&db, None).await.unwrap();
        db.close().await.unwrap();
        std::fs::read(&file).unwrap()
    };
    BYTES.get_or_init(make).await
}

async fn postgres_template(server: &str) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    let make = || async {
        let url = postgres_database(server, Path::new("/"), "").await;
        let db = connect(&url).await;
        Migrator::up(&db, None).await.unwrap();
        db.close().await.unwrap();
        url.rsplit('/').next().unwrap().to_owned()
    };
    NAME.get_or_init(make).await
}

/// A new database on `server` (`postgres://user@host:port`), and its address.
async fn postgres_database(server: &str, folder: &Path, like: &str) -> String {
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut options = ConnectOptions::new(format!("{server}/postgres"));
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    for ended in ended_tests() {
        db.execute_unprepared(&format!("DROP DATABASE {ended} WITH (FORCE)")).await.unwrap();
    }
    db.execute_unprepared(&format!("CREATE DATABASE {name} {like}")).await.unwrap();
    db.close().await.unwrap();
    IN_USE.lock().unwrap().push((name.clone(), folder.to_owned()));
    format!("{server}/{name}")
}

static IN_USE: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());

/// Databases of tests whose folder is not there any more.
fn ended_tests() -> Vec<String> {
    let mut in_use = IN_USE.lock().unwrap();
    let (kept, ended) = in_use.drain(..).partition(|(_, folder)| folder.exists());
    *in_use = kept;
    ended.into_iter().map(|(name, _): (String, PathBuf)| name).collect()
}
