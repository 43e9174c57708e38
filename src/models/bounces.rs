//! What came back of mails.

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};

use crate::domain::bounce::BounceAction;

pub use super::_entities::bounces::{ActiveModel, Column, Entity, Model as Bounce};

/// What is known of a report before it has a row.
#[derive(Debug, Clone)]
pub struct NewBounce {
    pub message_id: i64,
    pub recipient: String,
    pub action: BounceAction,
    pub status_code: String,
    pub words: String,
}

/// `false`: the same was told before.
pub async fn insert(txn: &impl ConnectionTrait, new: NewBounce, now: DateTimeUtc) -> Result<bool, DbErr> {
    let row = ActiveModel {
        message_id: Set(new.message_id),
        recipient: Set(new.recipient),
        action: Set(new.action),
        status_code: Set(new.status_code),
        words: Set(new.words),
        arrived_at: Set(now),
        ..<ActiveModel as Default>::default()
    };
    let mut told_before = OnConflict::columns([Column::MessageId, Column::Recipient, Column::Action]);
    let insert = Entity::insert(row).on_conflict(told_before.do_nothing().to_owned());
    Ok(insert.exec_without_returning(txn).await? > 0)
}

/// What came back of one mail, oldest first.
pub async fn of_message(db: &impl ConnectionTrait, message_id: i64) -> Result<Vec<Bounce>, DbErr> {
    Entity::find().filter(Column::MessageId.eq(message_id)).order_by_asc(Column::Id).all(db).await
}

/// Recipients given up since then: how many, and when the first of them was told.
pub async fn failed_since(db: &impl ConnectionTrait, since: DateTimeUtc) -> Result<Option<(i64, DateTimeUtc)>, DbErr> {
    let found: Option<(i64, Option<DateTimeUtc>)> = Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "bounces")
        .column_as(Column::ArrivedAt.min(), "first")
        .filter(Column::Action.eq(BounceAction::Failed))
        .filter(Column::ArrivedAt.gt(since))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.and_then(|(bounces, first)| first.map(|first| (bounces, first))))
}
