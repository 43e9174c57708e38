//! Whether the database has the tables that this program was built for.

use migration::Migrator;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::MigratorTrait;

/// Whether every step of ours was taken. Later steps may be there too: while nodes are replaced one by one, the old
/// program runs on the new schema (steps add first and remove later).
pub async fn is_ours(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let taken = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations");
    let taken = db.query_all_raw(taken).await?;
    let taken: Vec<String> = taken.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    Ok(Migrator::migrations().iter().all(|step| taken.iter().any(|name| name == step.name())))
}
