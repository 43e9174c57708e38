//! Saves a new version of a mail or a call script, which counts from its day on.

use chrono::NaiveDate;
use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::domain::text::{Draft, TextKey, in_force, read};
use crate::errors::{Error, Result};
use crate::mail::filling::shipped_draft;
use crate::models::audit_events::{self, Act};
use crate::models::text_versions::{self, NewVersion, TextVersion};
use crate::models::transaction;
use crate::services::Services;

/// Characters.
const MAX_REASON: usize = 500;

#[derive(Debug, Clone)]
pub struct SaveText {
    pub key: TextKey,
    /// The newest version that its author saw; 0 when there was only the shipped text.
    pub seen: i64,
    pub draft: Draft,
    pub effective_on: NaiveDate,
    pub reason: String,
    /// The version that is taken up again.
    pub restored_from: Option<i64>,
}

/// The version saved. Refused where somebody saved another one meanwhile, or where nothing would change on its day.
pub async fn save_text(desk: &Services, input: SaveText, actor: &Actor, now: DateTimeUtc) -> Result<TextVersion> {
    check(&input, jst_date(now))?;
    let txn = transaction::begin(&desk.db).await?;
    let newest = text_versions::newest(&txn, input.key).await?.map_or(0, |row| row.version);
    if newest != input.seen {
        return Err(overtaken());
    }
    let before = standing_on(&txn, input.key, input.effective_on).await?;
    let words_before = match &before {
        Some(version) => version.draft(),
        None => shipped_draft(input.key)?,
    };
    if words_before == input.draft {
        return Err(Problem::on("body", "text_unchanged").into());
    }
    let new = NewVersion {
        key: input.key,
        version: newest + 1,
        draft: input.draft,
        effective_on: input.effective_on,
        reason: input.reason.trim().to_owned(),
        restored_from: input.restored_from.filter(|version| *version <= newest),
    };
    let saved = text_versions::insert(&txn, new, actor, now).await.map_err(|error| match Error::from(error) {
        Error::Conflict(_) => overtaken(),
        other => other,
    })?;
    let act = Act {
        action: "text_saved",
        subject: format!("text:{}", input.key),
        case_id: None,
        detail: json!({
            "before": before.map_or(0, |row| row.version),
            "after": saved.version,
            "effective_on": saved.effective_on,
            "restored_from": saved.restored_from,
            "reason": saved.reason,
        }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(saved)
}

fn check(input: &SaveText, today: NaiveDate) -> Result<()> {
    let mut problems = read(input.key, &input.draft).err().unwrap_or_default();
    if input.effective_on < today {
        problems.push(Problem::on("effective_on", "text_effective_past").with("today", today));
    }
    match input.reason.trim().chars().count() {
        0 => problems.push(Problem::on("reason", "text_reason_missing")),
        1..=MAX_REASON => {}
        _ => problems.push(Problem::on("reason", "text_reason_too_long").with("limit", MAX_REASON)),
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// The version that would count on `day` without the new one; `None`: the shipped text.
async fn standing_on(txn: &DatabaseTransaction, key: TextKey, day: NaiveDate) -> Result<Option<TextVersion>> {
    let marks = text_versions::marks(txn).await?;
    let of_key = marks.iter().filter(|mark| mark.name == key.as_str());
    match in_force(of_key.map(|mark| (mark.version, mark.effective_on)), day) {
        Some(version) => text_versions::by_version(txn, key, version).await.map(Some),
        None => Ok(None),
    }
}

fn overtaken() -> Error {
    Error::conflict("text_overtaken")
}
