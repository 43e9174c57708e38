//! Runs of the scheduled tasks.
//!
//! One scheduled run per task and business date (unique index): any number of nodes may ring, one gets it.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, SqlErr};

use super::columns::{RunCause, RunStatus};
use crate::errors::{Error, Result};

pub use super::_entities::batch_runs::{ActiveModel, Column, Entity, Model as BatchRun};

/// What a run has done so far, in cases or messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub target: i64,
    pub done: i64,
    pub failed: i64,
    pub skipped: i64,
}

pub struct NewRun<'a> {
    pub task: &'a str,
    pub business_date: Date,
    pub started_by: String,
    pub cause: RunCause,
    pub dry_run: bool,
    pub target: i64,
}

/// Starts a run; `None` when this task's scheduled run of the day is somebody else's already.
pub async fn start(txn: &impl ConnectionTrait, new: NewRun<'_>, now: DateTimeUtc) -> Result<Option<BatchRun>, DbErr> {
    let row = ActiveModel {
        task: Set(new.task.to_owned()),
        business_date: Set(new.business_date),
        started_by: Set(new.started_by),
        cause: Set(new.cause),
        dry_run: Set(new.dry_run),
        status: Set(RunStatus::Running),
        target: Set(new.target),
        done: Set(0),
        failed: Set(0),
        skipped: Set(0),
        detail: Set("[]".to_owned()),
        node: Set(node_name()),
        workers: Set(1),
        started_at: Set(now),
        heartbeat_at: Set(now),
        ..Default::default()
    };
    match row.insert(txn).await {
        Ok(run) => Ok(Some(run)),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Which process runs it: `host#process id`.
pub fn node_name() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    format!("{}#{}", host.trim(), std::process::id())
}

/// Counts so far; also the sign of life that keeps the run from being called interrupted.
pub async fn heartbeat(
    db: &impl ConnectionTrait,
    run: &BatchRun,
    counts: Counts,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let row = ActiveModel { id: Set(run.id), heartbeat_at: Set(now), ..counted(counts) };
    row.update(db).await.map(|_| ())
}

/// Closes a run. `detail` is a JSON list of what went wrong or was left, one entry per case.
pub async fn finish(
    db: &impl ConnectionTrait,
    run: &BatchRun,
    status: RunStatus,
    counts: Counts,
    detail: String,
    now: DateTimeUtc,
) -> Result<BatchRun, DbErr> {
    let row = ActiveModel {
        id: Set(run.id),
        status: Set(status),
        detail: Set(detail),
        heartbeat_at: Set(now),
        finished_at: Set(Some(now)),
        ..counted(counts)
    };
    row.update(db).await
}

fn counted(counts: Counts) -> ActiveModel {
    ActiveModel {
        target: Set(counts.target),
        done: Set(counts.done),
        failed: Set(counts.failed),
        skipped: Set(counts.skipped),
        ..Default::default()
    }
}

/// Calls runs interrupted that gave no sign of life since `silent_since`; their day may be claimed again.
pub async fn mark_interrupted(
    db: &impl ConnectionTrait,
    silent_since: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<u64, DbErr> {
    let row = ActiveModel { status: Set(RunStatus::Interrupted), finished_at: Set(Some(now)), ..Default::default() };
    let result = Entity::update_many()
        .set(row)
        .filter(Column::Status.eq(RunStatus::Running))
        .filter(Column::HeartbeatAt.lt(silent_since))
        .exec(db)
        .await?;
    Ok(result.rows_affected)
}

/// Runs that have not ended, as far as the table knows.
pub async fn running(db: &impl ConnectionTrait) -> Result<Vec<BatchRun>, DbErr> {
    Entity::find().filter(Column::Status.eq(RunStatus::Running)).order_by_asc(Column::Id).all(db).await
}

/// Calls one run interrupted, unless it has ended meanwhile.
pub async fn interrupt(db: &impl ConnectionTrait, run: &BatchRun, now: DateTimeUtc) -> Result<bool, DbErr> {
    let row = ActiveModel { status: Set(RunStatus::Interrupted), finished_at: Set(Some(now)), ..Default::default() };
    let result = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(run.id))
        .filter(Column::Status.eq(RunStatus::Running))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Whether the scheduled run of `task` for `date` or a later day was started and not cut off.
pub async fn has_run_since(db: &impl ConnectionTrait, task: &str, date: Date) -> Result<bool, DbErr> {
    let found = Entity::find()
        .filter(Column::Task.eq(task))
        .filter(Column::BusinessDate.gte(date))
        .filter(Column::Cause.is_in([RunCause::Schedule, RunCause::CatchUp]))
        .filter(Column::Status.ne(RunStatus::Interrupted))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<BatchRun> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("batch_run_not_found"))
}

/// Newest first, before `before_id` when given.
pub async fn newest(
    db: &impl ConnectionTrait,
    tasks: &[&str],
    before_id: Option<i64>,
    limit: u64,
) -> Result<Vec<BatchRun>, DbErr> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
    if !tasks.is_empty() {
        query = query.filter(Column::Task.is_in(tasks.iter().copied()));
    }
    if let Some(id) = before_id {
        query = query.filter(Column::Id.lt(id));
    }
    query.all(db).await
}
