//! CRLs and OCSP answers as fetched, each kept once.

use sea_orm::entity::prelude::*;

use crate::models::columns::EvidenceKind;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_documents")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: EvidenceKind,
    pub sha256: String,
    pub source: String,
    pub bytes: Vec<u8>,
    pub this_update: DateTimeUtc,
    pub next_update: Option<DateTimeUtc>,
    pub fetched_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
