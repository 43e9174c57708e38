//! A revocation by the embedded CA; append-only.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ca_revocations")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub issuer_id: String,
    pub serial: String,
    /// The encoded element of revokedCertificates.
    pub entry: Vec<u8>,
    pub reason: i32,
    pub revoked_at: DateTimeUtc,
    /// Of the certificate: until when the entry stays on the CRL.
    pub not_after: DateTimeUtc,
    pub request_id: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
