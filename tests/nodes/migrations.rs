//! The schema: made once however many ask for it at the same time, and asked for before production starts.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use migration::Migrator;
use sea_orm::{ConnectionTrait, Database, Statement};
use sea_orm_migration::MigratorTrait;

use crate::cluster::Cluster;

const PROCESSES: usize = 6;

fn production(url: &str, folder: &Path, arguments: &[&str]) -> Command {
    let key = folder.join("master.key.txt");
    std::fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_revocation-desk"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LOCO_ENV", "production")
        .env("DATABASE_URL", url)
        .env("DATA_DIR", folder)
        .env("PUBLIC_URL", "https://desk.example")
        .env("REVOCATION_DESK_MASTER_KEY_FILE", key)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Steps that the schema has: none, or those of an older program. What the processes do at the same moment is chance.
const STEPS_THERE: [u32; 4] = [0, 5, 7, 8];

async fn all_at_once(url: &str, there: u32) {
    if there > 0 {
        let db = Database::connect(url).await.unwrap();
        Migrator::up(&db, Some(there)).await.unwrap();
        db.close().await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let processes: Vec<_> =
        (0..PROCESSES).map(|_| production(url, folder.path(), &["db", "migrate"]).spawn().unwrap()).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
    }
    let db = Database::connect(url).await.unwrap();
    let applied = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations");
    let applied = db.query_all_raw(applied).await.unwrap().len();
    assert_eq!(applied, Migrator::migrations().len(), "each step once");
    let heads = Statement::from_string(db.get_database_backend(), "SELECT sequence FROM audit_head");
    assert_eq!(db.query_all_raw(heads).await.unwrap().len(), 1);
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_migrate_at_once_make_one_schema_on_postgresql() {
    let cluster = Cluster::start_durable();
    for there in STEPS_THERE {
        all_at_once(&cluster.create(&format!("desk_{there}")).await, there).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_migrate_at_once_make_one_schema_on_sqlite() {
    for there in STEPS_THERE {
        let folder = tempfile::tempdir().unwrap();
        all_at_once(&format!("sqlite://{}?mode=rwc", folder.path().join("desk.sqlite").display()), there).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_does_not_start_on_an_old_schema_and_names_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("desk.sqlite").display());

    let refused = production(&url, folder.path(), &["start", "--port", "0"]).output().unwrap();

    assert!(!refused.status.success());
    assert!(told(&refused).contains("db migrate"), "{}", told(&refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn production_does_not_start_on_a_server_that_may_lose_commits() {
    let folder = tempfile::tempdir().unwrap();
    let url = Cluster::shared().create("production").await;

    let refused = production(&url, folder.path(), &["db", "migrate"]).output().unwrap();

    assert!(!refused.status.success());
    assert!(told(&refused).contains("fsync"), "{}", told(&refused));
}
