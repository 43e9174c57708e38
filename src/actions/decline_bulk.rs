//! A second supervisor declines a bulk revocation, in writing. Nothing happens to its cases.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_ground;
use crate::domain::actor::Actor;
use crate::domain::authorization::check_second_person;
use crate::domain::bulk::BulkState;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::bulk_acts::{self, BulkAct};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct DeclineBulk {
    pub bulk_id: i64,
    pub version: i64,
    pub ground: String,
}

pub async fn decline_bulk(desk: &Services, input: DeclineBulk, actor: &Actor, now: DateTimeUtc) -> Result<BulkAct> {
    check_ground(&input.ground)?;
    let txn = transaction::begin(&desk.db).await?;
    let act = bulk_acts::by_id(&txn, input.bulk_id).await?;
    if act.version != input.version || act.state != BulkState::Requested {
        return Err(Error::conflict("bulk_moved_on"));
    }
    check_second_person(act.requested_by.as_deref().unwrap_or_default(), &actor.key()).map_err(Error::Forbidden)?;
    let declined = bulk_acts::advance(&txn, &act, BulkState::Requested, BulkState::Declined, |row| {
        row.closed_by_name = Set(Some(actor.name().to_owned()));
        row.closed_at = Set(Some(now));
        row.closing_note = Set(Some(input.ground.trim().to_owned()));
    })
    .await?;
    let record = Act { action: "bulk_declined", subject: act.audit_subject(), case_id: None, detail: json!({}) };
    audit_events::append(&txn, record, actor, now).await?;
    txn.commit().await?;
    Ok(declined)
}
