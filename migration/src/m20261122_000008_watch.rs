//! Short ways to what monitoring asks every few seconds: the oldest unsent mail and the runs that have not ended.

use sea_orm_migration::prelude::*;

use crate::statement::execute;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            "CREATE INDEX messages_unsent ON messages (created_at) WHERE status = 'queued'",
            "CREATE INDEX batch_runs_running ON batch_runs (heartbeat_at) WHERE status = 'running'",
            "CREATE INDEX batch_runs_task ON batch_runs (task, id)",
        ] {
            execute(manager, statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["messages_unsent", "batch_runs_running", "batch_runs_task"] {
            execute(manager, &format!("DROP INDEX {index}")).await?;
        }
        Ok(())
    }
}
