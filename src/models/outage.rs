//! Tells a database that is away for a while from one that says no.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, SqlxError};

use crate::errors::Error;

/// Between two looks whether the database is back.
const PAUSE: Duration = Duration::from_millis(500);
/// After this many looks it is no pause any more: two minutes and what the looks themselves take.
const LOOKS: u32 = 240;

/// Whether what failed may work as soon as the database is back: the connection broke or could not be had, the server
/// is shutting down, starting up or a replica still.
pub fn is_outage(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(fault) | DbErr::Query(fault) => is_broken(fault),
        _ => false,
    }
}

fn is_broken(fault: &RuntimeErr) -> bool {
    let RuntimeErr::SqlxError(error) = fault else { return false };
    match &**error {
        SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::WorkerCrashed => true,
        // PostgreSQL: connection exceptions, shutdown, crash, starting up, and read-only (a replica not yet promoted).
        SqlxError::Database(error) => {
            error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P0") || code == "25006")
        }
        _ => false,
    }
}

/// Waits until the database answers again. `false`: it did not in time.
pub async fn until_back(db: &DatabaseConnection) -> bool {
    for _ in 0..LOOKS {
        tokio::time::sleep(PAUSE).await;
        if db.execute_unprepared("SELECT 1").await.is_ok() {
            return true;
        }
    }
    false
}
