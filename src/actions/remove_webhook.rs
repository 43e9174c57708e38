//! Removes a receiver for good, with its secret and what waits for it.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::webhooks::{self, ActiveModel, Webhook};
use crate::models::{transaction, webhook_deliveries};
use crate::services::Services;

/// Answers how many deliveries are not sent any more.
pub async fn remove_webhook(
    desk: &Services,
    webhook_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<u64> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(&desk.db).await?;
    let change = ActiveModel {
        removed_at: Set(Some(now)),
        secret: Set(String::new()),
        former_secret: Set(None),
        former_until: Set(None),
        ..<ActiveModel as Default>::default()
    };
    let hook: Webhook = webhooks::update(&txn, webhook_id, change).await?;
    let waiting = webhook_deliveries::forget_waiting(&txn, hook.id).await?;
    let detail = json!({ "name": hook.name, "waiting": waiting, "reason": reason });
    let act = Act { action: "webhook_removed", subject: hook.audit_subject(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(waiting)
}
