//! Sends a receiver again what waits for it, from the oldest on.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::webhooks::{self, ActiveModel, Webhook};
use crate::models::{transaction, webhook_deliveries};
use crate::services::Services;

/// Also one that said it was gone.
pub async fn resume_webhook(
    desk: &Services,
    webhook_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Webhook> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(&desk.db).await?;
    let hook = webhooks::by_id(&txn, webhook_id).await?;
    if hook.is_on() {
        return Err(Error::conflict("webhook_on_already"));
    }
    let change = ActiveModel {
        paused_at: Set(None),
        gone_at: Set(None),
        failures: Set(0),
        failing_since: Set(None),
        rest_until: Set(None),
        ..<ActiveModel as Default>::default()
    };
    let hook = webhooks::update(&txn, hook.id, change).await?;
    webhook_deliveries::hurry(&txn, hook.id, now).await?;
    let detail = json!({ "name": hook.name, "reason": reason });
    let act = Act { action: "webhook_resumed", subject: hook.audit_subject(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(hook)
}
