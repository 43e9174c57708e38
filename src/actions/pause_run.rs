//! Stops a run that goes on until a person lets it go on: the cases in hand are finished, no other is begun.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::{self, BatchRun};
use crate::models::columns::RunStatus;
use crate::models::transaction;
use crate::services::Services;

/// Refused when the run has ended. Every node that takes part sees it before its next chunk.
pub async fn pause_run(desk: &Services, run_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let run = batch_runs::locked(&txn, run_id).await?;
    if !can_be_paused(&run) {
        return Err(Error::conflict("run_not_running"));
    }
    batch_runs::set_pause(&txn, run_id, Some((actor.key(), now))).await?;
    let subject = format!("batch_run:{run_id}");
    let act = Act { action: "run_paused", subject, case_id: None, detail: json!({}) };
    audit_events::append(&txn, act, actor, now).await?;
    Ok(txn.commit().await?)
}

pub fn can_be_paused(run: &BatchRun) -> bool {
    run.task == "revoke_due" && run.status == RunStatus::Running && run.paused_at.is_none()
}
