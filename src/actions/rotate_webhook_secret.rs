//! A new secret for a receiver; the one before it signs beside it for a day.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use crate::domain::actor::Actor;
use crate::domain::webhook::FORMER_SECRET;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::transaction;
use crate::models::webhooks::{self, ActiveModel, Webhook};
use crate::services::Services;

/// Answers the webhook and its new secret, which is shown once.
pub async fn rotate_webhook_secret(
    desk: &Services,
    webhook_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(Webhook, String)> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(&desk.db).await?;
    let hook = webhooks::by_id(&txn, webhook_id).await?;
    let secret = webhooks::generate_secret().map_err(Error::internal)?.text();
    let sealed = desk.vault.seal(&hook.vault_row(), &secret).map_err(Error::internal)?;
    let change = ActiveModel {
        secret: Set(sealed),
        former_secret: Set(Some(hook.secret)),
        former_until: Set(Some(now + FORMER_SECRET)),
        ..<ActiveModel as Default>::default()
    };
    let hook = webhooks::update(&txn, webhook_id, change).await?;
    let detail = json!({ "name": hook.name, "reason": reason });
    let act = Act { action: "webhook_secret_rotated", subject: hook.audit_subject(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok((hook, secret))
}
