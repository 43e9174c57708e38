//! How things stand: the figures that monitoring asks for, by a few bounded queries along indexes.
//!
//! Cheap with millions of closed cases: only what is open or waiting is counted, and no further than [`COUNTED`].

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QueryResult, QuerySelect, Statement};

use super::batch_runs::{self, BatchRun};
use super::columns::{MessageStatus, RunStatus, literals};
use super::halts;
use super::overdue::{self, Overdue};
use crate::domain::case::CaseState;

/// Counting ends here.
const COUNTED: i64 = 1_000_000;

#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Each open state, also where there is no case.
    pub open: Vec<(CaseState, i64)>,
    pub calls_due: i64,
    pub overdue: Overdue,
    /// The oldest revocation without its proof.
    pub oldest_unproven: Option<DateTimeUtc>,
    /// In execution, and nobody has it in hand.
    pub stuck: i64,
    pub mails_waiting: i64,
    pub mails_undeliverable: i64,
    pub oldest_unsent: Option<DateTimeUtc>,
    /// The last run for revocations that came to its end.
    pub last_run: Option<BatchRun>,
    /// Runs that have not ended.
    pub running: Vec<BatchRun>,
    /// Number of the last event in the audit log.
    pub audit_sequence: i64,
    /// A halt is in force.
    pub halted: bool,
    /// thisUpdate and nextUpdate of the CRL in force, by issuer.
    pub crls: Vec<(String, DateTimeUtc, DateTimeUtc)>,
}

/// Reads everything. `ring`: the last one whose run should be through. `issuers`: whose CRLs this program publishes.
pub async fn read(
    db: &impl ConnectionTrait,
    ring: Option<DateTimeUtc>,
    issuers: &[String],
    now: DateTimeUtc,
) -> Result<Standing, DbErr> {
    let today = crate::domain::calendar::jst_date(now);
    let mut crls = Vec::new();
    for issuer in issuers {
        crls.extend(crl(db, issuer).await?);
    }
    Ok(Standing {
        open: open_cases(db).await?,
        calls_due: count(db, &cases(CaseState::AwaitingCall, " AND due_on <= $1"), [today.into()]).await?,
        overdue: match ring {
            Some(ring) => overdue::since(db, ring).await?,
            None => Overdue::default(),
        },
        oldest_unproven: oldest(db, "revoked_at", &cases(CaseState::Revoked, "")).await?,
        stuck: count(db, &cases(CaseState::Revoking, " AND next_attempt_at <= $1"), [now.into()]).await?,
        mails_waiting: count(db, &mails(MessageStatus::Queued), []).await?,
        mails_undeliverable: count(db, &mails(MessageStatus::Failed), []).await?,
        oldest_unsent: oldest(db, "created_at", &mails(MessageStatus::Queued)).await?,
        last_run: last_run(db).await?,
        running: batch_runs::running(db).await?,
        audit_sequence: scalar(db, "SELECT sequence FROM audit_head", []).await?.unwrap_or_default(),
        halted: halts::current(db).await?.is_some(),
        crls,
    })
}

/// Each open state by itself: the index has the states apart.
async fn open_cases(db: &impl ConnectionTrait) -> Result<Vec<(CaseState, i64)>, DbErr> {
    let mut open = Vec::new();
    for state in CaseState::ALL.into_iter().filter(|state| state.is_open()) {
        open.push((state, count(db, &cases(state, ""), []).await?));
    }
    Ok(open)
}

async fn last_run(db: &impl ConnectionTrait) -> Result<Option<BatchRun>, DbErr> {
    batch_runs::Entity::find()
        .filter(batch_runs::Column::Task.eq("revoke_due"))
        .filter(batch_runs::Column::DryRun.eq(false))
        .filter(batch_runs::Column::Status.is_in([RunStatus::Finished, RunStatus::Failed]))
        .order_by_desc(batch_runs::Column::Id)
        .limit(1)
        .one(db)
        .await
}

async fn crl(db: &impl ConnectionTrait, issuer: &str) -> Result<Option<(String, DateTimeUtc, DateTimeUtc)>, DbErr> {
    let sql = "SELECT this_update, next_update FROM ca_crls WHERE issuer_id = $1 ORDER BY number DESC LIMIT 1";
    let Some(row) = one(db, sql, [issuer.into()]).await? else { return Ok(None) };
    Ok(Some((issuer.to_owned(), row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
}

fn cases(state: CaseState, and: &str) -> String {
    format!("revocation_cases WHERE state = {}{and}", literals([state]))
}

fn mails(status: MessageStatus) -> String {
    format!("messages WHERE status = {}", literals([status]))
}

async fn count<const N: usize>(db: &impl ConnectionTrait, rows: &str, values: [Value; N]) -> Result<i64, DbErr> {
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {rows} LIMIT {COUNTED}) AS found");
    Ok(scalar(db, &sql, values).await?.unwrap_or_default())
}

async fn oldest(db: &impl ConnectionTrait, column: &str, rows: &str) -> Result<Option<DateTimeUtc>, DbErr> {
    let sql = format!("SELECT MIN({column}) FROM {rows}");
    Ok(scalar::<Option<DateTimeUtc>, 0>(db, &sql, []).await?.flatten())
}

async fn scalar<T: sea_orm::TryGetable, const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Option<T>, DbErr> {
    let row = one(db, sql, values).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

async fn one<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Option<QueryResult>, DbErr> {
    db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await
}
