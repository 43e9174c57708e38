//! What the customer filed; never changed afterwards, but for a CSR that comes later.

use sea_orm::entity::prelude::*;

use crate::domain::application::FilingChannel;
use crate::domain::application::ReissueReason;
use crate::domain::reception_number::ReceptionNumber;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reissue_applications")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub reception_number: ReceptionNumber,
    pub certificate_id: i64,
    pub reason: ReissueReason,
    pub key_possibly_exposed: Option<bool>,
    pub requested_on: Option<Date>,
    pub csr_der: Option<Vec<u8>>,
    pub csr_reused: bool,
    pub channel: FilingChannel,
    pub caller_name: Option<String>,
    pub filing_ground: Option<String>,
    pub filed_by: String,
    pub filed_by_name: String,
    pub filed_at: DateTimeUtc,
    pub needs_reexamination: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
