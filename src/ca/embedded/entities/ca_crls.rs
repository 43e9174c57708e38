//! A CRL that the embedded CA published.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ca_crls")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub issuer_id: String,
    pub number: i64,
    pub this_update: DateTimeUtc,
    pub next_update: DateTimeUtc,
    pub entries: i64,
    /// Rows of `ca_revocations` that there were; `None` in CRLs from before this was kept.
    pub revocations: Option<i64>,
    pub sha256: String,
    pub file_name: String,
    pub published_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
