//! A second supervisor lets a bulk revocation go off. That is no confirmation: each case still passes its guards.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::authorization::check_second_person;
use crate::domain::bulk::{BulkState, check_count};
use crate::domain::calendar::jst_date;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::batch_runs::{self, BatchRun, NewRun};
use crate::models::bulk_acts::{self, BulkAct};
use crate::models::columns::RunCause;
use crate::models::transaction;
use crate::services::Services;

/// The name of its runs in the list of runs.
pub const TASK: &str = "revoke_bulk";

#[derive(Debug, Clone)]
pub struct ApproveBulk {
    pub bulk_id: i64,
    pub version: i64,
    /// The number of certificates, as typed.
    pub count: String,
}

/// The act and its run, which `run_bulk` carries out. Refused for the one who asked, and for another number.
pub async fn approve_bulk(
    desk: &Services,
    input: ApproveBulk,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(BulkAct, BatchRun)> {
    let txn = transaction::begin(&desk.db).await?;
    let act = bulk_acts::by_id(&txn, input.bulk_id).await?;
    if act.version != input.version || act.state != BulkState::Requested {
        return Err(Error::conflict("bulk_moved_on"));
    }
    check_second_person(act.requested_by.as_deref().unwrap_or_default(), &actor.key()).map_err(Error::Forbidden)?;
    let items = bulk_acts::items(&txn, act.id).await?;
    let held = items.iter().filter(|item| item.is_open()).count();
    check_count(&input.count, held)?;
    let run = start(&txn, held, actor, now).await?;
    let approved = bulk_acts::advance(&txn, &act, BulkState::Requested, BulkState::Approved, |row| {
        row.approved_by = Set(Some(actor.key()));
        row.approved_by_name = Set(Some(actor.name().to_owned()));
        row.approved_at = Set(Some(now));
        row.batch_run_id = Set(Some(run.id));
    })
    .await?;
    let record = Act {
        action: "bulk_approved",
        subject: act.audit_subject(),
        case_id: None,
        detail: json!({ "cases": held, "run": run.id }),
    };
    audit_events::append(&txn, record, actor, now).await?;
    txn.commit().await?;
    Ok((approved, run))
}

async fn start(txn: &impl sea_orm::ConnectionTrait, cases: usize, actor: &Actor, now: DateTimeUtc) -> Result<BatchRun> {
    let new = NewRun {
        task: TASK,
        business_date: jst_date(now),
        started_by: actor.key(),
        cause: RunCause::Desk,
        dry_run: false,
        target: i64::try_from(cases).unwrap_or(i64::MAX),
    };
    batch_runs::start(txn, new, now).await?.ok_or_else(|| Error::conflict("bulk_moved_on"))
}

/// Whether `actor` may decide about this request: a supervisor, and not the one who asked.
pub fn may_decide(act: &BulkAct, actor: &Actor) -> bool {
    let supervises = actor.role().is_some_and(|role| role.may(Permission::Supervise));
    supervises && act.requested_by.as_ref() != Some(&actor.key())
}
