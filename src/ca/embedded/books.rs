//! Reads and writes of the embedded CA's books.
//!
//! Each write is one statement: unique indexes, not locks, keep two writers apart.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Statement,
    TryInsertResult,
};
use uuid::Uuid;

use super::entities::{ca_certificates, ca_crls, ca_issuers, ca_revocations};
use crate::domain::{
    application::CrlReason,
    certificate::{CertificateFacts, Fingerprint, SerialNumber},
};

/// Enters an issued certificate; `false` when the request id was there before.
pub async fn insert_certificate(
    db: &impl ConnectionTrait,
    issuer_id: &str,
    facts: &CertificateFacts,
    request_id: Uuid,
    issued_at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = ca_certificates::ActiveModel {
        issuer_id: Set(issuer_id.to_owned()),
        serial: Set(facts.serial.to_string()),
        sha256: Set(facts.fingerprint.to_string()),
        request_id: Set(request_id.to_string()),
        der: Set(facts.der.clone()),
        not_after: Set(facts.not_after),
        issued_at: Set(issued_at),
        ..Default::default()
    };
    let inserted = ca_certificates::Entity::insert(row)
        .on_conflict_do_nothing_on([ca_certificates::Column::RequestId])
        .exec_without_returning(db)
        .await?;
    Ok(is_new(&inserted))
}

pub async fn certificate_of_request(
    db: &impl ConnectionTrait,
    request_id: Uuid,
) -> Result<Option<ca_certificates::Model>, DbErr> {
    ca_certificates::Entity::find().filter(ca_certificates::Column::RequestId.eq(request_id.to_string())).one(db).await
}

pub async fn certificate(
    db: &impl ConnectionTrait,
    issuer_id: &str,
    serial: &SerialNumber,
) -> Result<Option<ca_certificates::Model>, DbErr> {
    ca_certificates::Entity::find()
        .filter(ca_certificates::Column::IssuerId.eq(issuer_id))
        .filter(ca_certificates::Column::Serial.eq(serial.as_str()))
        .one(db)
        .await
}

/// A revocation to enter.
pub struct NewRevocation<'a> {
    pub issuer_id: &'a str,
    pub serial: &'a SerialNumber,
    pub fingerprint: &'a Fingerprint,
    pub entry: Vec<u8>,
    pub reason: CrlReason,
    pub revoked_at: DateTime<Utc>,
    pub request_id: Uuid,
    pub now: DateTime<Utc>,
}

/// Enters the revocation of a certificate that is in the books just so and has not expired; `false` when it is not,
/// or was revoked before.
pub async fn insert_revocation(db: &impl ConnectionTrait, new: NewRevocation<'_>) -> Result<bool, DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "INSERT INTO ca_revocations (issuer_id, serial, entry, reason, revoked_at, not_after, request_id) \
         SELECT issuer_id, serial, $1, $2, $3, not_after, $4 FROM ca_certificates \
         WHERE issuer_id = $5 AND serial = $6 AND sha256 = $7 AND not_after >= $8 \
         ON CONFLICT (issuer_id, serial) DO NOTHING",
        [
            new.entry.into(),
            i32::from(new.reason.code()).into(),
            new.revoked_at.into(),
            new.request_id.to_string().into(),
            new.issuer_id.into(),
            new.serial.as_str().into(),
            new.fingerprint.as_str().into(),
            new.now.into(),
        ],
    );
    Ok(db.execute_raw(statement).await?.rows_affected() > 0)
}

pub async fn revocation(
    db: &impl ConnectionTrait,
    issuer_id: &str,
    serial: &SerialNumber,
) -> Result<Option<ca_revocations::Model>, DbErr> {
    ca_revocations::Entity::find()
        .filter(ca_revocations::Column::IssuerId.eq(issuer_id))
        .filter(ca_revocations::Column::Serial.eq(serial.as_str()))
        .one(db)
        .await
}

/// The keys that these books belong to, by role.
pub async fn issuers(db: &impl ConnectionTrait) -> Result<Vec<ca_issuers::Model>, DbErr> {
    ca_issuers::Entity::find().all(db).await
}

/// Enters whose books these are, where nobody has: root and issuing CA in one statement, for two nodes that start at once.
pub async fn claim(db: &impl ConnectionTrait, root: &str, issuing: &str) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(
        db.get_database_backend(),
        "INSERT INTO ca_issuers (issuer_id, role) VALUES ($1, 'root'), ($2, 'issuing') ON CONFLICT DO NOTHING",
        [root.into(), issuing.into()],
    );
    db.execute_raw(statement).await.map(drop)
}

pub async fn last_crl(db: &impl ConnectionTrait, issuer_id: &str) -> Result<Option<ca_crls::Model>, DbErr> {
    ca_crls::Entity::find()
        .filter(ca_crls::Column::IssuerId.eq(issuer_id))
        .order_by_desc(ca_crls::Column::Number)
        .one(db)
        .await
}

pub async fn crl(db: &impl ConnectionTrait, issuer_id: &str, number: i64) -> Result<Option<ca_crls::Model>, DbErr> {
    ca_crls::Entity::find()
        .filter(ca_crls::Column::IssuerId.eq(issuer_id))
        .filter(ca_crls::Column::Number.eq(number))
        .one(db)
        .await
}

fn is_new(inserted: &TryInsertResult<u64>) -> bool {
    matches!(inserted, TryInsertResult::Inserted(1..))
}
