//! Versions of texts: mails and call scripts as administrators changed them.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "text_versions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    /// From 1 on; 0 is the text as shipped.
    pub version: i64,
    /// Empty where the text has none.
    pub subject: String,
    pub body: String,
    pub effective_on: Date,
    pub reason: String,
    /// The version that was taken up again.
    pub restored_from: Option<i64>,
    pub saved_by: String,
    pub saved_by_name: String,
    pub saved_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
