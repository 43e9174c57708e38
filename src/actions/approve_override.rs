//! A second supervisor approves a request to revoke without a recorded call.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::authorization::{AuthorizationKind, check_second_person};
use crate::domain::case::CaseEvent;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::authorizations;
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone, Copy)]
pub struct ApproveOverride {
    pub reception_number: ReceptionNumber,
    pub version: i64,
}

/// The case, confirmed by two supervisors. Refused for the one who asked, and on any later version of the case.
pub async fn approve_override(
    desk: &Services,
    input: ApproveOverride,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, input.reception_number).await?;
    revocation_cases::check_version(&case, input.version)?;
    let request = authorizations::override_request(&txn, case.id, case.version)
        .await?
        .ok_or_else(|| Error::conflict("override_not_requested"))?;
    check_second_person(&request.requested_by, &actor.key()).map_err(Error::Forbidden)?;
    let (request_id, ground) = (request.id, request.ground.clone());
    let mut row = request.into_active_model();
    row.approved_by = Set(Some(actor.key()));
    row.approved_at = Set(Some(now));
    row.update(&txn).await?;
    let detail = json!({ "request": request_id });
    let case = advance(&txn, &case, CaseEvent::OverrideApproved, clear_lease, detail, actor, now).await?;
    authorizations::ActiveModel {
        case_id: Set(case.id),
        case_version: Set(case.version),
        kind: Set(AuthorizationKind::SupervisorOverride),
        override_request_id: Set(Some(request_id)),
        granted_by: Set(actor.key()),
        granted_by_name: Set(actor.name().to_owned()),
        ground: Set(Some(ground)),
        granted_at: Set(now),
        ..Default::default()
    }
    .insert(&txn)
    .await?;
    txn.commit().await?;
    Ok(case)
}
