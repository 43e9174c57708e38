//! Releases a legal hold: what has been kept longer than its time goes at the next look.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::{legal_holds, transaction};
use crate::services::Services;

/// Refused where none is in force.
pub async fn release_legal_hold(desk: &Services, subscriber_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let hold = legal_holds::in_force(&txn, subscriber_id).await?;
    let hold = hold.ok_or_else(|| Error::conflict("legal_hold_not_in_force"))?;
    let detail = json!({ "hold": hold.id });
    legal_holds::release(&txn, hold, actor, now).await?;
    let subject = format!("subscriber:{subscriber_id}");
    let act = Act { action: "legal_hold_released", subject, case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(())
}
