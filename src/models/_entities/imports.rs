//! What an order system handed over at once, and how far it has come.

use sea_orm::entity::prelude::*;

use crate::domain::import::{ImportKind, ImportState};
use crate::domain::role::Role;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: ImportKind,
    pub state: ImportState,
    /// Of the file that the rows were read from.
    pub file_sha256: Option<String>,
    pub target: i64,
    pub registered: i64,
    pub known: i64,
    pub refused: i64,
    pub made_by: String,
    pub made_by_name: String,
    pub made_at: DateTimeUtc,
    /// In whose name the rows are carried out.
    pub started_by: Option<String>,
    pub started_by_name: Option<String>,
    pub started_by_role: Option<Role>,
    pub started_from: Option<String>,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    /// What the rows said is gone since then.
    pub blanked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
