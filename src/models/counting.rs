//! Counts beside tabs and menu items: exact up to a limit, so that no page counts millions of rows.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::sea_query::{Alias, Asterisk, Expr, Func, Query, SelectStatement, SubQueryStatement};
use sea_orm::{ConnectionTrait, DbErr};
use tokio::sync::Mutex;

use super::audit_events;

/// Above this a count only says that there are at least so many.
pub const LIMIT: u64 = 1000;

/// How many rows there are, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    pub number: u64,
    /// There are more.
    pub more: bool,
}

impl Count {
    pub fn exactly(number: u64) -> Self {
        Self { number, more: false }
    }

    pub fn at_least(number: u64) -> Self {
        Self { number, more: true }
    }

    pub fn is_zero(self) -> bool {
        self.number == 0
    }

    fn of_rows(rows: i64) -> Self {
        let rows = u64::try_from(rows).unwrap_or_default();
        if rows > LIMIT { Self::at_least(LIMIT) } else { Self::exactly(rows) }
    }
}

impl std::ops::Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { number: self.number + other.number, more: self.more || other.more }
    }
}

/// What was counted since the last event in the audit log. Whatever changes a case or a contact is in that log, committed
/// together with the change: as long as its end is the same, so are the counts. Cheap to clone.
#[derive(Clone, Default)]
pub struct KeptCounts(Arc<Mutex<HashMap<Kept, Counted>>>);

/// Whose counts, of which day.
type Kept = (&'static str, NaiveDate);

/// At this end of the log, by its hash.
type Counted = (String, Vec<Count>);

impl KeptCounts {
    /// As [`each`], or what it said before. Who asks meanwhile waits and gets the same answer.
    pub async fn each(
        &self,
        db: &impl ConnectionTrait,
        kept: Kept,
        queries: Vec<SelectStatement>,
    ) -> Result<Vec<Count>, DbErr> {
        let (_, end) = audit_events::head(db).await?;
        let mut all = self.0.lock().await;
        if let Some((at, counts)) = all.get(&kept)
            && *at == end
        {
            return Ok(counts.clone());
        }
        let counts = each(db, queries).await?;
        all.retain(|(_, day), _| *day == kept.1);
        all.insert(kept, (end, counts.clone()));
        Ok(counts)
    }
}

/// The rows of each query, counted up to [`LIMIT`], in one statement. What the queries select does not matter; an order
/// that an index has keeps the planner from looking for the few rows of a rare kind among many.
pub async fn each(db: &impl ConnectionTrait, queries: Vec<SelectStatement>) -> Result<Vec<Count>, DbErr> {
    let mut statement = Query::select();
    let places = 0..queries.len();
    for query in queries {
        statement.expr(Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(up_to_limit(query)))));
    }
    let row = db.query_one(&statement).await?.ok_or_else(|| DbErr::RecordNotFound("counts".to_owned()))?;
    places.map(|place| row.try_get_by_index(place).map(Count::of_rows)).collect()
}

pub async fn one(db: &impl ConnectionTrait, query: SelectStatement) -> Result<Count, DbErr> {
    Ok(each(db, vec![query]).await?.pop().unwrap_or_default())
}

/// One row more than the limit tells that there are more.
fn up_to_limit(mut query: SelectStatement) -> SelectStatement {
    query.clear_selects().expr(Expr::Constant(1.into())).limit(LIMIT + 1);
    let rows = Func::count(Expr::col(Asterisk));
    Query::select().expr(rows).from_subquery(query, Alias::new("counted")).to_owned()
}
