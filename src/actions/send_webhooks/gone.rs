//! A receiver that says it is gone for good is sent nothing more, until an administrator switches it on again.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::transaction;
use crate::models::webhooks::{self, ActiveModel, Webhook};
use crate::services::Services;

pub async fn switch_off(desk: &Services, hook: &Webhook, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let change = ActiveModel { gone_at: Set(Some(now)), ..<ActiveModel as Default>::default() };
    webhooks::update(&txn, hook.id, change).await?;
    let detail = json!({ "name": hook.name });
    let act = Act { action: "webhook_gone", subject: hook.audit_subject(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    tracing::warn!(webhook.id = hook.id, "a receiver of webhooks is gone for good");
    Ok(())
}
