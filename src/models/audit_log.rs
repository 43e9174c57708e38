//! The audit log as people read it: narrowed down, newest first on pages and oldest first in exports.
//!
//! Each filter is a range of an index (migration 000014). What the daily run records is in the index by time alone: its
//! conditions stand in the text of the statement, as partial indexes ask for.

use chrono::Duration;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, QuerySelect, QueryTrait};

use super::audit_events::AuditEvent;
use super::counting::{self, Count};
use super::keyset::{self, Keyset};
use crate::domain::audit::{BATCH, BULK};

use super::_entities::audit_events::{Column, Entity};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub case_id: Option<i64>,
    /// Key of the actor, such as `staff:12`.
    pub actor: Option<String>,
    pub action: Option<String>,
    /// At or after this.
    pub from: Option<DateTimeUtc>,
    /// Before this.
    pub until: Option<DateTimeUtc>,
}

/// The event that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: DateTimeUtc,
    pub sequence: i64,
}

impl Cursor {
    pub fn of(event: &AuditEvent) -> Self {
        Self { at: event.at, sequence: event.sequence }
    }
}

impl keyset::Place for Cursor {
    fn values(&self) -> Vec<Value> {
        vec![self.at.into(), self.sequence.into()]
    }
}

pub type Page = keyset::Page<Cursor>;

const NEWEST: Keyset<2, Column> = Keyset { columns: [Column::At, Column::Sequence], newest_first: true };
const OLDEST: Keyset<2, Column> = Keyset { newest_first: false, ..NEWEST };

/// One page, newest first, and whether events follow in the direction asked.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    page: Page,
    limit: u64,
) -> Result<(Vec<AuditEvent>, bool), DbErr> {
    let mut query = Entity::find().filter(condition(filter));
    NEWEST.narrow(QueryTrait::query(&mut query), &page, limit);
    Ok(page.cut(query.all(db).await?, limit))
}

/// The next events of an export that ends with the event `last`, oldest first.
pub async fn next(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    after: Option<Cursor>,
    last: i64,
    limit: u64,
) -> Result<Vec<AuditEvent>, DbErr> {
    let mut query = Entity::find().filter(condition(filter)).filter(Column::Sequence.lte(last));
    OLDEST.narrow(QueryTrait::query(&mut query), &Page::of(after, None), limit);
    query.limit(limit).all(db).await
}

/// How many events the filter finds, up to a limit.
pub async fn count(db: &impl ConnectionTrait, filter: &AuditFilter) -> Result<Count, DbErr> {
    counting::one(db, query(filter)).await
}

fn query(filter: &AuditFilter) -> SelectStatement {
    NEWEST.ordered(Entity::find().filter(condition(filter)).into_query())
}

fn condition(filter: &AuditFilter) -> Condition {
    Condition::all()
        .add_option(filter.case_id.map(|id| Column::CaseId.eq(id)))
        .add_option(filter.actor.as_deref().map(acted_by))
        .add_option(filter.action.as_deref().map(acted_as))
        .add_option(filter.from.map(|from| Column::At.gte(from)))
        .add_option(filter.until.map(|until| Column::At.lt(until)))
}

fn acted_by(actor: &str) -> Condition {
    let indexed = (actor != BATCH).then(|| Expr::col(Column::Actor).ne(Expr::Constant(BATCH.into())));
    Condition::all().add(Column::Actor.eq(actor)).add_option(indexed)
}

pub(super) fn acted_as(action: &str) -> Condition {
    let bulk = BULK.map(|bulk| Expr::Constant(bulk.into()));
    let indexed = (!BULK.contains(&action)).then(|| Expr::col(Column::Action).is_not_in(bulk));
    Condition::all().add(Column::Action.eq(action)).add_option(indexed)
}

/// When `actor` last did this within the time before `now`.
pub async fn last_time(
    db: &impl ConnectionTrait,
    actor: &str,
    action: &str,
    within: Duration,
    now: DateTimeUtc,
) -> Result<Option<DateTimeUtc>, DbErr> {
    let filter = AuditFilter {
        actor: Some(actor.to_owned()),
        action: Some(action.to_owned()),
        from: Some(now - within),
        ..AuditFilter::default()
    };
    let found = page(db, &filter, Page::First, 1).await?.0;
    Ok(found.first().map(|event| event.at))
}
