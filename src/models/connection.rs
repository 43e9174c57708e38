//! The program's own database pool: the guarantees that every connection must give.

use std::time::Duration;

use loco_rs::{config::Database as Config, environment::Environment};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};

/// How long a SQLite writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the pool. On SQLite each connection (not only the first) gets WAL, full synchronisation, foreign keys
/// and the busy time-out; a PostgreSQL that may lose acknowledged commits is refused outside tests.
pub async fn connect(config: &Config, environment: &Environment) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(&config.uri);
    options
        .min_connections(config.min_connections)
        .max_connections(config.max_connections)
        .connect_timeout(Duration::from_millis(config.connect_timeout))
        .idle_timeout(Duration::from_millis(config.idle_timeout))
        .sqlx_logging(config.enable_logging)
        .map_sqlx_sqlite_opts(|options| {
            options
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
        });
    if let Some(acquire) = config.acquire_timeout {
        options.acquire_timeout(Duration::from_millis(acquire));
    }
    let db = Database::connect(options).await?;
    if *environment != Environment::Test {
        refuse_losing_commits(&db).await?;
    }
    Ok(db)
}

async fn refuse_losing_commits(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, "SHOW fsync")).await?;
    let fsync: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    if fsync.as_deref() == Some("on") {
        return Ok(());
    }
    Err(DbErr::Custom("PostgreSQL runs with fsync=off: a crash would lose revocations that were acknowledged".into()))
}
