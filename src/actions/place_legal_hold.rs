//! Places a legal hold: from here on nothing about the people of this organisation is erased.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::legal_holds::{self, LegalHold};
use crate::models::{subscribers, transaction};
use crate::services::Services;

/// Refused where one is in force.
pub async fn place_legal_hold(
    desk: &Services,
    subscriber_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<LegalHold> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(&desk.db).await?;
    subscribers::by_id(&txn, subscriber_id).await?;
    if legal_holds::in_force(&txn, subscriber_id).await?.is_some() {
        return Err(Error::conflict("legal_hold_in_force"));
    }
    let hold = legal_holds::place(&txn, subscriber_id, reason, actor, now).await?;
    let subject = format!("subscriber:{subscriber_id}");
    let act = Act { action: "legal_hold_placed", subject, case_id: None, detail: json!({ "hold": hold.id }) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(hold)
}
