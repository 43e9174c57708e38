//! The program's own database pool: the guarantees that every connection must give.

use std::time::Duration;

use loco_rs::{config::Database as Config, environment::Environment};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};

/// How long a SQLite writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections of those who watch: a load balancer, a collector and the watchdog may ask at the same time.
const PROBES: u32 = 3;
/// How long they wait for a connection.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// Opens the pool. On SQLite each connection (not only the first) gets WAL, full synchronisation, foreign keys
/// and the busy time-out; a PostgreSQL that may lose acknowledged commits is refused outside tests.
pub async fn connect(config: &Config, environment: &Environment) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(config);
    options
        .min_connections(config.min_connections)
        .max_connections(config.max_connections)
        .connect_timeout(Duration::from_millis(config.connect_timeout))
        .idle_timeout(Duration::from_millis(config.idle_timeout));
    if let Some(acquire) = config.acquire_timeout {
        options.acquire_timeout(Duration::from_millis(acquire));
    }
    let db = Database::connect(options).await?;
    if *environment != Environment::Test {
        refuse_losing_commits(&db).await?;
    }
    Ok(db)
}

/// Connections for those who watch: few, opened when they are needed, given up soon. Works while the database is away.
pub async fn connect_probe(config: &Config) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(config);
    options
        .min_connections(0)
        .max_connections(PROBES)
        .connect_lazy(true)
        .connect_timeout(PROBE_PATIENCE)
        .acquire_timeout(PROBE_PATIENCE)
        .idle_timeout(Duration::from_millis(config.idle_timeout));
    Database::connect(options).await
}

/// What every connection has.
fn options(config: &Config) -> ConnectOptions {
    let mut options = ConnectOptions::new(&config.uri);
    options.sqlx_logging(config.enable_logging).map_sqlx_sqlite_opts(|options| {
        options
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
    });
    options
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
