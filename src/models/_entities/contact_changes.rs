//! Successors waiting for, or given, the approval of a second person.

use sea_orm::entity::prelude::*;

use crate::domain::contact::ContactRole;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_changes")]
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
    pub verified_on: Date,
    /// The customer's proposal that it follows from.
    pub proposal_id: Option<i64>,
    pub requested_by: String,
    pub requested_at: DateTimeUtc,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTimeUtc>,
    pub contact_id: Option<i64>,
    pub declined_by: Option<String>,
    pub declined_at: Option<DateTimeUtc>,
    pub declined_ground: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
