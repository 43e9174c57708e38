//! Confirmed cases that a run should have revoked and has not: a query, whatever became of the run.

use sea_orm::prelude::{Date, DateTimeUtc};
use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::columns::literals;
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseState;

/// Counting ends here: more is as alarming.
const COUNTED: i64 = 1_000_000;

/// Due on or before the ring's day, and by the ring already permitted by its newest authorization. The index on
/// (state, due_on, id) leads to the candidates.
fn past_the_ring() -> String {
    format!(
        "FROM revocation_cases c WHERE c.state IN ({}) AND c.due_on <= $1
            AND (SELECT MAX(a.granted_at) FROM authorizations a WHERE a.case_id = c.id) <= $2",
        literals([CaseState::Confirmed, CaseState::Revoking])
    )
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overdue {
    pub cases: i64,
    /// Due day of the oldest one, and when it was confirmed.
    pub oldest: Option<(Date, DateTimeUtc)>,
}

/// What the run of `ring` has left behind.
pub async fn since(db: &impl ConnectionTrait, ring: DateTimeUtc) -> Result<Overdue, DbErr> {
    let past_the_ring = past_the_ring();
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 {past_the_ring} LIMIT {COUNTED}) AS found");
    let counted = db.query_one_raw(statement(db, sql, ring)).await?;
    let cases: i64 = counted.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if cases == 0 {
        return Ok(Overdue::default());
    }
    let sql = format!(
        "SELECT c.due_on, (SELECT MAX(a.granted_at) FROM authorizations a WHERE a.case_id = c.id) AS granted_at
            {past_the_ring} ORDER BY c.due_on, c.id LIMIT 1"
    );
    let Some(row) = db.query_one_raw(statement(db, sql, ring)).await? else { return Ok(Overdue::default()) };
    Ok(Overdue { cases, oldest: Some((row.try_get_by_index(0)?, row.try_get_by_index(1)?)) })
}

/// Their reception numbers, the oldest first.
pub async fn numbers(db: &impl ConnectionTrait, ring: DateTimeUtc, limit: u64) -> Result<Vec<String>, DbErr> {
    let sql = format!("SELECT c.reception_number {} ORDER BY c.due_on, c.id LIMIT {limit}", past_the_ring());
    let rows = db.query_all_raw(statement(db, sql, ring)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn statement(db: &impl ConnectionTrait, sql: String, ring: DateTimeUtc) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, [jst_date(ring).into(), ring.into()])
}
