//! A receiver that is told what happens to cases.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::{check_reason, require_text};
use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::domain::webhook::EventKind;
use crate::errors::{Error, Result};
use crate::http_client::AddressError;
use crate::models::audit_events::{self, Act};
use crate::models::transaction;
use crate::models::webhooks::{self, ActiveModel, Webhook};
use crate::services::Services;

/// Octets of an address.
const LONGEST_ADDRESS: usize = 500;

pub struct NewWebhook {
    pub name: String,
    pub url: String,
    pub events: Vec<EventKind>,
    pub reason: String,
}

/// Answers the webhook and its secret, which is shown once.
pub async fn create_webhook(
    desk: &Services,
    new: NewWebhook,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(Webhook, String)> {
    check(desk, &new)?;
    let secret = webhooks::generate_secret().map_err(Error::internal)?.text();
    let txn = transaction::begin(&desk.db).await?;
    let row = webhooks::NewWebhook {
        name: new.name.trim().to_owned(),
        url: new.url.trim().to_owned(),
        events: new.events,
        created_by: actor.key(),
    };
    let hook = webhooks::insert(&txn, row, now).await?;
    let sealed = desk.vault.seal(&hook.vault_row(), &secret).map_err(Error::internal)?;
    let change = ActiveModel { secret: Set(sealed), ..<ActiveModel as Default>::default() };
    let hook = webhooks::update(&txn, hook.id, change).await?;
    let detail = json!({ "name": hook.name, "url": hook.url, "events": hook.events, "reason": new.reason.trim() });
    let act = Act { action: "webhook_created", subject: hook.audit_subject(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok((hook, secret))
}

fn check(desk: &Services, new: &NewWebhook) -> Result<()> {
    let mut problems = Vec::new();
    require_text("name", &new.name, &mut problems);
    let told = match desk.receivers.address(new.url.trim()) {
        _ if new.url.len() > LONGEST_ADDRESS => Some("webhook_url_malformed"),
        Ok(_) => None,
        Err(AddressError::Malformed) => Some("webhook_url_malformed"),
        Err(AddressError::NotTls) => Some("webhook_url_not_tls"),
        Err(AddressError::NotPublic) => Some("webhook_url_not_public"),
    };
    problems.extend(told.map(|code| Problem::on("url", code)));
    if new.events.is_empty() {
        problems.push(Problem::on("events", "webhook_events_missing"));
    }
    problems.extend(check_reason(&new.reason).err());
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
