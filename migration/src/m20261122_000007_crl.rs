//! CRLs of a million entries in a moment: revocations sealed into segments, how many of them each CRL knew of, and whose
//! books these are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::statement::{execute, execute_all};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, UP).await?;
        if manager.get_connection().get_database_backend() == DatabaseBackend::Postgres {
            // Serial numbers are random: trying to compress them costs time and gains nothing.
            execute(manager, "ALTER TABLE ca_crl_segments ALTER COLUMN content SET STORAGE EXTERNAL").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    // The keys are files; this says which ones belong to this database.
    "CREATE TABLE ca_issuers (
        issuer_id TEXT PRIMARY KEY,
        role TEXT NOT NULL UNIQUE CHECK (role IN ('root', 'issuing'))
    )",
    "INSERT INTO ca_issuers (issuer_id, role)
        SELECT issuer_id, 'issuing' FROM ca_certificates ORDER BY id DESC LIMIT 1",
    // What the rows after_id < id <= last_id of ca_revocations say, in one piece; never changed. content is the last
    // column, so that reading the others does not touch it.
    "CREATE TABLE ca_crl_segments (
        id {id},
        issuer_id TEXT NOT NULL,
        after_id BIGINT NOT NULL,
        last_id BIGINT NOT NULL CHECK (last_id > after_id),
        revocations BIGINT NOT NULL CHECK (revocations > 0),
        last_not_after {instant} NOT NULL,
        content {blob} NOT NULL,
        UNIQUE (issuer_id, after_id)
    )",
    // How many rows of ca_revocations were there when the CRL was made; NULL in CRLs from before.
    "ALTER TABLE ca_crls ADD COLUMN revocations BIGINT",
];

const DOWN: &[&str] =
    &["ALTER TABLE ca_crls DROP COLUMN revocations", "DROP TABLE ca_crl_segments", "DROP TABLE ca_issuers"];
