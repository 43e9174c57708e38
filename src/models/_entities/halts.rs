//! Halts of the desk: why it stood still, what a reconciliation found, who let it go on.

use sea_orm::entity::prelude::*;

use crate::domain::halt::HaltCause;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "halts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub cause: HaltCause,
    pub reason: String,
    pub placed_by: String,
    pub placed_at: DateTimeUtc,
    /// The end of the audit log when the halt was placed, and the time of that event.
    pub found_sequence: i64,
    pub found_at: Option<DateTimeUtc>,
    /// The furthest end that a node had seen of the log which is gone.
    pub lost_sequence: Option<i64>,
    pub reconciled_at: Option<DateTimeUtc>,
    /// Cases about which the CA gave no answer.
    pub unanswered: Option<i64>,
    /// Counts of the last reconciliation, JSON.
    pub report: Option<String>,
    pub released_by: Option<String>,
    pub released_at: Option<DateTimeUtc>,
    pub release_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
