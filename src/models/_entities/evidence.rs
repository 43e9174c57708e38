//! What a document proves about a case.

use sea_orm::entity::prelude::*;

use crate::domain::certificate::SerialNumber;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub case_id: i64,
    pub document_id: i64,
    pub serial: SerialNumber,
    pub revocation_reason: Option<i32>,
    pub revoked_at: DateTimeUtc,
    pub judged_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
