//! Takes an act on many cases back before anything happened to one of them.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::bulk::BulkState;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::bulk_acts::{self, BulkAct};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone, Copy)]
pub struct CancelBulk {
    pub bulk_id: i64,
    pub version: i64,
}

/// The act, cancelled by the one who made or requested it.
pub async fn cancel_bulk(desk: &Services, input: CancelBulk, actor: &Actor, now: DateTimeUtc) -> Result<BulkAct> {
    let txn = transaction::begin(&desk.db).await?;
    let act = bulk_acts::by_id(&txn, input.bulk_id).await?;
    if act.version != input.version || !matches!(act.state, BulkState::Prepared | BulkState::Requested) {
        return Err(Error::conflict("bulk_moved_on"));
    }
    if !is_of(&act, actor) {
        return Err(Error::forbidden("bulk_not_own"));
    }
    let cancelled = bulk_acts::advance(&txn, &act, act.state, BulkState::Cancelled, |row| {
        row.closed_by_name = Set(Some(actor.name().to_owned()));
        row.closed_at = Set(Some(now));
    })
    .await?;
    let record = Act { action: "bulk_cancelled", subject: act.audit_subject(), case_id: None, detail: json!({}) };
    audit_events::append(&txn, record, actor, now).await?;
    txn.commit().await?;
    Ok(cancelled)
}

/// Who made the list, or asked for its revocation.
pub fn is_of(act: &BulkAct, actor: &Actor) -> bool {
    let key = actor.key();
    act.made_by == key || act.requested_by.as_ref() == Some(&key)
}
