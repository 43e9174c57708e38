//! Answers kept under the `Idempotency-Key` of the API write that they belong to.
//!
//! The row comes first, the answer later: the unique index (actor, key) decides which of two equal requests is carried
//! out. A row without an answer belongs to a request that is under way or broke off.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, SqlErr};

pub use super::_entities::idempotency_keys::{ActiveModel, Column, Entity, Model as KeptAnswer};

/// Whose key it is, and what it was sent with.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub actor: String,
    pub key: String,
    pub request_hash: String,
}

/// What was found under a key.
#[derive(Debug)]
pub enum Taken {
    /// Nothing; the key is the caller's now. The id of its row.
    Now(i64),
    /// The request of an earlier one.
    Before(KeptAnswer),
    /// An earlier one whose refusal gave the key back this very moment.
    JustReleased,
}

pub async fn take(db: &impl ConnectionTrait, new: NewKey, now: DateTimeUtc) -> Result<Taken, DbErr> {
    let row = ActiveModel {
        actor: Set(new.actor.clone()),
        key: Set(new.key.clone()),
        request_hash: Set(new.request_hash),
        created_at: Set(now),
        ..Default::default()
    };
    match row.insert(db).await {
        Ok(row) => return Ok(Taken::Now(row.id)),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {}
        Err(error) => return Err(error),
    }
    let found = Entity::find().filter(Column::Actor.eq(new.actor)).filter(Column::Key.eq(new.key)).one(db).await?;
    Ok(found.map_or(Taken::JustReleased, Taken::Before))
}

/// Keeps the answer for whoever asks again.
pub async fn keep(db: &impl ConnectionTrait, id: i64, status: u16, body: String) -> Result<(), DbErr> {
    let row =
        ActiveModel { id: Set(id), status: Set(Some(status.into())), body: Set(Some(body)), ..Default::default() };
    row.update(db).await.map(|_| ())
}

/// Gives the key back: the request was refused and changed nothing.
pub async fn release(db: &impl ConnectionTrait, id: i64) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(db).await.map(|_| ())
}

/// Forgets keys and answers from before `limit`.
pub async fn delete_before(db: &impl ConnectionTrait, limit: DateTimeUtc) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::CreatedAt.lt(limit)).exec(db).await.map(|_| ())
}
