//! What came back of a mail.

use sea_orm::entity::prelude::*;

use crate::domain::bounce::BounceAction;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bounces")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub message_id: i64,
    pub recipient: String,
    pub action: BounceAction,
    pub status_code: String,
    pub words: String,
    pub arrived_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
