//! The outbox for many mails.
//!
//! An index of the mails that wait, in the order in which they are claimed; mails that were sent are not in it, so that it
//! stays as small as the queue. On PostgreSQL the texts are kept beside the rows and each page has room for changed
//! rows: a claim or a result does not write the texts once more.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::statement::execute;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, "CREATE INDEX messages_waiting ON messages (next_attempt_at, id) WHERE status = 'queued'")
            .await?;
        execute(manager, "DROP INDEX messages_due").await?;
        storage(manager, "SET (toast_tuple_target = 512, fillfactor = 50)").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, "CREATE INDEX messages_due ON messages (status, next_attempt_at)").await?;
        execute(manager, "DROP INDEX messages_waiting").await?;
        storage(manager, "RESET (toast_tuple_target, fillfactor)").await
    }
}

async fn storage(manager: &SchemaManager<'_>, setting: &str) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DatabaseBackend::Postgres => execute(manager, &format!("ALTER TABLE messages {setting}")).await,
        _ => Ok(()),
    }
}
