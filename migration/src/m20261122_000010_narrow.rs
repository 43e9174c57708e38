//! Room on PostgreSQL's pages for the rows that the daily run changes; nothing on SQLite.
//!
//! A changed row that finds room on its own page leaves the indexes of its table alone when no column of theirs changed:
//! that holds for `certificates.revoked_at` (nine indexes, two of them on expressions) and for the answer to an attempt
//! (three). Not for cases, whose state is in their indexes. Certificates are not compressed: their bytes do not become
//! shorter by it.
//!
//! Pages that are there already stay as they are: only new rows find room. No table is rewritten or locked for longer than
//! a moment.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::statement::execute_all;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(manager, DOWN).await
    }
}

async fn on_postgres(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DatabaseBackend::Postgres => execute_all(manager, statements).await,
        _ => Ok(()),
    }
}

const UP: &[&str] = &[
    "ALTER TABLE certificates SET (fillfactor = 80)",
    "ALTER TABLE certificates ALTER COLUMN der SET STORAGE EXTERNAL, ALTER COLUMN csr_der SET STORAGE EXTERNAL",
    "ALTER TABLE attempts SET (fillfactor = 60)",
];

const DOWN: &[&str] = &[
    "ALTER TABLE attempts RESET (fillfactor)",
    "ALTER TABLE certificates ALTER COLUMN der SET STORAGE EXTENDED, ALTER COLUMN csr_der SET STORAGE EXTENDED",
    "ALTER TABLE certificates RESET (fillfactor)",
];
