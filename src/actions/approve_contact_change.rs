//! A second person approves a successor. From then on it is the successor who is phoned; what the former contact
//! confirmed is void.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::decline_contact_change::undecided;
use super::{letters, register_contact};
use crate::domain::actor::Actor;
use crate::domain::authorization::{AuthorizationKind, check_second_person};
use crate::domain::case::{CaseEvent, CaseState, HoldReason};
use crate::domain::contact::{ContactRole, whom_to_phone};
use crate::errors::{Error, Result};
use crate::mail::letter::Occasion;
use crate::models::authorizations::{self, AuthorizationRow};
use crate::models::contact_changes::{self, ContactChange};
use crate::models::contacts::{self, NewContact};
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::{certificates, transaction};
use crate::services::Services;

pub async fn approve_contact_change(
    desk: &Services,
    change_id: i64,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<ContactChange> {
    let txn = transaction::begin(&desk.db).await?;
    let change = undecided(&txn, change_id).await?;
    check_second_person(&change.requested_by, &actor.key()).map_err(Error::Forbidden)?;
    let current = contacts::current(&txn, change.subscriber_id).await?;
    if let Some(former) = contacts::in_role(&current, change.role) {
        contacts::supersede(&txn, former, now).await?;
    }
    let contact = contacts::insert(&txn, successor(&change), now).await?;
    register_contact::record(&txn, &contact, actor, now).await?;
    for case in revocation_cases::open_of_subscriber(&txn, change.subscriber_id).await? {
        follow(&txn, desk, &case, &change, actor, now).await?;
    }
    let approved = contact_changes::mark_approved(&txn, change, &actor.key(), contact.id, now).await?;
    txn.commit().await?;
    Ok(approved)
}

fn successor(change: &ContactChange) -> NewContact {
    NewContact {
        subscriber_id: change.subscriber_id,
        role: change.role,
        name: change.name.clone(),
        name_kana: change.name_kana.clone(),
        department: change.department.clone(),
        email: change.email.clone(),
        phone: change.phone.clone(),
        phone_source: change.phone_source.clone(),
        verified_by: change.requested_by.clone(),
        verified_on: change.verified_on,
    }
}

/// What the change means for one open case: a confirmation by the former contact is void, also one under way; a hold for
/// want of a contact is resolved.
async fn follow(
    txn: &DatabaseTransaction,
    desk: &Services,
    case: &Case,
    change: &ContactChange,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    if callee_role(txn, case).await? != Some(change.role) {
        return Ok(());
    }
    let detail = json!({ "contact_change": change.id });
    let case = match event(txn, case).await? {
        Some(event) => advance(txn, case, event, clear_lease, detail, actor, now).await?,
        // Who is on the phone with the former contact has to begin again with the new one.
        None if case.holder(now).is_some() => revocation_cases::end_lease(txn, case).await?,
        None => case.clone(),
    };
    letters::queue(txn, desk, &case, Occasion::ContactChanged, &format!("change-{}", change.id), now).await?;
    Ok(())
}

async fn callee_role(txn: &DatabaseTransaction, case: &Case) -> Result<Option<ContactRole>> {
    let source = certificates::by_id(txn, case.source_certificate_id).await?;
    Ok(whom_to_phone(source.validation))
}

async fn event(txn: &DatabaseTransaction, case: &Case) -> Result<Option<CaseEvent>> {
    Ok(match case.state {
        CaseState::AwaitingCall => Some(CaseEvent::SubstanceChanged),
        CaseState::Confirmed => {
            authorizations::newest(txn, case.id).await?.filter(rests_on_contact).map(|_| CaseEvent::SubstanceChanged)
        }
        CaseState::OnHold => match case.hold_reason {
            Some(HoldReason::ContactChanged | HoldReason::WrongNumber) => Some(CaseEvent::HoldResolved),
            Some(HoldReason::IdentityFailed | HoldReason::CaRefused | HoldReason::Manual) | None => None,
        },
        CaseState::AwaitingReissue
        | CaseState::Revoking
        | CaseState::Revoked
        | CaseState::Completed
        | CaseState::Withdrawn
        | CaseState::Expired => None,
    })
}

/// Whether the permission was given with this contact in mind. The report of a compromise and an incident of the CA
/// do not depend on who answers the phone.
fn rests_on_contact(row: &AuthorizationRow) -> bool {
    match row.kind {
        AuthorizationKind::PhoneConfirmation | AuthorizationKind::SupervisorOverride => true,
        AuthorizationKind::KeyCompromise | AuthorizationKind::Incident => false,
    }
}
