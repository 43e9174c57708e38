//! Registers the successor of a contact, with how the number was verified. It counts once a second person approved.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::register_contact::check_contact;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::contact_changes::{self, ContactChange};
use crate::models::contacts::NewContact;
use crate::models::{subscribers, transaction};
use crate::services::Services;

/// The request. One may wait per subscriber and role.
pub async fn request_contact_change(
    desk: &Services,
    successor: NewContact,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactChange> {
    check_contact(&successor, now)?;
    let txn = transaction::begin(&desk.db).await?;
    let change = request(&txn, successor, None, actor, now).await?;
    txn.commit().await?;
    Ok(change)
}

/// The request inside another act's transaction; `proposal_id` is the customer's proposal that it follows from.
pub(super) async fn request(
    txn: &DatabaseTransaction,
    successor: NewContact,
    proposal_id: Option<i64>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactChange> {
    subscribers::by_id(txn, successor.subscriber_id).await?;
    if contact_changes::pending(txn, successor.subscriber_id, successor.role).await?.is_some() {
        return Err(Error::conflict("contact_change_pending"));
    }
    let change = contact_changes::insert(txn, successor, proposal_id, &actor.key(), now).await?;
    let act = Act {
        action: "contact_change_requested",
        subject: change.audit_subject(),
        case_id: None,
        detail: json!({ "subscriber": change.subscriber_id, "role": change.role.as_str() }),
    };
    audit_events::append(txn, act, actor, now).await?;
    Ok(change)
}
