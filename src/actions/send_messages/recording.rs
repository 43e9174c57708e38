//! Writes how mails ended, many at once.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use tokio::time::sleep;

use crate::clock::Stopwatch;
use crate::errors::Result;
use crate::models::outbox::{self, Ending};

/// For how long a database that has gone away is waited for. Whoever waits no longer has sent mails twice.
pub const PATIENCE: Duration = Duration::from_mins(1);
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// What became of the writing, by the ids of the mails.
#[derive(Debug, Default)]
pub struct Recorded {
    pub written: HashSet<i64>,
    /// Their lease runs out and they are sent again with the same Message-ID: twice is better than never.
    pub unwritable: HashSet<i64>,
}

/// Fails when nothing at all can be written.
pub async fn record(db: &DatabaseConnection, endings: &[Ending]) -> Result<Recorded> {
    let waiting = Stopwatch::start();
    loop {
        match outbox::record(db, endings).await {
            Ok(written) => return Ok(Recorded { written, unwritable: HashSet::new() }),
            Err(error) if was_refused(&error) => return one_by_one(db, endings).await,
            Err(error) if waiting.elapsed() >= PATIENCE => return Err(error.into()),
            Err(error) => {
                tracing::warn!(cause = %error, mails = endings.len(), "the results of mails wait for the database");
                sleep(BETWEEN_TRIES).await;
            }
        }
    }
}

/// One row that the database does not take must not keep the others from being written.
async fn one_by_one(db: &DatabaseConnection, endings: &[Ending]) -> Result<Recorded> {
    let mut recorded = Recorded::default();
    for ending in endings {
        match outbox::record(db, std::slice::from_ref(ending)).await {
            Ok(written) => recorded.written.extend(written),
            Err(error) if !was_refused(&error) => return Err(error.into()),
            Err(error) => {
                tracing::error!(message.id = ending.id, %error, "the result of a mail could not be recorded");
                recorded.unwritable.insert(ending.id);
                if recorded.unwritable.len() == endings.len() && endings.len() > 1 {
                    return Err(error.into());
                }
            }
        }
    }
    Ok(recorded)
}

/// The database answered, and did not take the statement. Otherwise it cannot be reached, or is busy or closing.
fn was_refused(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(fault)) | DbErr::Query(RuntimeErr::SqlxError(fault))) = error else {
        return false;
    };
    let code = fault.as_database_error().and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| !is_passing(&code))
}

/// PostgreSQL: transaction rollback, insufficient resources, operator intervention; SQLite: BUSY and LOCKED.
fn is_passing(code: &str) -> bool {
    match code.len() {
        5 => ["40", "53", "57"].iter().any(|class| code.starts_with(class)),
        _ => ["5", "6", "261", "262", "517"].contains(&code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_is_waited_for() {
        // deadlock, too many connections, shutdown, cannot connect now; SQLite: busy, locked
        for code in ["40P01", "53300", "57P01", "57P03", "5", "6", "517"] {
            assert!(is_passing(code), "{code}");
        }
        // check violated, not a character, no such table; SQLite: constraint, full
        for code in ["23514", "22021", "42P01", "19", "13", "1811"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
