//! X.509 certificates known to the desk.

use sea_orm::entity::prelude::*;

use crate::domain::certificate::Fingerprint;
use crate::domain::certificate::SerialNumber;
use crate::domain::certificate::ValidationType;
use crate::domain::reception_number::ReceptionNumber;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificates")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub subscriber_id: i64,
    pub reception_number: Option<ReceptionNumber>,
    pub origin_id: Option<i64>,
    pub issuer: String,
    pub serial: SerialNumber,
    pub sha256: Fingerprint,
    pub der: Vec<u8>,
    pub validation: ValidationType,
    pub common_name: String,
    pub organization: Option<String>,
    pub dns_names: String,
    pub search_names: String,
    pub spki_sha256: String,
    pub key_label: String,
    pub not_before: DateTimeUtc,
    pub not_after: DateTimeUtc,
    pub entitlement_end_on: Date,
    pub validation_expires_on: Option<Date>,
    pub csr_der: Option<Vec<u8>>,
    pub revoked_at: Option<DateTimeUtc>,
    pub revocation_reason: Option<i32>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
