//! Runs of the scheduled tasks.
//!
//! One scheduled run per task and business date (unique index): any number of nodes may ring, one gets it and the others
//! take part. A run with no worker yet is being prepared; who leaves last ends it.

use std::sync::LazyLock;

use chrono::Duration;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseBackend, QueryOrder, QuerySelect, SqlErr};

use super::columns::{RunCause, RunStatus};
use crate::errors::{Error, Result};

pub use super::_entities::batch_runs::{ActiveModel, Column, Entity, Model as BatchRun};

/// A run gives a sign of life every 15 s; one that is silent for so long has lost its workers.
const SILENT_AFTER: Duration = Duration::minutes(2);

/// Whether the last sign of life of a run was long ago: what was not ended then is not going on, and what was cut off
/// then should have begun again.
pub fn is_silent(run: &BatchRun, now: DateTimeUtc) -> bool {
    run.heartbeat_at < now - SILENT_AFTER
}

impl BatchRun {
    /// A person stopped it and nobody has let it go on.
    pub fn is_paused(&self) -> bool {
        self.status == RunStatus::Interrupted && self.paused_at.is_some()
    }
}

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
    insert(txn, new, 1, now).await
}

/// The same without a worker: nobody joins until it is opened.
pub async fn prepare(txn: &impl ConnectionTrait, new: NewRun<'_>, now: DateTimeUtc) -> Result<Option<BatchRun>, DbErr> {
    insert(txn, new, 0, now).await
}

async fn insert(
    txn: &impl ConnectionTrait,
    new: NewRun<'_>,
    workers: i64,
    now: DateTimeUtc,
) -> Result<Option<BatchRun>, DbErr> {
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
        workers: Set(workers),
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
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
        format!("{}#{}", host.trim(), std::process::id())
    });
    NAME.clone()
}

/// Adds to the counts of a run, whoever else adds to them; `target` stays. Also the sign of life that keeps the run from
/// being called interrupted.
pub async fn add(db: &impl ConnectionTrait, run_id: i64, counts: Counts, now: DateTimeUtc) -> Result<(), DbErr> {
    let plus = |column: Column, number: i64| Expr::col(column).add(number);
    Entity::update_many()
        .col_expr(Column::Done, plus(Column::Done, counts.done))
        .col_expr(Column::Failed, plus(Column::Failed, counts.failed))
        .col_expr(Column::Skipped, plus(Column::Skipped, counts.skipped))
        .col_expr(Column::HeartbeatAt, now.into())
        .filter(Column::Id.eq(run_id))
        .exec(db)
        .await
        .map(|_| ())
}

/// The first worker begins with `target` cases: from now on others may join.
pub async fn open(db: &impl ConnectionTrait, run: &BatchRun, target: i64, now: DateTimeUtc) -> Result<BatchRun, DbErr> {
    let row = ActiveModel {
        id: Set(run.id),
        target: Set(target),
        workers: Set(1),
        heartbeat_at: Set(now),
        ..Default::default()
    };
    row.update(db).await
}

/// The run of `task` for `date` by the schedule that has not ended, as far as the table knows.
pub async fn running_of(db: &impl ConnectionTrait, task: &str, date: Date) -> Result<Option<BatchRun>, DbErr> {
    Entity::find()
        .filter(Column::Task.eq(task))
        .filter(Column::BusinessDate.eq(date))
        .filter(Column::Cause.is_in([RunCause::Schedule, RunCause::CatchUp]))
        .filter(Column::Status.eq(RunStatus::Running))
        .one(db)
        .await
}

/// Takes part in a run that is open. `None`: it is being prepared, or it has ended.
pub async fn join(db: &impl ConnectionTrait, run: &BatchRun, now: DateTimeUtc) -> Result<Option<BatchRun>, DbErr> {
    let nodes = Expr::cust_with_values(
        match db.get_database_backend() {
            DatabaseBackend::Postgres => "node || $1",
            _ => "node || ?",
        },
        [format!(" {}", node_name())],
    );
    let mut joined = Entity::update_many()
        .col_expr(Column::Workers, Expr::col(Column::Workers).add(1))
        .col_expr(Column::Node, nodes)
        .col_expr(Column::HeartbeatAt, now.into())
        .filter(Column::Id.eq(run.id))
        .filter(Column::Status.eq(RunStatus::Running))
        .filter(Column::Workers.gt(0))
        .exec_with_returning(db)
        .await?;
    Ok(joined.pop())
}

/// Leaves a run. Its row as it is then: with no worker left, it is for the one who left to end it.
pub async fn leave(txn: &impl ConnectionTrait, run_id: i64, now: DateTimeUtc) -> Result<BatchRun> {
    Entity::update_many()
        .col_expr(Column::Workers, Expr::col(Column::Workers).sub(1))
        .col_expr(Column::HeartbeatAt, now.into())
        .filter(Column::Id.eq(run_id))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("batch_run_not_found"))
}

/// Adds to the list of what went wrong or was left.
pub async fn set_detail(txn: &impl ConnectionTrait, run_id: i64, detail: String) -> Result<(), DbErr> {
    let row = ActiveModel { id: Set(run_id), detail: Set(detail), ..Default::default() };
    row.update(txn).await.map(|_| ())
}

/// The row of a run, kept from others until the transaction ends.
pub async fn locked(txn: &impl ConnectionTrait, run_id: i64) -> Result<BatchRun> {
    let mut found = Entity::find_by_id(run_id);
    if txn.get_database_backend() == DatabaseBackend::Postgres {
        found = found.lock_exclusive();
    }
    found.one(txn).await?.ok_or_else(|| Error::not_found("batch_run_not_found"))
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
        workers: Set(0),
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
pub async fn mark_interrupted(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<u64, DbErr> {
    let row = ActiveModel { status: Set(RunStatus::Interrupted), finished_at: Set(Some(now)), ..Default::default() };
    let result = Entity::update_many()
        .set(row)
        .filter(Column::Status.eq(RunStatus::Running))
        .filter(Column::HeartbeatAt.lt(now - SILENT_AFTER))
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

/// Who wants the run to stop, and since when; `None` lets it go on.
pub async fn set_pause(
    txn: &impl ConnectionTrait,
    run_id: i64,
    pause: Option<(String, DateTimeUtc)>,
) -> Result<(), DbErr> {
    let (by, at) = pause.unzip();
    let row = ActiveModel { id: Set(run_id), paused_by: Set(by), paused_at: Set(at), ..Default::default() };
    row.update(txn).await.map(|_| ())
}

/// Whether a person wants the run to stop.
pub async fn is_to_pause(db: &impl ConnectionTrait, run_id: i64) -> Result<bool, DbErr> {
    Ok(Entity::find_by_id(run_id).one(db).await?.is_some_and(|run| run.paused_at.is_some()))
}

/// Whether the scheduled run of `task` for `date` or a later day was started and not cut off. One that a person has
/// paused is theirs.
pub async fn has_run_since(db: &impl ConnectionTrait, task: &str, date: Date) -> Result<bool, DbErr> {
    let found = Entity::find()
        .filter(Column::Task.eq(task))
        .filter(Column::BusinessDate.gte(date))
        .filter(Column::Cause.is_in([RunCause::Schedule, RunCause::CatchUp]))
        .filter(Column::Status.ne(RunStatus::Interrupted).or(Column::PausedAt.is_not_null()))
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
