//! What a site of a case showed at the last look.

use sea_orm::entity::prelude::*;

use crate::domain::certificate::Fingerprint;
use crate::domain::installation::{Hindrance, Seen};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installation_looks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub seen: Seen,
    pub port: Option<i32>,
    pub sha256: Option<Fingerprint>,
    pub hindrance: Option<Hindrance>,
    pub looked_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
