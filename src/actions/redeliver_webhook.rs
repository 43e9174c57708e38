//! Sends a delivery once more that is over, with the id that it had: after a receiver lost it, or when it was given up.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::webhook::TEST;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::{transaction, webhook_deliveries, webhooks};
use crate::services::Services;

/// Refused for one that waits, and for tests, which tell of nothing.
pub async fn redeliver_webhook(
    desk: &Services,
    webhook_id: i64,
    delivery_id: i64,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let hook = webhooks::by_id(&txn, webhook_id).await?;
    let delivery = webhook_deliveries::by_id(&txn, hook.id, delivery_id).await?;
    if delivery.kind == TEST || !webhook_deliveries::wait_again(&txn, delivery.id, now).await? {
        return Err(Error::conflict("webhook_delivery_waits"));
    }
    let detail = json!({ "name": hook.name, "delivery": delivery.message_id });
    let act = Act { action: "webhook_redelivered", subject: hook.audit_subject(), case_id: delivery.case_id, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(())
}
