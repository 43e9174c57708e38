//! Intents to revoke and the CA's answers.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder};

use super::columns::AttemptOutcome;
use crate::errors::{Error, Result};

pub use super::_entities::attempts::{ActiveModel, Column, Entity, Model as Attempt};

pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<Attempt>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Id).all(db).await
}

/// Writes the answer to an attempt that has none; a second answer is refused.
pub async fn answer(
    txn: &impl ConnectionTrait,
    attempt: &Attempt,
    outcome: AttemptOutcome,
    answer: &str,
    now: DateTimeUtc,
) -> Result<()> {
    let row = ActiveModel {
        outcome: Set(Some(outcome)),
        answer: Set(Some(answer.to_owned())),
        answered_at: Set(Some(now)),
        ..Default::default()
    };
    let written = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(attempt.id))
        .filter(Column::Outcome.is_null())
        .exec(txn)
        .await?;
    if written.rows_affected == 1 { Ok(()) } else { Err(Error::conflict("attempt_answered")) }
}

/// Whether the CA took an order of ours on this case, or had taken it before.
pub async fn accepted(db: &impl ConnectionTrait, case_id: i64) -> Result<bool, DbErr> {
    let taken = [AttemptOutcome::Accepted, AttemptOutcome::AlreadyRevoked];
    let attempts = of_case(db, case_id).await?;
    Ok(attempts.iter().any(|attempt| attempt.outcome.is_some_and(|outcome| taken.contains(&outcome))))
}
