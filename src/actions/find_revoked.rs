//! Finds cases whose source certificate the CA already shows revoked, without our doing.

use chrono::NaiveDate;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::ca::CaStatus;
use crate::domain::actor::Actor;
use crate::domain::application::CrlReason;
use crate::domain::case::CaseEvent;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases::{self, advance, clear_lease};
use crate::models::{certificates, transaction};
use crate::services::Services;

/// Asks the CA about every undecided case that is due. Counts: done = found revoked, failed = the CA gave no answer,
/// skipped = not revoked or unknown to the CA, which proves nothing.
pub async fn find_revoked(desk: &Services, today: NaiveDate, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let due = revocation_cases::undecided_due(&desk.db, today).await?;
    let mut counts = Counts { target: i64::try_from(due.len()).unwrap_or(i64::MAX), ..Counts::default() };
    for case_id in due {
        let case = revocation_cases::by_id(&desk.db, case_id).await?;
        let source = certificates::by_id(&desk.db, case.source_certificate_id).await?;
        match desk.ca.status(&source.identity()).await {
            Ok(CaStatus::Revoked { at, reason }) => match adopt(desk, case_id, (at, reason), actor, now).await {
                Ok(true) => counts.done += 1,
                // Withdrawn, revoked or moved since the list was read.
                Ok(false) | Err(Error::Conflict(_)) => counts.skipped += 1,
                Err(error) => return Err(error),
            },
            Ok(CaStatus::Good | CaStatus::Unknown) => counts.skipped += 1,
            Err(error) => {
                tracing::warn!(case.reception_number = %case.reception_number, cause = %error, "no status from the CA");
                counts.failed += 1;
            }
        }
    }
    Ok(counts)
}

/// `false`: the case was decided meanwhile.
async fn adopt(
    desk: &Services,
    case_id: i64,
    (revoked_at, reason): (DateTimeUtc, Option<CrlReason>),
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<bool> {
    let txn = transaction::begin(&desk.db).await?;
    let case = revocation_cases::by_id(&txn, case_id).await?;
    if case.state.after(CaseEvent::FoundRevoked).is_err() {
        return Ok(false);
    }
    let source = certificates::by_id(&txn, case.source_certificate_id).await?;
    certificates::mark_revoked(&txn, &source, revoked_at, reason).await?;
    let change = |row: &mut revocation_cases::ActiveModel| {
        row.revoked_at = Set(Some(revoked_at));
        clear_lease(row);
    };
    advance(&txn, &case, CaseEvent::FoundRevoked, change, json!({ "revoked_at": revoked_at }), actor, now).await?;
    txn.commit().await?;
    Ok(true)
}
