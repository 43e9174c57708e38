//! Queries behind the alarms. They look at rows only, whoever made them and whether or not a schedule runs.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, Statement};

use super::batch_runs::{self, BatchRun};
use super::columns::{MessageStatus, RunStatus, literals};
use crate::domain::alarm::{COMPROMISE_LEFT, CRL_CLOSE, MAIL_STUCK};
use crate::domain::application::COMPROMISE_TIME;
use crate::domain::case::CaseState;

/// Reception numbers that an alarm names.
pub const EXAMPLES: u64 = 10;

/// Cases that have been in a state for too long: how many, since when the oldest, and the oldest ones' numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    pub cases: i64,
    pub oldest: DateTimeUtc,
    pub numbers: Vec<String>,
}

/// Revoked before `limit` and not proven.
pub async fn unproven(db: &impl ConnectionTrait, limit: DateTimeUtc) -> Result<Option<Late>, DbErr> {
    let revoked = format!("state = {} AND revoked_at < $1", literals([CaseState::Revoked]));
    late(db, "revoked_at", &revoked, limit).await
}

/// Revoked, and what the CA published about it is not what was ordered. Since when: the revocation.
pub async fn disagreeing(db: &impl ConnectionTrait) -> Result<Option<Late>, DbErr> {
    let revoked = format!(
        "state = {} AND id IN (SELECT case_id FROM proof_disagreements WHERE found_at >= $1)",
        literals([CaseState::Revoked])
    );
    late(db, "revoked_at", &revoked, DateTimeUtc::UNIX_EPOCH).await
}

/// Reported as compromised, not revoked, and the 24 hours are nearly over.
pub async fn compromised(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<Option<Late>, DbErr> {
    let open = format!(
        "state IN ({}) AND compromise_reported_at IS NOT NULL AND compromise_reported_at < $1",
        literals(CaseState::UNREVOKED)
    );
    late(db, "compromise_reported_at", &open, now - COMPROMISE_TIME + COMPROMISE_LEFT).await
}

async fn late(
    db: &impl ConnectionTrait,
    column: &str,
    condition: &str,
    limit: DateTimeUtc,
) -> Result<Option<Late>, DbErr> {
    let statement = |sql: String| Statement::from_sql_and_values(db.get_database_backend(), sql, [limit.into()]);
    let sql = format!("SELECT COUNT(*), MIN({column}) FROM revocation_cases WHERE {condition}");
    let Some(row) = db.query_one_raw(statement(sql)).await? else { return Ok(None) };
    let oldest: Option<DateTimeUtc> = row.try_get_by_index(1)?;
    let Some(oldest) = oldest else { return Ok(None) };
    let sql = format!(
        "SELECT reception_number FROM revocation_cases WHERE {condition} ORDER BY {column}, id LIMIT {EXAMPLES}"
    );
    let rows = db.query_all_raw(statement(sql)).await?;
    let numbers = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    Ok(Some(Late { cases: row.try_get_by_index(0)?, oldest, numbers }))
}

/// The newest run for revocations, when it was stopped by the brake, or when runs of its day have been cut off or silent
/// for longer than it takes to begin again.
pub async fn bad_run(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<Option<BatchRun>, DbErr> {
    let runs = batch_runs::Entity::find()
        .filter(batch_runs::Column::Task.eq("revoke_due"))
        .filter(batch_runs::Column::DryRun.eq(false));
    let Some(newest) = runs.clone().order_by_desc(batch_runs::Column::Id).limit(1).one(db).await? else {
        return Ok(None);
    };
    let bad = match newest.status {
        RunStatus::Braked => true,
        RunStatus::Running => batch_runs::is_silent(&newest, now),
        // Somebody wants it so; cases that become overdue by it are an alarm of their own.
        RunStatus::Interrupted if newest.paused_at.is_some() => false,
        RunStatus::Interrupted => {
            let that_day = runs
                .filter(batch_runs::Column::BusinessDate.eq(newest.business_date))
                .filter(batch_runs::Column::Status.eq(RunStatus::Interrupted));
            let first = that_day.order_by_asc(batch_runs::Column::Id).limit(1).one(db).await?;
            first.is_some_and(|first| batch_runs::is_silent(&first, now))
        }
        RunStatus::Finished | RunStatus::Failed => false,
    };
    Ok(bad.then_some(newest))
}

/// Mails that have waited for too long: how many wait in all, and since when the oldest.
pub async fn stuck_mails(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<Option<(i64, DateTimeUtc)>, DbErr> {
    let sql = format!(
        "SELECT COUNT(*), MIN(created_at) FROM messages WHERE status = {} AND created_at < $1",
        literals([MessageStatus::Queued])
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [(now - MAIL_STUCK).into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    let oldest: Option<DateTimeUtc> = row.try_get_by_index(1)?;
    oldest.map(|oldest| row.try_get_by_index(0).map(|mails| (mails, oldest))).transpose()
}

/// The nextUpdate of an issuer's CRL in force, when it is close.
pub async fn crl_close(
    db: &impl ConnectionTrait,
    issuer: &str,
    now: DateTimeUtc,
) -> Result<Option<DateTimeUtc>, DbErr> {
    let sql = "SELECT next_update FROM ca_crls WHERE issuer_id = $1 ORDER BY number DESC LIMIT 1";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [issuer.into()]);
    let Some(row) = db.query_one_raw(statement).await? else { return Ok(None) };
    let next_update: DateTimeUtc = row.try_get_by_index(0)?;
    Ok((next_update - now < CRL_CLOSE).then_some(next_update))
}
