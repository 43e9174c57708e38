//! What a reconciliation found about single cases.

use sea_orm::entity::prelude::*;

use crate::domain::halt::Finding;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "halt_findings")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub halt_id: i64,
    pub case_id: i64,
    pub finding: Finding,
    pub noted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
