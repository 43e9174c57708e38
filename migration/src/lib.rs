//! Schema changes, one file each, in order. Migrations add first and remove later: code runs before and after.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, EntityTrait, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::seaql_migrations;

mod m20261122_000001_desk;
mod m20261122_000002_embedded_ca;
mod m20261122_000003_portal;
mod m20261122_000004_batch;
mod m20261122_000005_search;
mod m20261122_000006_outbox;
mod m20261122_000007_crl;
mod m20261122_000008_watch;
mod m20261122_000009_restore;
mod m20261122_000010_narrow;
mod m20261122_000011_queue;
mod m20261122_000012_live;
mod m20261122_000013_lists;
mod m20261122_000014_reading;
mod m20261122_000015_texts;
mod m20261122_000016_settings;
mod m20261122_000017_preferences;
mod m20261122_000018_installation;
mod m20261122_000019_bounces;
mod m20261122_000020_signin;
mod m20261122_000021_walls;
mod m20261122_000022_expiry;
mod m20261122_000023_retention;
mod m20261122_000024_disagreements;
mod m20261122_000025_imports;
mod m20261122_000026_webhooks;
mod statement;

/// Any number of nodes may migrate at the same moment: the first does the work, the others wait and find it done.
pub struct Migrator;

struct Steps;

/// "revdesk" as a number: the name of the lock in PostgreSQL.
const LOCK: i64 = 0x72_6576_6465_736b;

/// Times to wait for another process that migrates the same SQLite file, each as long as the connection waits for a lock.
const WAITS: u32 = 6;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Steps::migrations()
    }

    async fn up<'c, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
    where
        C: IntoSchemaManagerConnection<'c>,
    {
        let db = db.into_database_executor();
        let immediate = db.get_database_backend() == DatabaseBackend::Sqlite;
        let options = TransactionOptions {
            sqlite_transaction_mode: immediate.then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let mut waited = 0;
        let txn = loop {
            match db.begin_with_options(options).await {
                // On SQLite, where a slow disk lets each of those before take longer than the time-out of the connection.
                Err(error) if waited < WAITS && error.to_string().contains("database is locked") => waited += 1,
                begun => break begun?,
            }
        };
        if txn.get_database_backend() == DatabaseBackend::Postgres {
            // An index on a large table takes as long as it takes; so does waiting for another node that makes it.
            txn.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
            // Nodes work meanwhile: whoever waits for a table makes all others wait behind. Better to fail, and to be
            // called again. (After the lock above: waiting for another node that migrates has no limit.)
            txn.execute_unprepared("SET LOCAL lock_timeout = '5s'").await?;
        }
        Steps::up(&txn, steps).await?;
        txn.commit().await
    }
}

impl Migrator {
    /// Names of the steps that this program has and the database lacks. Steps that only a newer program has do not
    /// count: it added something, which this one does not look at (a rolling upgrade). Writes nothing.
    pub async fn lacking(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
        let applied = if SchemaManager::new(db).has_table("seaql_migrations").await? {
            seaql_migrations::Entity::find().all(db).await?
        } else {
            Vec::new()
        };
        let applied: Vec<String> = applied.into_iter().map(|row| row.version).collect();
        let names = Steps::migrations().into_iter().map(|step| step.name().to_owned());
        Ok(names.filter(|name| !applied.contains(name)).collect())
    }
}

impl MigratorTrait for Steps {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_desk::Migration),
            Box::new(m20261122_000002_embedded_ca::Migration),
            Box::new(m20261122_000003_portal::Migration),
            Box::new(m20261122_000004_batch::Migration),
            Box::new(m20261122_000005_search::Migration),
            Box::new(m20261122_000006_outbox::Migration),
            Box::new(m20261122_000007_crl::Migration),
            Box::new(m20261122_000008_watch::Migration),
            Box::new(m20261122_000009_restore::Migration),
            Box::new(m20261122_000010_narrow::Migration),
            Box::new(m20261122_000011_queue::Migration),
            Box::new(m20261122_000012_live::Migration),
            Box::new(m20261122_000013_lists::Migration),
            Box::new(m20261122_000014_reading::Migration),
            Box::new(m20261122_000015_texts::Migration),
            Box::new(m20261122_000016_settings::Migration),
            Box::new(m20261122_000017_preferences::Migration),
            Box::new(m20261122_000018_installation::Migration),
            Box::new(m20261122_000019_bounces::Migration),
            Box::new(m20261122_000020_signin::Migration),
            Box::new(m20261122_000021_walls::Migration),
            Box::new(m20261122_000022_expiry::Migration),
            Box::new(m20261122_000023_retention::Migration),
            Box::new(m20261122_000024_disagreements::Migration),
            Box::new(m20261122_000025_imports::Migration),
            Box::new(m20261122_000026_webhooks::Migration),
        ]
    }
}
