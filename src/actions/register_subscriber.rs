//! Registers an organisation.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::require_text;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::subscribers::{self, NewSubscriber, Subscriber};
use crate::models::transaction;
use crate::services::Services;

/// The new organisation. An external id that is taken already is refused.
pub async fn register_subscriber(
    desk: &Services,
    new: NewSubscriber,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Subscriber> {
    let txn = transaction::begin(&desk.db).await?;
    let subscriber = enter(&txn, new, actor, now).await?;
    txn.commit().await?;
    Ok(subscriber)
}

/// The checks and rows of a registration, within the transaction of its caller.
pub(super) async fn enter(
    txn: &DatabaseTransaction,
    new: NewSubscriber,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Subscriber> {
    let mut problems = Vec::new();
    require_text("name", &new.name, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if let Some(id) = &new.external_id
        && subscribers::by_external_id(txn, id).await?.is_some()
    {
        return Err(Error::conflict("external_id_taken"));
    }
    let subscriber = subscribers::insert(txn, new, now).await?;
    let act = Act {
        action: "subscriber_registered",
        subject: format!("subscriber:{}", subscriber.id),
        case_id: None,
        detail: json!({}),
    };
    audit_events::append(txn, act, actor, now).await?;
    Ok(subscriber)
}
