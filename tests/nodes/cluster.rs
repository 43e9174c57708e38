//! A PostgreSQL of a test's own, made by `scripts/postgres`, stopped and removed when the test lets go of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::wait::until;

pub struct Cluster {
    folder: TempDir,
    /// `postgres://user@host:port`
    pub address: String,
}

/// No test crashes the machine, so nothing has to reach the disk; killing the server loses nothing even so.
const QUICK: [&str; 2] = ["fsync=off", "full_page_writes=off"];

impl Cluster {
    pub fn start() -> Self {
        Self::with(&QUICK)
    }

    /// As production wants it.
    pub fn start_durable() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = script(&[&["start", path(folder.path())], settings].concat());
        Self { folder, address }
    }

    /// Streams from `primary`, which from now on acknowledges no commit that is not here as well: what a fail-over to
    /// this one loses was never acknowledged.
    pub async fn replica_of(primary: &Self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = script(&["replica", path(folder.path()), path(primary.folder.path())]);
        let db = primary.connect("postgres").await;
        let streaming = "SELECT COUNT(*) FROM pg_stat_replication WHERE state = 'streaming'";
        until("the replica streams", async || number(&db, streaming).await == 1).await;
        db.execute_unprepared("ALTER SYSTEM SET synchronous_standby_names = '*'").await.unwrap();
        db.execute_unprepared("SELECT pg_reload_conf()").await.unwrap();
        let synchronous = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        until("the replica counts for commits", async || number(&db, synchronous).await == 1).await;
        db.close().await.unwrap();
        Self { folder, address }
    }

    /// As a crash would end it.
    pub fn kill(&self) {
        script(&["kill", self.path()]);
    }

    pub fn start_again(&self) {
        assert_eq!(script(&["start", self.path()]), self.address);
    }

    pub fn promote(&self) {
        script(&["promote", self.path()]);
    }

    /// `127.0.0.1:port`
    pub fn host_and_port(&self) -> String {
        self.address.rsplit('@').next().unwrap().to_owned()
    }

    /// A new database, like `template` when given; answers its address.
    pub async fn create(&self, name: &str, template: Option<&str>) -> String {
        let db = self.connect("postgres").await;
        let like = template.map_or(String::new(), |template| format!(" TEMPLATE {template}"));
        db.execute_unprepared(&format!("CREATE DATABASE {name}{like}")).await.unwrap();
        db.close().await.unwrap();
        format!("{}/{name}", self.address)
    }

    async fn connect(&self, database: &str) -> DatabaseConnection {
        Database::connect(format!("{}/{database}", self.address)).await.unwrap()
    }

    pub fn folder(&self) -> &str {
        self.path()
    }

    fn path(&self) -> &str {
        path(self.folder.path())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let program = root().join("scripts/postgres");
        drop(Command::new(program).args(["kill", self.path()]).output());
    }
}

/// Runs `scripts/postgres`; answers what it prints.
fn script(arguments: &[&str]) -> String {
    let output = Command::new(root().join("scripts/postgres")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
