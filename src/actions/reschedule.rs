//! Changes the requested date. An authorization given for the old date counts no longer.

use chrono::NaiveDate;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::{customer_change, letters};
use crate::domain::actor::Actor;
use crate::domain::application::check_requested_on;
use crate::domain::calendar::jst_date;
use crate::domain::case::{CaseEvent, CustomerChange};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::mail::letter::{Occasion, Performer};
use crate::models::certificates;
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct Reschedule {
    pub reception_number: ReceptionNumber,
    pub version: i64,
    pub requested_on: NaiveDate,
}

/// The case, waiting for its call on the new day.
pub async fn reschedule(desk: &Services, input: Reschedule, actor: &Actor, now: DateTimeUtc) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::of_actor(&txn, input.reception_number, actor).await?;
    revocation_cases::check_version(&case, input.version)?;
    customer_change::check(&txn, desk, &case, CustomerChange::RequestedDate, actor, now).await?;
    if case.compromise_reported_at.is_some() {
        return Err(Error::Conflict(Problem::new("compromise_takes_no_date")));
    }
    let source = certificates::by_id(&txn, case.source_certificate_id).await?;
    let date = check_requested_on(input.requested_on, jst_date(now), source.last_day(), &desk.calendar())?;
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.requested_on = Set(date.requested_on);
        row.due_on = Set(date.due_on);
        row.next_call_at = Set(None);
        clear_lease(row);
    };
    let detail = json!({ "before": case.requested_on, "after": date.requested_on, "due_on": date.due_on });
    let moved = advance(&txn, &case, CaseEvent::DateChanged, change, detail, actor, now).await?;
    let occasion = Occasion::RequestedDateChanged { before: case.requested_on, by: Performer::of(actor) };
    letters::queue(&txn, desk, &moved, occasion, &format!("version-{}", moved.version), now).await?;
    txn.commit().await?;
    Ok(moved)
}
