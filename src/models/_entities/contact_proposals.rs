//! Successors that customers named; nobody is phoned by them before the desk verified the number.

use sea_orm::entity::prelude::*;

use crate::domain::contact::ContactRole;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_proposals")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub subscriber_id: i64,
    pub case_id: Option<i64>,
    pub role: ContactRole,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
    pub proposed_by: String,
    pub proposed_by_name: String,
    pub proposed_at: DateTimeUtc,
    pub contact_change_id: Option<i64>,
    pub declined_by: Option<String>,
    pub declined_at: Option<DateTimeUtc>,
    pub declined_ground: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
