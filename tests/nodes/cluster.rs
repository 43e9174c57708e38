//! A PostgreSQL of a test's own, made by `scripts/postgres`, stopped and removed when the test lets go of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use migration::Migrator;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::wait::until;

pub struct Cluster {
    folder: TempDir,
    /// `postgres://user@host:port`
    pub address: String,
    template: OnceCell<&'static str>,
}

/// No test crashes the machine, so nothing has to reach the disk; killing the server loses nothing even so.
const QUICK: [&str; 2] = ["fsync=off", "full_page_writes=off"];

impl Cluster {
    pub fn start() -> Self {
        Self::with(&QUICK)
    }

    /// The one of all scenarios that need a database and leave the server alone.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Not every cluster is dropped (the shared one, those of a process that is killed): a companion waits for the end of
    /// this process, whatever ends it.
    fn stopped_after_the_tests(self) -> Self {
        let afterwards = "trap '' INT TERM; read -r _; \"$1\" kill \"$2\"; rm -rf \"$2\"";
        let companion = Command::new("sh")
            .args(["-c", afterwards, "sh", path(&root().join("scripts/postgres")), self.path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Its input ends with this process.
        std::mem::forget(companion);
        self
    }

    /// As production wants it.
    pub fn start_durable() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = script(&[&["start", path(folder.path())], settings].concat());
        Self { folder, address, template: OnceCell::new() }.stopped_after_the_tests()
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
        Self { folder, address, template: OnceCell::new() }.stopped_after_the_tests()
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

    /// A new database with the schema, made once and copied from then on; answers its address.
    pub async fn migrated(&self, name: &str) -> String {
        let migrate = || async {
            let db = Database::connect(self.create("migrated").await).await.unwrap();
            Migrator::up(&db, None).await.unwrap();
            db.close().await.unwrap();
            "TEMPLATE migrated"
        };
        let like = self.template.get_or_init(migrate).await;
        self.create_like(name, like).await
    }

    /// A new database; answers its address.
    pub async fn create(&self, name: &str) -> String {
        self.create_like(name, "").await
    }

    async fn create_like(&self, name: &str, like: &str) -> String {
        let db = self.connect("postgres").await;
        db.execute_unprepared(&format!("CREATE DATABASE {name} {like}")).await.unwrap();
        db.close().await.unwrap();
        format!("{}/{name}", self.address)
    }

    async fn connect(&self, database: &str) -> DatabaseConnection {
        Database::connect(format!("{}/{database}", self.address)).await.unwrap()
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
