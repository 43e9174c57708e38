//! The cases of an act on many, as they were when the list was made.

use sea_orm::entity::prelude::*;

use crate::models::columns::ItemOutcome;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bulk_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub case_id: i64,
    pub case_version: i64,
    pub outcome: Option<ItemOutcome>,
    pub refusal: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
