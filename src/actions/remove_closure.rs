//! Opens the desk again on a day that it had closed by itself.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::domain::setting::Change;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::{holidays, transaction};
use crate::services::Services;

/// A day that is over stays as it was: business days were counted by it.
pub async fn remove_closure(
    desk: &Services,
    date: NaiveDate,
    reason: &str,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let reason = check_reason(reason)?;
    if date < jst_date(now) {
        return Err(Problem::on("date", "closure_past").with("today", jst_date(now)).into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let calendar = holidays::calendar(&txn).await?;
    let name = calendar.closures_from(date).next().filter(|(day, _)| *day == date).map(|(_, name)| name.to_owned());
    if !holidays::remove_closure(&txn, date).await? {
        return Err(Error::not_found("closure_not_found"));
    }
    let change = Change { field: date.to_string(), before: name.unwrap_or_default(), after: String::new() };
    let detail = json!({ "reason": reason, "changes": [change] });
    let act = Act { action: "closure_removed", subject: "calendar".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}
