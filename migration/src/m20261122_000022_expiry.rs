//! Open cases in the order in which their source certificates expire. Copied by a trigger, as the search texts are: a case
//! never changes its source certificate. Cases that are closed already stay without.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::statement::execute;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trigger = if is_sqlite(manager) { SQLITE_UP } else { POSTGRES_UP };
        for statement in [COLUMN, FILL, INDEX].iter().chain(trigger) {
            execute(manager, statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trigger = if is_sqlite(manager) { SQLITE_DOWN } else { POSTGRES_DOWN };
        for statement in trigger.iter().chain(&["DROP INDEX revocation_cases_open_expiry", DROP_COLUMN]) {
            execute(manager, statement).await?;
        }
        Ok(())
    }
}

fn is_sqlite(manager: &SchemaManager<'_>) -> bool {
    manager.get_connection().get_database_backend() == DatabaseBackend::Sqlite
}

const COLUMN: &str = "ALTER TABLE revocation_cases ADD COLUMN source_not_after {instant}";
const DROP_COLUMN: &str = "ALTER TABLE revocation_cases DROP COLUMN source_not_after";

const FILL: &str = "UPDATE revocation_cases
    SET source_not_after = (SELECT c.not_after FROM certificates c WHERE c.id = source_certificate_id)
    WHERE state NOT IN ('completed','withdrawn','expired')";

const INDEX: &str = "CREATE INDEX revocation_cases_open_expiry ON revocation_cases (source_not_after, id)
    WHERE state NOT IN ('completed','withdrawn','expired')";

const SQLITE_UP: &[&str] = &["CREATE TRIGGER revocation_cases_expiry AFTER INSERT ON revocation_cases BEGIN
    UPDATE revocation_cases
        SET source_not_after = (SELECT c.not_after FROM certificates c WHERE c.id = NEW.source_certificate_id)
        WHERE id = NEW.id; END"];

const SQLITE_DOWN: &[&str] = &["DROP TRIGGER revocation_cases_expiry"];

const POSTGRES_UP: &[&str] = &[
    "CREATE FUNCTION copy_source_expiry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        SELECT c.not_after INTO NEW.source_not_after FROM certificates c WHERE c.id = NEW.source_certificate_id;
        RETURN NEW;
    END $$",
    "CREATE TRIGGER revocation_cases_expiry BEFORE INSERT ON revocation_cases
        FOR EACH ROW EXECUTE FUNCTION copy_source_expiry()",
];

const POSTGRES_DOWN: &[&str] =
    &["DROP TRIGGER revocation_cases_expiry ON revocation_cases", "DROP FUNCTION copy_source_expiry"];
