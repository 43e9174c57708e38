//! One intent to revoke, and the CA's answer; append-only but for the answer.

use sea_orm::entity::prelude::*;

use crate::domain::application::CrlReason;
use crate::domain::certificate::Fingerprint;
use crate::domain::certificate::SerialNumber;
use crate::models::columns::AttemptOutcome;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub case_id: i64,
    pub case_version: i64,
    pub request_id: String,
    pub batch_run_id: Option<i64>,
    pub actor: String,
    pub actor_name: String,
    pub issuer: String,
    pub serial: SerialNumber,
    pub sha256: Fingerprint,
    pub revocation_reason: CrlReason,
    pub intended_at: DateTimeUtc,
    pub outcome: Option<AttemptOutcome>,
    pub answer: Option<String>,
    pub answered_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
