//! Phone calls; append-only.

use sea_orm::entity::prelude::*;

use crate::domain::call::CallOutcome;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calls")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub case_id: i64,
    pub case_version: i64,
    pub caller: String,
    pub caller_name: String,
    pub contact_id: i64,
    pub outcome: CallOutcome,
    pub spoke_with: Option<String>,
    pub name_and_company: bool,
    pub reception_number_or_common_name: bool,
    pub call_back_at: Option<DateTimeUtc>,
    pub requested_on: Option<Date>,
    pub note: Option<String>,
    pub called_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
