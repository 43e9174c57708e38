//! The figures of reports: ranges of indexes, counted up to a limit. Above it there is no figure rather than a wrong one.

use sea_orm::prelude::{Date, DateTimeUtc};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, QueryResult, Statement};

use super::columns::literals;
use crate::domain::audit::BULK;
use crate::domain::call::CallOutcome;
use crate::domain::case::{CaseEvent, CaseState, HoldReason};

/// Rows that one figure looks at.
pub const LIMIT: i64 = 200_000;

/// At or after the first instant, before the second.
pub type Range = (DateTimeUtc, DateTimeUtc);

/// Cases revoked in a range. A key compromise has no day and no call, and does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Revocations {
    pub cases: i64,
    /// Revoked on the day on which they were due.
    pub on_time: i64,
    /// Cases with at least one call, and their calls.
    pub called: i64,
    pub calls: i64,
}

pub async fn revocations(db: &impl ConnectionTrait, range: Range) -> Result<Option<Revocations>, DbErr> {
    let sql = format!(
        "SELECT COUNT(*), {on_time}, {called}, {calls} FROM (
            SELECT {day} AS day, c.due_on, (SELECT COUNT(*) FROM calls k WHERE k.case_id = c.id) AS calls
            FROM revocation_cases c
            WHERE c.revoked_at IS NOT NULL AND c.revoked_at >= $1 AND c.revoked_at < $2
                AND c.compromise_reported_at IS NULL
            ORDER BY c.revoked_at LIMIT {limit}) AS revoked",
        on_time = sum("CASE WHEN day <= due_on THEN 1 ELSE 0 END"),
        called = sum("CASE WHEN calls > 0 THEN 1 ELSE 0 END"),
        calls = sum("calls"),
        day = day_in_japan(db, "c.revoked_at"),
        limit = LIMIT + 1,
    );
    let Some(row) = db.query_one_raw(statement(db, sql, range)).await? else { return Ok(None) };
    let found = Revocations {
        cases: row.try_get_by_index(0)?,
        on_time: row.try_get_by_index(1)?,
        called: row.try_get_by_index(2)?,
        calls: row.try_get_by_index(3)?,
    };
    Ok((found.cases <= LIMIT).then_some(found))
}

/// Calls of one day with one result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallFigure {
    pub day: Date,
    pub outcome: CallOutcome,
    /// The first of its case.
    pub first: bool,
    pub calls: i64,
}

pub async fn calls(db: &impl ConnectionTrait, range: Range) -> Result<Option<Vec<CallFigure>>, DbErr> {
    let sql = format!(
        "SELECT day, outcome, is_first, COUNT(*) FROM (
            SELECT {day} AS day, c.outcome, CASE WHEN EXISTS (SELECT 1 FROM calls e
                WHERE e.case_id = c.case_id AND e.called_at < c.called_at) THEN 0 ELSE 1 END AS is_first
            FROM calls c WHERE c.called_at >= $1 AND c.called_at < $2
            ORDER BY c.called_at LIMIT {limit}) AS made
        GROUP BY day, outcome, is_first ORDER BY day, outcome, is_first",
        day = day_in_japan(db, "c.called_at"),
        limit = LIMIT + 1,
    );
    let rows = db.query_all_raw(statement(db, sql, range)).await?;
    let figures = rows.iter().map(call_figure).collect::<Result<Vec<_>, _>>()?;
    let all: i64 = figures.iter().map(|figure| figure.calls).sum();
    Ok((all <= LIMIT).then_some(figures))
}

fn call_figure(row: &QueryResult) -> Result<CallFigure, DbErr> {
    Ok(CallFigure {
        day: row.try_get_by_index(0)?,
        outcome: row.try_get_by_index(1)?,
        first: row.try_get_by_index::<i32>(2)? == 1,
        calls: row.try_get_by_index(3)?,
    })
}

/// Cases whose revocation the CA refused or did not answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    pub cases: i64,
    /// Of those, the ones that still wait because of it.
    pub open: i64,
}

pub async fn failures(db: &impl ConnectionTrait, range: Range) -> Result<Option<Failures>, DbErr> {
    let failed = [CaseEvent::CaRefused, CaseEvent::CaUnavailable].map(CaseEvent::as_str);
    let sql = format!(
        "SELECT COUNT(*), {open} FROM (
            SELECT DISTINCT case_id FROM (SELECT e.case_id FROM audit_events e
                WHERE e.action IN ({failed}) AND e.action NOT IN ({bulk}) AND e.at >= $1 AND e.at < $2
                LIMIT {limit}) AS events) AS failed
        JOIN revocation_cases c ON c.id = failed.case_id",
        open = sum(&format!(
            "CASE WHEN c.state = {} OR c.hold_reason = {} THEN 1 ELSE 0 END",
            literals([CaseState::Revoking]),
            literals([HoldReason::CaRefused])
        )),
        failed = literals(failed),
        bulk = literals(BULK),
        limit = LIMIT + 1,
    );
    let Some(row) = db.query_one_raw(statement(db, sql, range)).await? else { return Ok(None) };
    let found = Failures { cases: row.try_get_by_index(0)?, open: row.try_get_by_index(1)? };
    Ok((found.cases <= LIMIT).then_some(found))
}

/// PostgreSQL's sums have a type of their own.
fn sum(what: &str) -> String {
    format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)")
}

fn day_in_japan(db: &impl ConnectionTrait, instant: &str) -> String {
    match db.get_database_backend() {
        DatabaseBackend::Postgres => format!("CAST({instant} AT TIME ZONE 'Asia/Tokyo' AS DATE)"),
        _ => format!("date({instant}, '+9 hours')"),
    }
}

fn statement(db: &impl ConnectionTrait, sql: String, (from, until): Range) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, [from.into(), until.into()])
}
