//! An index of the mails that wait, in the order in which they are claimed. Mails that were sent are not in it, so that
//! it stays as small as the queue.

use sea_orm_migration::prelude::*;

use crate::statement::execute;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, "CREATE INDEX messages_waiting ON messages (next_attempt_at, id) WHERE status = 'queued'")
            .await?;
        execute(manager, "DROP INDEX messages_due").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, "CREATE INDEX messages_due ON messages (status, next_attempt_at)").await?;
        execute(manager, "DROP INDEX messages_waiting").await
    }
}
