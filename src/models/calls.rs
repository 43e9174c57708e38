//! Phone calls; append-only.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder};

use crate::domain::call::CallOutcome;

pub use super::_entities::calls::{ActiveModel, Column, Entity, Model as Call};

/// The calls of a case, oldest first.
pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<Call>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Id).all(db).await
}

/// The calls of many cases, oldest first.
pub async fn of_cases(db: &impl ConnectionTrait, case_ids: &[i64]) -> Result<Vec<Call>, DbErr> {
    Entity::find().filter(Column::CaseId.is_in(case_ids.iter().copied())).order_by_asc(Column::Id).all(db).await
}

/// Unanswered calls at the end of `calls`: what the retry rule and the words 不在 n回 count.
pub fn unanswered(calls: &[Call]) -> usize {
    calls.iter().rev().take_while(|call| call.outcome == CallOutcome::NoAnswer).count()
}
