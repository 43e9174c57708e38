//! Gives a claimed case back to the queue.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::claim_case::held_by_another;
use crate::domain::actor::Actor;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::services::Services;

/// The case, held by nobody. A supervisor may break the claim of another; a case that nobody holds stays as it is.
pub async fn release_claim(desk: &Services, number: ReceptionNumber, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, number).await?;
    let Some(holder) = case.holder(now) else { return Ok(case) };
    let is_supervisor = actor.role().is_some_and(|role| role.may(Permission::Supervise));
    if holder != actor.key() && !is_supervisor {
        return Err(held_by_another(&case));
    }
    let released = revocation_cases::end_lease(&txn, &case).await?;
    let act = Act {
        action: "claim_released",
        subject: case.audit_subject(),
        case_id: Some(case.id),
        detail: json!({ "holder": holder }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(released)
}
