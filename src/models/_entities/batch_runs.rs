//! Runs of the scheduled tasks, with their counts.

use sea_orm::entity::prelude::*;

use crate::models::columns::RunCause;
use crate::models::columns::RunStatus;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch_runs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub task: String,
    pub business_date: Date,
    pub started_by: String,
    pub cause: RunCause,
    pub dry_run: bool,
    pub status: RunStatus,
    pub target: i64,
    pub done: i64,
    pub failed: i64,
    pub skipped: i64,
    pub detail: String,
    pub node: String,
    pub workers: i64,
    pub started_at: DateTimeUtc,
    pub heartbeat_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    pub paused_by: Option<String>,
    pub paused_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
