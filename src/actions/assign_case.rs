//! Notes which colleague looks after a case. It permits and forbids nothing: anybody may still take its call.

use sea_orm::ConnectionTrait;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::bulk_verdicts::may_be_assigned;
use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::case_list::set_assignee;
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::models::users;
use crate::services::Services;

#[derive(Debug, Clone, Copy)]
pub struct AssignCase {
    pub reception_number: ReceptionNumber,
    /// `None`: nobody in particular.
    pub colleague: Option<i64>,
}

/// The case with its colleague. The same one again is nothing.
pub async fn assign_case(desk: &Services, input: AssignCase, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_reception_number(&txn, input.reception_number).await?;
    may_be_assigned(&case).map_err(Error::Conflict)?;
    if case.assignee_id == input.colleague {
        return Ok(case);
    }
    if let Some(colleague) = input.colleague {
        check_colleague(&txn, colleague).await?;
    }
    let assigned = set_assignee(&txn, &case, input.colleague).await?;
    let key = |id: Option<i64>| id.map(|id| format!("staff:{id}"));
    let act = Act {
        action: "case_assigned",
        subject: case.audit_subject(),
        case_id: Some(case.id),
        detail: json!({ "before": key(case.assignee_id), "after": key(assigned.assignee_id) }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(assigned)
}

/// Somebody who works on cases, and still does.
pub(super) async fn check_colleague(txn: &impl ConnectionTrait, colleague: i64) -> Result<()> {
    match users::Entity::find_enabled(txn, colleague).await? {
        Some(user) if user.role.may(Permission::WorkCases) => Ok(()),
        Some(_) | None => Err(Problem::on("assignee", "assignee_unknown").into()),
    }
}
