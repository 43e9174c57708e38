//! Finds runs that killed processes left open, so that their day can be claimed again.

use std::path::Path;

use sea_orm::prelude::DateTimeUtc;

use crate::errors::Result;
use crate::models::batch_runs;
use crate::services::Services;

/// At the start of this process: runs that are silent for long, and those of this machine whose process is gone.
/// Returns how many were marked.
pub async fn mark_interrupted_at_start(desk: &Services, now: DateTimeUtc) -> Result<u64> {
    let mut marked = 0;
    for run in batch_runs::running(&desk.db).await? {
        if run.node.split(' ').all(is_ended_process) && batch_runs::interrupt(&desk.db, &run, now).await? {
            tracing::warn!(batch.run = run.id, batch.node = run.node, "a run was cut off");
            marked += 1;
        }
    }
    Ok(marked + mark_interrupted(desk, now).await?)
}

/// Later on: runs that are silent for long. Returns how many were marked.
pub async fn mark_interrupted(desk: &Services, now: DateTimeUtc) -> Result<u64> {
    Ok(batch_runs::mark_interrupted(&desk.db, now).await?)
}

/// A process id that is ours was a predecessor's: this process has not begun any run yet (in containers every process
/// has the same id).
fn is_ended_process(node: &str) -> bool {
    let this = batch_runs::node_name();
    let (Some((host, process)), Some((this_host, this_process))) = (node.split_once('#'), this.split_once('#')) else {
        return false;
    };
    // Where there is no /proc, only silence tells.
    let processes = Path::new("/proc/self");
    host == this_host && (process == this_process || (processes.exists() && !Path::new("/proc").join(process).exists()))
}
