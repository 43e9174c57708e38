//! Legal holds: while one is in force, nothing about the people of its organisation is erased.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, QueryOrder};

use super::_entities::legal_holds::{ActiveModel, Column, Entity};
use crate::domain::actor::Actor;

pub use super::_entities::legal_holds::Model as LegalHold;

pub async fn in_force(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Option<LegalHold>, DbErr> {
    Entity::find().filter(Column::SubscriberId.eq(subscriber_id)).filter(Column::ReleasedAt.is_null()).one(db).await
}

/// All of an organisation, newest first.
pub async fn of_subscriber(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Vec<LegalHold>, DbErr> {
    Entity::find().filter(Column::SubscriberId.eq(subscriber_id)).order_by_desc(Column::Id).all(db).await
}

/// The index allows one in force: a second is a conflict.
pub async fn place(
    txn: &impl ConnectionTrait,
    subscriber_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<LegalHold, DbErr> {
    ActiveModel {
        subscriber_id: Set(subscriber_id),
        reason: Set(reason.to_owned()),
        placed_by: Set(actor.key()),
        placed_at: Set(now),
        ..Default::default()
    }
    .insert(txn)
    .await
}

pub async fn release(
    txn: &impl ConnectionTrait,
    hold: LegalHold,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let mut row = hold.into_active_model();
    row.released_by = Set(Some(actor.key()));
    row.released_at = Set(Some(now));
    row.update(txn).await.map(|_| ())
}
