//! A customer names the successor of a contact. Nobody is phoned by it: the desk verifies the number first
//! (`verify_contact_proposal`), and a second person approves.

use sea_orm::ActiveValue::Set;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::letters;
use super::register_contact::check_person;
use crate::domain::actor::{Actor, Identity};
use crate::domain::contact::{ContactRole, check_reachable_by_third_party};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::mail::proposal::ProposalOccasion;
use crate::models::audit_events::{self, Act};
use crate::models::contact_proposals::{self, ContactProposal};
use crate::models::revocation_cases::{self, Case};
use crate::models::{contact_changes, transaction};
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct ProposeContact {
    /// The case on whose page it was said, if any.
    pub reception_number: Option<ReceptionNumber>,
    pub role: ContactRole,
    pub name: String,
    pub name_kana: Option<String>,
    pub department: Option<String>,
    pub email: String,
    pub phone: String,
}

/// The proposal. One may be open per subscriber and role, also while the desk's change waits for its approval.
pub async fn propose_contact(
    desk: &Services,
    input: ProposeContact,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactProposal> {
    let subscriber_id = applicant(actor)?;
    let problems = check(&input);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let txn = transaction::begin(&desk.db).await?;
    let case = own_case(&txn, input.reception_number, subscriber_id).await?;
    if contact_proposals::open(&txn, subscriber_id, input.role).await?.is_some()
        || contact_changes::pending(&txn, subscriber_id, input.role).await?.is_some()
    {
        return Err(Error::conflict("contact_proposal_open"));
    }
    let proposal = contact_proposals::insert(&txn, row(input, subscriber_id, case.as_ref(), actor, now)).await?;
    record(&txn, &proposal, actor, now).await?;
    letters::queue_proposal(&txn, desk, &proposal, ProposalOccasion::Received, now).await?;
    letters::queue_proposal(&txn, desk, &proposal, ProposalOccasion::Arrived, now).await?;
    txn.commit().await?;
    Ok(proposal)
}

/// Only a customer proposes, and only for the own subscriber; the staff registers what it has verified.
fn applicant(actor: &Actor) -> Result<i64> {
    match actor.identity {
        Identity::Customer { subscriber_id, .. } => Ok(subscriber_id),
        Identity::Staff { .. } | Identity::Token { .. } | Identity::Batch | Identity::System => {
            Err(Error::forbidden("customers_only"))
        }
    }
}

/// Everything that is wrong with the form, at once. Also answers before the customer confirms it.
pub fn check(input: &ProposeContact) -> Vec<Problem> {
    let department = input.department.as_deref();
    let mut problems = check_person(&input.name, input.name_kana.as_deref(), department, &input.email, &input.phone);
    problems.extend(check_reachable_by_third_party(input.role, &input.phone).err());
    problems
}

async fn own_case(
    txn: &DatabaseTransaction,
    number: Option<ReceptionNumber>,
    subscriber_id: i64,
) -> Result<Option<Case>> {
    let Some(number) = number else { return Ok(None) };
    let case = revocation_cases::by_reception_number(txn, number).await?;
    if case.subscriber_id == subscriber_id { Ok(Some(case)) } else { Err(Error::not_found("case_not_found")) }
}

fn row(
    input: ProposeContact,
    subscriber_id: i64,
    case: Option<&Case>,
    actor: &Actor,
    now: DateTimeUtc,
) -> contact_proposals::ActiveModel {
    contact_proposals::ActiveModel {
        subscriber_id: Set(subscriber_id),
        case_id: Set(case.map(|case| case.id)),
        role: Set(input.role),
        name: Set(input.name),
        name_kana: Set(input.name_kana),
        department: Set(input.department),
        email: Set(input.email),
        phone: Set(input.phone),
        proposed_by: Set(actor.key()),
        proposed_by_name: Set(actor.name().to_owned()),
        proposed_at: Set(now),
        ..<contact_proposals::ActiveModel as Default>::default()
    }
}

async fn record(txn: &DatabaseTransaction, proposal: &ContactProposal, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let act = Act {
        action: "contact_proposed",
        subject: proposal.audit_subject(),
        case_id: proposal.case_id,
        detail: json!({ "subscriber": proposal.subscriber_id, "role": proposal.role.as_str() }),
    };
    audit_events::append(txn, act, actor, now).await
}
