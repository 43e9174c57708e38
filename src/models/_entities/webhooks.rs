//! Receivers of what happens to cases.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub url: String,
    pub events: String,
    pub secret: String,
    pub former_secret: Option<String>,
    pub former_until: Option<DateTimeUtc>,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub paused_at: Option<DateTimeUtc>,
    pub gone_at: Option<DateTimeUtc>,
    pub removed_at: Option<DateTimeUtc>,
    pub failures: i64,
    pub failing_since: Option<DateTimeUtc>,
    pub rest_until: Option<DateTimeUtc>,
    pub lease_until: Option<DateTimeUtc>,
    pub fence: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
