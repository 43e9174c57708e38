//! Validated contact versions; the current one has no `superseded_at`.

use sea_orm::entity::prelude::*;

use crate::domain::contact::ContactRole;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contacts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub subscriber_id: i64,
    pub role: ContactRole,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    pub verified_by: String,
    pub verified_on: Date,
    pub created_at: DateTimeUtc,
    pub superseded_at: Option<DateTimeUtc>,
    pub dialled_from: Option<String>,
    pub search_name: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
