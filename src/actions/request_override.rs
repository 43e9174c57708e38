//! A supervisor asks to revoke without a recorded call, with a written ground. Another one decides.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::case::CaseEvent;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::authorizations::{self, NewOverrideRequest, OverrideRequest};
use crate::models::revocation_cases;
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct RequestOverride {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    pub ground: String,
}

/// The request, bound to this version of the case; one per version.
pub async fn request_override(
    desk: &Services,
    input: RequestOverride,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<OverrideRequest> {
    if input.ground.trim().is_empty() {
        return Err(Problem::on("ground", "override_ground_missing").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, input.reception_number).await?;
    revocation_cases::check_version(&case, input.version)?;
    case.state.after(CaseEvent::OverrideApproved).map_err(|refused| Error::Conflict(refused.problem()))?;
    if authorizations::override_request(&txn, case.id, case.version).await?.is_some() {
        return Err(Error::conflict("override_requested_already"));
    }
    let request = NewOverrideRequest {
        case_id: Set(case.id),
        case_version: Set(case.version),
        ground: Set(input.ground),
        requested_by: Set(actor.key()),
        requested_by_name: Set(actor.name().to_owned()),
        requested_at: Set(now),
        ..Default::default()
    }
    .insert(&txn)
    .await?;
    let act = Act {
        action: "override_requested",
        subject: case.audit_subject(),
        case_id: Some(case.id),
        detail: json!({ "request": request.id, "version": case.version }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(request)
}
