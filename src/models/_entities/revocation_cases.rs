//! The desk's unit of work.

use sea_orm::entity::prelude::*;

use crate::domain::application::CrlReason;
use crate::domain::call_band::CallBand;
use crate::domain::case::CaseState;
use crate::domain::case::HoldReason;
use crate::domain::reception_number::ReceptionNumber;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocation_cases")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub reception_number: ReceptionNumber,
    pub application_id: i64,
    pub subscriber_id: i64,
    pub source_certificate_id: i64,
    pub replacement_certificate_id: Option<i64>,
    pub state: CaseState,
    pub version: i64,
    pub revocation_reason: CrlReason,
    pub requested_on: Date,
    pub due_on: Date,
    pub compromise_reported_at: Option<DateTimeUtc>,
    pub hold_reason: Option<HoldReason>,
    pub hold_note: Option<String>,
    pub closing_note: Option<String>,
    pub next_call_at: Option<DateTimeUtc>,
    pub next_attempt_at: Option<DateTimeUtc>,
    pub lease_holder: Option<String>,
    pub lease_holder_name: Option<String>,
    pub lease_taken_at: Option<DateTimeUtc>,
    pub lease_until: Option<DateTimeUtc>,
    pub fence: i64,
    pub opened_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    pub call_band: Option<CallBand>,
    pub assignee_id: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
