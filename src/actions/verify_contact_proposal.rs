//! The first examiner found the number of a proposed successor in an independent source, and asks a second person to
//! approve. What the source says counts, not what the customer wrote.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::register_contact::check_contact;
use super::request_contact_change::request;
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::contact_changes::ContactChange;
use crate::models::contact_proposals::{self, ContactProposal};
use crate::models::contacts::NewContact;
use crate::models::transaction;
use crate::services::Services;

/// The contact change that waits for its approval. Subscriber and role of `successor` must be the proposal's.
pub async fn verify_contact_proposal(
    desk: &Services,
    proposal_id: i64,
    successor: NewContact,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactChange> {
    check_contact(&successor, now)?;
    let txn = transaction::begin(&desk.db).await?;
    let proposal = undecided(&txn, proposal_id).await?;
    if (successor.subscriber_id, successor.role) != (proposal.subscriber_id, proposal.role) {
        return Err(Error::internal("the verified contact is not the proposed one's successor"));
    }
    let change = request(&txn, successor, Some(proposal.id), actor, now).await?;
    let act = Act {
        action: "contact_proposal_verified",
        subject: proposal.audit_subject(),
        case_id: proposal.case_id,
        detail: json!({ "contact_change": change.id, "same_phone": change.phone == proposal.phone }),
    };
    contact_proposals::mark_verified(&txn, proposal, change.id).await?;
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(change)
}

/// The proposal while it waits for its first examiner.
pub(super) async fn undecided(txn: &DatabaseTransaction, proposal_id: i64) -> Result<ContactProposal> {
    let proposal = contact_proposals::by_id(txn, proposal_id).await?;
    if proposal.declined_at.is_some() {
        return Err(Error::conflict("contact_proposal_declined"));
    }
    if proposal.contact_change_id.is_some() {
        return Err(Error::conflict("contact_proposal_verified"));
    }
    Ok(proposal)
}
