//! Several nodes in one run: how many take part, and a short way to the cases that go first.

use sea_orm_migration::prelude::*;

use crate::statement::execute;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            execute(manager, statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            execute(manager, statement).await?;
        }
        Ok(())
    }
}

const UP: &[&str] = &[
    "ALTER TABLE batch_runs ADD COLUMN workers BIGINT NOT NULL DEFAULT 1",
    "CREATE INDEX revocation_cases_urgent ON revocation_cases (state, id) WHERE compromise_reported_at IS NOT NULL",
];

const DOWN: &[&str] = &["DROP INDEX revocation_cases_urgent", "ALTER TABLE batch_runs DROP COLUMN workers"];
