//! Closes the desk on a day on which it would work.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::{check_reason, require_text};
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::{Calendar, DayKind, jst_date};
use crate::domain::problem::Problem;
use crate::domain::setting::Change;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::columns::HolidayKind;
use crate::models::{holidays, transaction};
use crate::services::Services;

pub struct AddClosure {
    pub date: NaiveDate,
    /// What customers and staff read beside the day.
    pub name: String,
    pub reason: String,
}

/// Cases that are due on that day keep their date: the desk's pages show them.
pub async fn add_closure(desk: &Services, input: AddClosure, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    let mut problems = check_closure(&input.name);
    problems.extend(check_reason(&input.reason).err());
    let txn = transaction::begin(&desk.db).await?;
    problems.extend(check_open_day(&holidays::calendar(&txn).await?, input.date, jst_date(now)).err());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let (name, reason) = (input.name.trim(), input.reason.trim());
    holidays::store(&txn, HolidayKind::Closure, [(input.date, name.to_owned())]).await?;
    let change = Change { field: input.date.to_string(), before: String::new(), after: name.to_owned() };
    let detail = json!({ "reason": reason, "changes": [change] });
    let act = Act { action: "closure_added", subject: "calendar".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}

/// What is wrong with the name of a closure.
pub fn check_closure(name: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    require_text("name", name, &mut problems);
    problems
}

/// Only a day to come on which the desk works can be closed.
pub fn check_open_day(calendar: &Calendar, date: NaiveDate, today: NaiveDate) -> Result<(), Problem> {
    if date < today {
        return Err(Problem::on("date", "closure_past").with("today", today));
    }
    match calendar.day_kind(date) {
        DayKind::Business => Ok(()),
        DayKind::Holiday(name) | DayKind::Closure(name) => {
            Err(Problem::on("date", "closure_named_already").with("date", date).with("name", name))
        }
        DayKind::Weekend | DayKind::YearEnd => Err(Problem::on("date", "closure_closed_already").with("date", date)),
    }
}
