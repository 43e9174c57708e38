//! The program's own database pool: the guarantees that every connection must give.

use std::time::Duration;

use loco_rs::{config::Database as Config, environment::Environment};
use sea_orm::metric::Info;
use sea_orm::sqlx::{Connection, SqliteConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr, SqlxError, Statement,
};

/// How long a SQLite writer waits for another one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that rested longer is tried before it is used: the server may have gone and come back meanwhile.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// Connections of those who watch: a load balancer, a collector and the watchdog may ask at the same time.
const PROBES: u32 = 3;
/// How long they wait for a connection.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// A query that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_secs(1);
/// Characters of it that are shown.
const SHOWN: usize = 300;

/// A program that starts waits so long, 30 times, for a server that is not there yet: machines come up in any order.
const WAIT: Duration = Duration::from_secs(2);
const WAITS: u32 = 30;

/// What PostgreSQL is told for each connection, in milliseconds and seconds. A statement of this program takes
/// milliseconds; those of a schema change have no limit (`migration`). A node that vanishes with a transaction open holds
/// locks that all others wait for: the server has to notice and to undo it.
const POSTGRES: [(&str, &str); 6] = [
    ("statement_timeout", "120000"),
    ("idle_in_transaction_session_timeout", "60000"),
    ("tcp_keepalives_idle", "15"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30000"),
];

/// Opens the pool. On SQLite each connection (not only the first) gets WAL, full synchronisation, foreign keys
/// and the busy time-out; a PostgreSQL that may lose acknowledged commits is refused outside tests.
pub async fn connect(config: &Config, environment: &Environment) -> Result<DatabaseConnection, DbErr> {
    let mut db = Database::connect(options(config)).await?;
    db.set_metric_callback(warn_of_slow);
    if *environment != Environment::Test {
        refuse_losing_commits(&db).await?;
    }
    Ok(db)
}

/// The statement as the program wrote it; its values may hold personal data.
fn warn_of_slow(query: &Info<'_>) {
    if query.elapsed >= SLOW {
        let sql: String = query.statement.sql.chars().take(SHOWN).collect();
        tracing::warn!(
            sql,
            milliseconds = u64::try_from(query.elapsed.as_millis()).unwrap_or(u64::MAX),
            failed = query.failed,
            "a slow query"
        );
    }
}

/// Connections for those who watch: few, opened when they are needed, given up soon. Works while the database is away.
pub async fn connect_probe(config: &Config) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(config);
    options.min_connections(0).max_connections(PROBES).connect_lazy(true).acquire_timeout(PROBE_PATIENCE);
    Database::connect(options).await
}

/// Connections for customers' pages alone, opened when they are needed (`models/wall.rs`).
pub async fn connect_walled(config: &Config) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(config);
    options.min_connections(0).connect_lazy(true);
    let mut db = Database::connect(options).await?;
    db.set_metric_callback(warn_of_slow);
    Ok(db)
}

fn options(config: &Config) -> ConnectOptions {
    let mut options = ConnectOptions::new(&config.uri);
    options
        .min_connections(config.min_connections)
        .max_connections(config.max_connections)
        // The pool has one limit: for finding a free connection or making one.
        .acquire_timeout(Duration::from_millis(config.acquire_timeout.unwrap_or(config.connect_timeout)))
        .idle_timeout(Duration::from_millis(config.idle_timeout))
        .test_before_acquire_if_idle_for(TRIED_AFTER)
        .sqlx_logging(config.enable_logging)
        .map_sqlx_postgres_opts(|options| options.options(POSTGRES))
        .map_sqlx_sqlite_opts(|options| {
            options
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
        })
        .map_sqlx_sqlite_pool_opts(|options| options.after_release(|connection, _| Box::pin(is_whole(connection))));
    options
}

/// Whether a SQLite connection may be used again. When a disk is full, SQLite rolls a transaction back by itself; the
/// driver's own rollback then fails, and it would take the next transaction for a part of the lost one.
async fn is_whole(connection: &mut SqliteConnection) -> Result<bool, SqlxError> {
    if connection.is_in_transaction() {
        // The rollback is under way; this comes after it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Returns as soon as the server answers, whatever it says; waits for one that is not there yet or still starting.
pub async fn wait_for_server(config: &Config) -> Result<(), DbErr> {
    if !config.uri.starts_with("postgres") {
        return Ok(());
    }
    let mut options = ConnectOptions::new(&config.uri);
    options.max_connections(1).acquire_timeout(WAIT).sqlx_logging(false);
    let server = server_of(&config.uri);
    for tried in 0..WAITS {
        match Database::connect(options.clone()).await {
            Ok(db) => return db.close().await,
            Err(error) if is_absence(&error) => {}
            Err(error) => return Err(DbErr::Custom(format!("the database at {server}: {error}"))),
        }
        if tried == 0 {
            // The log is not set up yet.
            eprintln!("revocation-desk: waiting for the database at {server}");
        }
    }
    let seconds = WAIT.as_secs() * u64::from(WAITS);
    Err(DbErr::Custom(format!("no database at {server} for {seconds} s: is it running, is DATABASE_URL right?")))
}

/// Nobody listens, the name is not known yet, or the server is starting (the pool tries again until its time is up).
fn is_absence(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(cause)) => matches!(**cause, SqlxError::Io(_) | SqlxError::PoolTimedOut),
        _ => false,
    }
}

/// `host:port/database` of an address that may hold a password.
pub fn server_of(uri: &str) -> &str {
    let place = uri.rsplit_once('@').map_or(uri, |(_, place)| place);
    let place = place.split_once("://").map_or(place, |(_, place)| place);
    place.split_once('?').map_or(place, |(place, _)| place)
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

#[cfg(test)]
mod tests {
    use super::server_of;

    #[test]
    fn a_password_is_not_told() {
        for (uri, told) in [
            ("postgres://desk:p%40ss@db.example:5432/desk?sslmode=require", "db.example:5432/desk"),
            ("postgres://127.0.0.1/desk", "127.0.0.1/desk"),
        ] {
            assert_eq!(server_of(uri), told);
        }
    }
}
