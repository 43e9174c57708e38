//! Reminds customers of the coming revocation, 5 and 1 business days before it (setting).

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;

use super::letters;
use crate::domain::calendar::Calendar;
use crate::domain::case::CaseState;
use crate::errors::Result;
use crate::mail::letter::Occasion;
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases;
use crate::models::transaction;
use crate::services::Services;

/// Queues the reminders of `today`. A missed day is made good by the nearest reminder that still lies ahead; one
/// reminder of a kind is queued once, however often the task runs.
pub async fn remind(desk: &Services, today: NaiveDate, now: DateTimeUtc) -> Result<Counts> {
    let calendar = desk.calendar();
    let days = desk.calls_on(today).reminder_business_days;
    let horizon = calendar.add_business_days(today, days.iter().copied().max().unwrap_or_default());
    let coming = revocation_cases::ids_due_between(&desk.db, CaseState::AwaitingCall, today, horizon).await?;
    let mut counts = Counts { target: i64::try_from(coming.len()).unwrap_or(i64::MAX), ..Counts::default() };
    for id in coming {
        match remind_one(desk, id, &calendar, today, now).await {
            Ok(true) => counts.done += 1,
            Ok(false) => counts.skipped += 1,
            Err(error) => {
                tracing::error!(case.id = id, cause = %error, "the reminder was not queued");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}

/// `false`: no reminder of this case is due, or it is queued already.
async fn remind_one(desk: &Services, id: i64, calendar: &Calendar, today: NaiveDate, now: DateTimeUtc) -> Result<bool> {
    let days = desk.calls_on(today).reminder_business_days;
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_id(&txn, id).await?;
    let Some(n) = reminder_of(calendar, &days, case.due_on, today) else { return Ok(false) };
    let left = calendar.business_days_between(today, case.due_on);
    let occasion = Occasion::RevocationReminder { business_days: u32::try_from(left).unwrap_or(n) };
    let queued = letters::queue(&txn, desk, &case, occasion, &format!("{n}-before-{}", case.due_on), now).await?;
    txn.commit().await?;
    Ok(queued)
}

/// The reminder whose day has come: the smallest n with `due_on` − n business days ≤ today.
fn reminder_of(calendar: &Calendar, days: &[u32], due_on: NaiveDate, today: NaiveDate) -> Option<u32> {
    if due_on <= today {
        return None;
    }
    days.iter().copied().filter(|n| calendar.business_days_before(due_on, *n) <= today).min()
}
