//! Lets a paused run go on: its day may be run again.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::{self, BatchRun};
use crate::models::transaction;
use crate::services::Services;

/// The run that was paused. What is left of it is taken by the next run of its day, which the caller begins; should that
/// not happen, the schedule does.
pub async fn resume_run(desk: &Services, run_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<BatchRun> {
    let txn = transaction::begin(&desk.db).await?;
    let run = batch_runs::locked(&txn, run_id).await?;
    if !run.is_paused() {
        return Err(Error::conflict("run_not_paused"));
    }
    batch_runs::set_pause(&txn, run_id, None).await?;
    let subject = format!("batch_run:{run_id}");
    let act = Act { action: "run_resumed", subject, case_id: None, detail: json!({}) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(run)
}
