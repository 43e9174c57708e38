//! Finds cases whose source certificate the CA already shows revoked, without our doing.

use std::future::Future;

use chrono::NaiveDate;
use futures::{StreamExt, stream};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::ca::CaStatus;
use crate::domain::actor::Actor;
use crate::domain::application::CrlReason;
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::certificate::CertificateIdentity;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::revocation_cases::{self, Case, advance, clear_lease};
use crate::models::{case_chunks, certificates, transaction};
use crate::services::Services;

/// Asks the CA about every undecided case that is due, some at once. Counts: done = found revoked, failed = the CA gave
/// no answer, skipped = not revoked or unknown to the CA, which proves nothing.
pub async fn find_revoked(desk: &Services, today: NaiveDate, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let revocation = &desk.settings.revocation;
    let mut counts = Counts::default();
    for state in CaseState::UNDECIDED {
        let mut seen = None;
        loop {
            let limit = u64::from(revocation.chunk);
            let due = case_chunks::next_in_state(&desk.db, state, today, seen, limit).await?;
            let Some(last) = due.last() else { break };
            seen = Some((last.due_on, last.id));
            counts.target += i64::try_from(due.len()).unwrap_or(i64::MAX);
            let asked = ask(desk, &due, actor, now).await?;
            let mut answers = stream::iter(asked).buffer_unordered(revocation.parallel as usize);
            while let Some(found) = answers.next().await {
                match found? {
                    Found::Revoked => counts.done += 1,
                    Found::NotRevoked => counts.skipped += 1,
                    Found::NoAnswer => counts.failed += 1,
                }
            }
        }
    }
    Ok(counts)
}

enum Found {
    Revoked,
    /// Nor decided by somebody else meanwhile.
    NotRevoked,
    NoAnswer,
}

/// One question for each case, not asked yet.
async fn ask<'a>(
    desk: &'a Services,
    due: &'a [Case],
    actor: &'a Actor,
    now: DateTimeUtc,
) -> Result<Vec<impl Future<Output = Result<Found>> + 'a>> {
    let ids: Vec<i64> = due.iter().map(|case| case.source_certificate_id).collect();
    let sources = certificates::identities(&desk.db, ids).await?;
    let with_source = due.iter().filter_map(|case| Some((case, sources.get(&case.source_certificate_id)?.clone())));
    Ok(with_source.map(|(case, source)| look(desk, case, source, actor, now)).collect())
}

async fn look(
    desk: &Services,
    case: &Case,
    source: CertificateIdentity,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Found> {
    match desk.ca.status(&source).await {
        Ok(CaStatus::Revoked { at, reason }) => match adopt(desk, case.id, (at, reason), actor, now).await {
            Ok(true) => Ok(Found::Revoked),
            // Withdrawn, revoked or moved since the list was read.
            Ok(false) | Err(Error::Conflict(_)) => Ok(Found::NotRevoked),
            Err(error) => Err(error),
        },
        Ok(CaStatus::Good | CaStatus::Unknown) => Ok(Found::NotRevoked),
        Err(error) => {
            tracing::warn!(case.reception_number = %case.reception_number, cause = %error, "no status from the CA");
            Ok(Found::NoAnswer)
        }
    }
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
