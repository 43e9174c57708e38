//! Walks over the audit log: when the chain was last found whole, or what was wrong with it.

use chrono::Duration;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect};

pub use super::_entities::audit_checks::{ActiveModel, Column, Entity, Model as AuditCheck};

/// A walk that has no end after so long was cut off with its process.
const CUT_OFF_AFTER: Duration = Duration::hours(1);

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Events in order, counted from the first.
    pub sound: i64,
    /// Kind of the fault, and the event from which on nothing can be trusted.
    pub fault: Option<(&'static str, i64)>,
}

pub async fn begin(db: &impl ConnectionTrait, started_by: String, now: DateTimeUtc) -> Result<AuditCheck, DbErr> {
    let row = ActiveModel { started_at: Set(now), started_by: Set(started_by), ..Default::default() };
    row.insert(db).await
}

pub async fn finish(db: &impl ConnectionTrait, id: i64, found: Found, now: DateTimeUtc) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(id),
        ended_at: Set(Some(now)),
        sound: Set(Some(found.sound)),
        fault: Set(found.fault.map(|(kind, _)| kind.to_owned())),
        fault_sequence: Set(found.fault.map(|(_, sequence)| sequence)),
        ..Default::default()
    };
    row.update(db).await.map(|_| ())
}

/// The last one that came to its end.
pub async fn newest(db: &impl ConnectionTrait) -> Result<Option<AuditCheck>, DbErr> {
    Entity::find().filter(Column::EndedAt.is_not_null()).order_by_desc(Column::Id).limit(1).one(db).await
}

/// One that goes on.
pub async fn running(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<Option<AuditCheck>, DbErr> {
    let newest = Entity::find().order_by_desc(Column::Id).limit(1).one(db).await?;
    Ok(newest.filter(|check| check.ended_at.is_none() && check.started_at > now - CUT_OFF_AFTER))
}
