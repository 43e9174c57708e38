//! The instant by which leases begin and end.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

use crate::clock::Clock;

/// The present instant for leases. PostgreSQL serves several machines whose clocks differ, so it is the one that is
/// asked; on SQLite there is one machine.
pub async fn of_leases(db: &impl ConnectionTrait, clock: Clock) -> Result<DateTimeUtc, DbErr> {
    if db.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(clock.now());
    }
    let asked = Statement::from_string(DatabaseBackend::Postgres, "SELECT clock_timestamp()");
    let row = db.query_one_raw(asked).await?.ok_or_else(|| DbErr::RecordNotFound("clock_timestamp".to_owned()))?;
    Ok(clock.shifted(row.try_get_by_index(0)?))
}
