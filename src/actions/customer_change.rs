//! Holds customers to the deadline for changes; staff act whenever the state allows.

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use sea_orm::prelude::DateTimeUtc;

use crate::domain::actor::{Actor, Identity};
use crate::domain::calendar::jst_date;
use crate::domain::case::{CaseEvent, ChangeWindow, CustomerChange};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::calls;
use crate::models::revocation_cases::Case;
use crate::services::Services;

/// Refuses a change by a customer that the state has no room for, or that comes after the deadline.
pub(super) async fn check(
    txn: &impl ConnectionTrait,
    desk: &Services,
    case: &Case,
    change: CustomerChange,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    match &actor.identity {
        Identity::Staff { .. } | Identity::Token { .. } | Identity::Batch | Identity::System => return Ok(()),
        Identity::Customer { .. } => {}
    }
    let desk_tel = &desk.settings.desk.telephone;
    if case.compromise_reported_at.is_some() {
        return Err(Error::Conflict(Problem::new("compromise_unchangeable")));
    }
    let event = match change {
        CustomerChange::RequestedDate | CustomerChange::CallBand => CaseEvent::DateChanged,
        CustomerChange::Withdrawal => CaseEvent::Withdrawn,
    };
    if case.state.after(event).is_err() {
        let closed = Problem::new("change_closed").with("state", case.state.as_str());
        return Err(Error::Conflict(closed.with("desk_tel", desk_tel)));
    }
    let window = change_window(txn, desk, case, jst_date(now)).await?;
    change.check(window, now).map_err(|late| late.with("desk_tel", desk_tel).into())
}

/// Until when the customer may change `case`, by the rules of `today`.
pub async fn change_window(
    txn: &impl ConnectionTrait,
    desk: &Services,
    case: &Case,
    today: NaiveDate,
) -> Result<ChangeWindow> {
    let calls = calls::of_case(txn, case.id).await?;
    let waits = case.waits_for_customer(&calls, desk.calls_on(today).attempts);
    Ok(ChangeWindow::new(case.due_on, waits, &desk.calendar()))
}
