//! One row of an import: what it says, and what became of it.

use sea_orm::entity::prelude::*;

use crate::domain::import::RowState;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_rows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub import_id: i64,
    /// The line of a file, or the number that the program gave.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    /// Of what it says.
    pub sha256: String,
    pub content: Option<String>,
    pub state: RowState,
    /// Why it was refused, as JSON.
    pub problems: Option<String>,
    /// `certificate:12`, `contact:7`, `case:RQ-261124-0001`.
    pub became: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
