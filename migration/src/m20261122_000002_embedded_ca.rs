//! The books of the embedded CA: what it issued, what it revoked, which CRLs it published.
//!
//! `ca_revocations` is append-only: a row leaves the CRL when its certificate has expired, never the table.

use sea_orm_migration::prelude::*;

use crate::statement::{drop_tables, execute_all};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, STATEMENTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["ca_certificates", "ca_revocations", "ca_crls"]).await
    }
}

const STATEMENTS: &[&str] = &[
    // request_id: the same order never makes a second certificate.
    "CREATE TABLE ca_certificates (
        id {id},
        issuer_id TEXT NOT NULL,
        serial TEXT NOT NULL,
        sha256 TEXT NOT NULL UNIQUE,
        request_id TEXT NOT NULL UNIQUE,
        der {blob} NOT NULL,
        not_after {instant} NOT NULL,
        issued_at {instant} NOT NULL,
        UNIQUE (issuer_id, serial)
    )",
    // entry: the encoded element of revokedCertificates, so that a CRL is the concatenation of them.
    "CREATE TABLE ca_revocations (
        id {id},
        issuer_id TEXT NOT NULL,
        serial TEXT NOT NULL,
        entry {blob} NOT NULL,
        reason INTEGER NOT NULL CHECK (reason IN (1, 4)),
        revoked_at {instant} NOT NULL,
        not_after {instant} NOT NULL,
        request_id TEXT NOT NULL,
        UNIQUE (issuer_id, serial)
    )",
    // A CRL reads chunk by chunk in the order of revocation; without this each chunk sorts the whole table.
    "CREATE INDEX ca_revocations_order ON ca_revocations (issuer_id, id)",
    "CREATE TABLE ca_crls (
        id {id},
        issuer_id TEXT NOT NULL,
        number BIGINT NOT NULL CHECK (number > 0),
        this_update {instant} NOT NULL,
        next_update {instant} NOT NULL,
        entries BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        file_name TEXT NOT NULL,
        published_at {instant} NOT NULL,
        UNIQUE (issuer_id, number)
    )",
];
