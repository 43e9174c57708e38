//! Takes over the national holidays of the Cabinet Office's file.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use crate::domain::actor::Actor;
use crate::domain::calendar::{HolidayChange, decode_cabinet_office_csv, jst_date, parse_cabinet_office_csv};
use crate::domain::setting::Change;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::{holidays, transaction};
use crate::services::Services;

pub struct ImportHolidays<'a> {
    pub file: &'a [u8],
    /// Judges the file and changes nothing.
    pub dry_run: bool,
    /// Why, where somebody is asked: an administrator at the desk.
    pub reason: Option<&'a str>,
}

/// How many days the file names. All of it is taken over or, when a line is wrong, nothing.
pub async fn import_holidays(
    desk: &Services,
    input: ImportHolidays<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<usize> {
    let text = decode_cabinet_office_csv(input.file)?;
    let days = parse_cabinet_office_csv(&text).map_err(Error::Invalid)?;
    let reason = input.reason.map(check_reason).transpose()?;
    let count = days.len();
    if input.dry_run {
        return Ok(count);
    }
    let txn = transaction::begin(&desk.db).await?;
    let before = holidays::calendar(&txn).await?;
    holidays::replace_years(&txn, days).await?;
    let calendar = holidays::calendar(&txn).await?;
    let today = jst_date(now);
    let changes: Vec<Change> = before.differences(&calendar, today).into_iter().map(change).collect();
    let detail = json!({ "days": count, "reason": reason, "changes": changes });
    let act = Act { action: "holidays_imported", subject: "calendar".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    desk.replace_calendar(calendar);
    Ok(count)
}

fn change(one: HolidayChange) -> Change {
    Change { field: one.date.to_string(), before: one.before.unwrap_or_default(), after: one.after.unwrap_or_default() }
}
