//! Acts on many cases at once, from the list to what became of it.

use sea_orm::entity::prelude::*;

use crate::domain::bulk::BulkKind;
use crate::domain::bulk::BulkOrigin;
use crate::domain::bulk::BulkState;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_acts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: BulkKind,
    pub state: BulkState,
    pub version: i64,
    pub origin: BulkOrigin,
    pub conditions: String,
    pub parameter: Option<String>,
    pub made_by: String,
    pub made_by_name: String,
    pub made_at: DateTimeUtc,
    pub ground: Option<String>,
    pub requested_by: Option<String>,
    pub requested_by_name: Option<String>,
    pub requested_at: Option<DateTimeUtc>,
    pub approved_by: Option<String>,
    pub approved_by_name: Option<String>,
    pub approved_at: Option<DateTimeUtc>,
    pub batch_run_id: Option<i64>,
    pub closed_by_name: Option<String>,
    pub closed_at: Option<DateTimeUtc>,
    pub closing_note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
