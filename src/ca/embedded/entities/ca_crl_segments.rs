//! What a range of rows of `ca_revocations` says, in one piece; never changed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ca_crl_segments")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub issuer_id: String,
    /// The range: `after_id < id <= last_id`. The next segment's `after_id` is this one's `last_id`.
    pub after_id: i64,
    pub last_id: i64,
    /// Rows in it.
    pub revocations: i64,
    /// The latest end of their certificates.
    pub last_not_after: DateTimeUtc,
    /// Records, in the order of the rows (`crl::record`).
    pub content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
