//! The first examiner cannot verify a proposed successor: the customer is told why and stays with the former contact.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_ground;
use super::letters;
use super::verify_contact_proposal::undecided;
use crate::domain::actor::Actor;
use crate::errors::Result;
use crate::mail::proposal::ProposalOccasion;
use crate::models::audit_events::{self, Act};
use crate::models::contact_proposals::{self, ContactProposal};
use crate::models::transaction;
use crate::services::Services;

/// `ground` goes to the customer.
pub async fn decline_contact_proposal(
    desk: &Services,
    proposal_id: i64,
    ground: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactProposal> {
    check_ground(ground)?;
    let txn = transaction::begin(&desk.db).await?;
    let proposal = undecided(&txn, proposal_id).await?;
    let declined = contact_proposals::mark_declined(&txn, proposal, &actor.key(), ground.trim(), now).await?;
    let act = Act {
        action: "contact_proposal_declined",
        subject: declined.audit_subject(),
        case_id: declined.case_id,
        detail: json!({ "subscriber": declined.subscriber_id, "role": declined.role.as_str() }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    let occasion = ProposalOccasion::Declined { ground: ground.trim().to_owned() };
    letters::queue_proposal(&txn, desk, &declined, occasion, now).await?;
    txn.commit().await?;
    Ok(declined)
}
