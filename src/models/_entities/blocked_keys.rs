//! Public keys that may not be certified again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blocked_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub spki_sha256: String,
    pub reason: String,
    pub blocked_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
