//! Stores other opening hours, from a day on.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::checks::check_reason;
use super::take_over_settings::take_over_settings;
use crate::domain::actor::Actor;
use crate::domain::calendar::hours::AnnouncedHours;
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::desk_settings::{self, NewVersion};
use crate::models::transaction;
use crate::services::Services;

pub struct ChangeOpeningHours {
    /// The newest version that the author knew; 0 for none.
    pub seen: i64,
    pub hours: AnnouncedHours,
    pub effective_on: NaiveDate,
    pub reason: String,
}

/// Refused where nothing changes, and for a day that is over.
pub async fn change_opening_hours(
    desk: &Services,
    input: ChangeOpeningHours,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let before = desk.hours_of(&desk_settings::live(&txn).await?, input.effective_on);
    let mut problems = check_opening_hours(&before, &input.hours, input.effective_on, jst_date(now));
    problems.extend(check_reason(&input.reason).err());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let new = NewVersion {
        name: SettingName::OpeningHours,
        seen: input.seen,
        value: json!(input.hours),
        effective_on: input.effective_on,
        reason: input.reason.trim(),
    };
    let version = desk_settings::store(&txn, new, actor, now).await?;
    let detail = json!({
        "version": version,
        "effective_on": input.effective_on,
        "reason": input.reason.trim(),
        "changes": before.changes_to(&input.hours),
    });
    let subject = "setting:opening_hours".to_owned();
    let act = Act { action: "opening_hours_changed", subject, case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    take_over_settings(desk).await
}

/// Everything that is wrong with these hours from that day on, after those that count on it so far.
pub fn check_opening_hours(
    before: &AnnouncedHours,
    hours: &AnnouncedHours,
    effective_on: NaiveDate,
    today: NaiveDate,
) -> Vec<Problem> {
    let mut problems = hours.check();
    if effective_on < today {
        problems.push(Problem::on("effective_on", "effective_on_past").with("today", today));
    } else if problems.is_empty() && before == hours {
        problems.push(Problem::new("setting_unchanged"));
    }
    problems
}
