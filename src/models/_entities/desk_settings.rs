//! Every version of the settings that administrators change while the program runs.

use sea_orm::entity::prelude::*;

use crate::domain::setting::SettingName;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "desk_settings")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: SettingName,
    pub version: i64,
    pub value: String,
    pub effective_on: Date,
    pub reason: String,
    pub changed_by: String,
    pub changed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
