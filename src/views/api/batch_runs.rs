//! Runs of the scheduled tasks.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::words;
use crate::models::batch_runs;

/// The order to run a task now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatchRun {
    #[schema(schema_with = words::batch_task)]
    pub task: String,
    /// The day that counts as today, JST.
    pub as_of: Option<NaiveDate>,
    /// Judges every case and changes nothing.
    #[serde(default)]
    pub dry_run: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchRunQuery {
    /// Only runs of this task.
    pub task: Option<String>,
    /// Number of items, 1 to 200; default 50.
    #[param(value_type = Option<u64>)]
    pub limit: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One run and its counts, in cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchRun {
    pub id: i64,
    pub task: String,
    pub as_of: NaiveDate,
    pub dry_run: bool,
    /// What set it off.
    pub cause: &'static str,
    pub started_by: String,
    #[schema(schema_with = words::run_status)]
    pub status: &'static str,
    pub counts: Counts,
    /// What was not done, and why: one entry per case.
    #[schema(value_type = Vec<Object>)]
    pub detail: serde_json::Value,
    pub started_at: DateTime<Utc>,
    pub heartbeat_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    pub target: i64,
    pub done: i64,
    pub failed: i64,
    pub skipped: i64,
}

impl From<batch_runs::BatchRun> for BatchRun {
    fn from(row: batch_runs::BatchRun) -> Self {
        Self {
            id: row.id,
            task: row.task,
            as_of: row.business_date,
            dry_run: row.dry_run,
            cause: row.cause.as_str(),
            started_by: row.started_by,
            status: row.status.as_str(),
            counts: Counts { target: row.target, done: row.done, failed: row.failed, skipped: row.skipped },
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            started_at: row.started_at,
            heartbeat_at: row.heartbeat_at,
            finished_at: row.finished_at,
        }
    }
}
