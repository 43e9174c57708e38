//! Carries out the rows of the imports that were started, in order, some in one transaction with what became of them.
//!
//! Any number of nodes may run at once, and whichever is cut off leaves nothing half done: who carries out rows holds the
//! row of the import, and lets go of it with the end of the transaction, or of the process. A row is on the list until
//! what it came to is committed.

use fail::fail_point;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::import_row::carry_out;
use crate::domain::actor::Actor;
use crate::domain::import::{ImportKind, ImportState};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::Counts;
use crate::models::import_rows::{self, Fate, ImportRow};
use crate::models::imports::{self, ActiveModel, Fates, Import};
use crate::models::{halts, transaction};
use crate::services::Services;

/// Rows of one transaction. Whoever else writes waits so long.
const CHUNK: u64 = 25;
/// How often a row is tried alone that fails for a fault of ours (a deadlock, a connection).
const TRIES: usize = 3;
/// Rows that may fail one after the other before it is the database that is at fault.
const FAULTS: usize = 3;

/// Counts: done = registered or known, failed = refused.
pub async fn run_imports(desk: &Services) -> Result<Counts> {
    let mut counts = Counts::default();
    for id in imports::running(&desk.db).await? {
        let fates = run_import(desk, id, &|_| ()).await?;
        counts.done += fates.registered + fates.known;
        counts.failed += fates.refused;
    }
    counts.target = counts.done + counts.failed;
    Ok(counts)
}

/// What the rows came to that this call carried out. `progress` is told after each transaction.
pub async fn run_import(desk: &Services, id: i64, progress: &(dyn Fn(&Import) + Send + Sync)) -> Result<Fates> {
    let (mut all, mut faults) = (Fates::default(), 0);
    while !desk.stop.is_cancelled() {
        halts::refuse(&desk.db).await?;
        let step = match carry_out_some(desk, id, CHUNK).await {
            Err(error) if is_fault(&error) => {
                tracing::warn!(import.id = id, cause = %error, "rows of an import are taken one by one");
                let (step, refused) = carry_out_next(desk, id).await?;
                faults = if refused { faults + 1 } else { 0 };
                step
            }
            done => {
                faults = 0;
                done?
            }
        };
        let Step { import, fates, more } = step;
        all.registered += fates.registered;
        all.known += fates.known;
        all.refused += fates.refused;
        progress(&import);
        if !more {
            break;
        }
        if faults == FAULTS {
            return Err(Error::internal("rows of an import fail one after the other"));
        }
    }
    if all.registered > 0 {
        desk.nudge();
    }
    Ok(all)
}

/// Begins here and now, beside the schedule, which goes on with what this node leaves.
pub fn run_in_background(desk: &Services, id: i64) {
    let running = desk.clone();
    desk.spawn(async move {
        if let Err(error) = run_import(&running, id, &|_| ()).await {
            tracing::error!(import.id = id, cause = %error, "an import broke off; the schedule goes on with it");
        }
    });
}

/// What one transaction did.
struct Step {
    import: Import,
    fates: Fates,
    /// Whether there may be more to do.
    more: bool,
}

fn is_fault(error: &Error) -> bool {
    !halts::has_refused(error)
}

async fn carry_out_some(desk: &Services, id: i64, limit: u64) -> Result<Step> {
    let now = desk.clock.now();
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::locked(&txn, id).await?;
    if import.state != ImportState::Running {
        return Ok(Step { import, fates: Fates::default(), more: false });
    }
    let rows = import_rows::waiting(&txn, id, limit).await?;
    if rows.is_empty() {
        let import = finish(&txn, &import, now).await?;
        txn.commit().await?;
        return Ok(Step { import, fates: Fates::default(), more: false });
    }
    let actor = import.actor();
    let mut settled = Vec::with_capacity(rows.len());
    for row in &rows {
        settled.push((row.line, fate(&txn, desk, import.kind, row, &actor, now).await?));
    }
    let step = settle(&txn, &import, &settled).await?;
    fail_point!("import::uncommitted");
    txn.commit().await?;
    fail_point!("import::committed");
    Ok(step)
}

async fn fate(
    txn: &sea_orm::DatabaseTransaction,
    desk: &Services,
    kind: ImportKind,
    row: &ImportRow,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Fate> {
    match row.content() {
        Some(content) => carry_out(txn, desk, kind, &content, actor, now).await,
        None => Ok(Fate::Refused(vec![Problem::new("import_fault")])),
    }
}

async fn settle(txn: &sea_orm::DatabaseTransaction, import: &Import, settled: &[(i64, Fate)]) -> Result<Step> {
    let mut fates = Fates::default();
    for (_, fate) in settled {
        fates.count(fate.state());
    }
    import_rows::settle(txn, import.id, settled).await?;
    imports::add(txn, import.id, fates).await?;
    Ok(Step { import: imports::by_id(txn, import.id).await?, fates, more: true })
}

async fn finish(txn: &sea_orm::DatabaseTransaction, import: &Import, now: DateTimeUtc) -> Result<Import> {
    let change = ActiveModel {
        state: Set(ImportState::Finished),
        ended_at: Set(Some(now)),
        ..<ActiveModel as Default>::default()
    };
    let act = Act {
        action: "import_finished",
        subject: import.audit_subject(),
        case_id: None,
        detail: json!({ "registered": import.registered, "known": import.known, "refused": import.refused }),
    };
    audit_events::append(txn, act, &Actor::batch(), now).await?;
    Ok(imports::change(txn, import.id, change).await?)
}

/// The next row alone. One that fails again and again is refused, so that the others can go on; `true`: that was done.
async fn carry_out_next(desk: &Services, id: i64) -> Result<(Step, bool)> {
    for _ in 1..TRIES {
        match carry_out_some(desk, id, 1).await {
            Err(error) if is_fault(&error) => {}
            done => return done.map(|step| (step, false)),
        }
    }
    let error = match carry_out_some(desk, id, 1).await {
        Err(error) if is_fault(&error) => error,
        done => return done.map(|step| (step, false)),
    };
    desk.metrics.error("import");
    tracing::error!(import.id = id, cause = %error, "a row of an import cannot be carried out");
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::locked(&txn, id).await?;
    if import.state != ImportState::Running {
        return Ok((Step { import, fates: Fates::default(), more: false }, false));
    }
    let Some(row) = import_rows::waiting(&txn, id, 1).await?.pop() else {
        return Ok((Step { import, fates: Fates::default(), more: true }, false));
    };
    let refused = Fate::Refused(vec![Problem::new("import_fault")]);
    let step = settle(&txn, &import, &[(row.line, refused)]).await?;
    txn.commit().await?;
    Ok((step, true))
}
