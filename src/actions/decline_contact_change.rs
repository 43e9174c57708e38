//! The second person does not approve a successor. The former contact stays; a customer's proposal goes back to its
//! first examiner, who verifies again or declines it.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_ground;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::contact_changes::{self, ContactChange};
use crate::models::{contact_proposals, transaction};
use crate::services::Services;

/// Also by whoever asked for it: taking back is not approving.
pub async fn decline_contact_change(
    desk: &Services,
    change_id: i64,
    ground: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactChange> {
    check_ground(ground)?;
    let txn = transaction::begin(&desk.db).await?;
    let change = undecided(&txn, change_id).await?;
    let declined = contact_changes::mark_declined(&txn, change, &actor.key(), ground.trim(), now).await?;
    if let Some(proposal_id) = declined.proposal_id {
        let proposal = contact_proposals::by_id(&txn, proposal_id).await?;
        contact_proposals::reopen(&txn, proposal).await?;
    }
    let act = Act {
        action: "contact_change_declined",
        subject: declined.audit_subject(),
        case_id: None,
        detail: json!({ "subscriber": declined.subscriber_id, "role": declined.role.as_str() }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(declined)
}

/// The change while it waits for its second person.
pub(super) async fn undecided(txn: &DatabaseTransaction, change_id: i64) -> Result<ContactChange> {
    let change = contact_changes::by_id(txn, change_id).await?;
    if change.approved_at.is_some() {
        return Err(Error::conflict("contact_change_approved"));
    }
    if change.declined_at.is_some() {
        return Err(Error::conflict("contact_change_declined"));
    }
    Ok(change)
}
