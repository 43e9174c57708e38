//! Whether the database has the tables that this program was built for.

use migration::Migrator;
use sea_orm::{DatabaseConnection, DbErr};

/// Whether every step of ours was taken. Later steps may be there too: while nodes are replaced one by one, the old
/// program runs on the new schema (steps add first and remove later).
pub async fn is_ours(db: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(Migrator::lacking(db).await?.is_empty())
}
