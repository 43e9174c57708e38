//! Takes over the national holidays of the Cabinet Office's file.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::calendar::{decode_shift_jis, parse_cabinet_office_csv};
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::{holidays, transaction};
use crate::services::Services;

/// How many days the file names. All of it is taken over or, when a line is wrong, nothing.
pub async fn import_holidays(
    desk: &Services,
    file: &[u8],
    dry_run: bool,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<usize> {
    let text = decode_shift_jis(file)?;
    let days = parse_cabinet_office_csv(&text).map_err(Error::Invalid)?;
    let count = days.len();
    if dry_run {
        return Ok(count);
    }
    let txn = transaction::begin(&desk.db).await?;
    holidays::replace_years(&txn, days).await?;
    let calendar = holidays::calendar(&txn).await?;
    let detail = json!({ "days": count });
    let act = Act { action: "holidays_imported", subject: "calendar".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    desk.replace_calendar(calendar);
    Ok(count)
}
