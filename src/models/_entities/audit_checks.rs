//! Walks over the audit log and what they found. One without an end goes on, or was cut off.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub started_at: DateTimeUtc,
    pub started_by: String,
    pub ended_at: Option<DateTimeUtc>,
    /// Events in order, counted from the first.
    pub sound: Option<i64>,
    pub fault: Option<String>,
    pub fault_sequence: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
