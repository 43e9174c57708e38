//! The list of cases in the order that its reader chose, page by page, and the colleagues who look after cases.
//!
//! Each order is an index (migrations 000005, 000013 and 000022). By number, organisation and expiry only open cases are kept in
//! order, so a list that holds closed ones goes by date; a search always does.

use std::str::FromStr;

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DeriveIden, FromQueryResult, QueryOrder, QueryTrait};

use super::case_queue::{self, CaseFilter, CaseRow, CaseView, Cursor};
use super::keyset::{self, Keyset};
use super::revocation_cases::{ActiveModel, Case, Column, Entity};
use super::users;
use crate::domain::case::CaseState;
use crate::domain::problem::Problem;
use crate::domain::role::Role;

/// By what a list goes; the id decides between equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseSort {
    #[default]
    DueOn,
    /// Also the order of filing.
    ReceptionNumber,
    Organization,
    /// When the source certificate ends.
    Expiry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseOrder {
    pub sort: CaseSort,
    pub descending: bool,
}

impl CaseSort {
    pub const ALL: [Self; 4] = [Self::DueOn, Self::ReceptionNumber, Self::Organization, Self::Expiry];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::DueOn => "due_on",
            Self::ReceptionNumber => "number",
            Self::Organization => "company",
            Self::Expiry => "expiry",
        }
    }

    fn key(self) -> Key {
        match self {
            Self::DueOn => Key::DueOn,
            Self::ReceptionNumber => Key::ReceptionNumber,
            Self::Organization => Key::SearchOrganization,
            Self::Expiry => Key::SourceNotAfter,
        }
    }
}

impl CaseOrder {
    /// The order that the list of `filter` can have: what is asked for, or the first one.
    #[must_use]
    pub fn within(self, filter: &CaseFilter) -> Self {
        if sorts(filter).contains(&self.sort) && (filter.term().is_none() || !self.descending) {
            self
        } else {
            Self::default()
        }
    }
}

/// `company`, or `-company` for the other way round.
impl std::fmt::Display for CaseOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.sort.as_str())
    }
}

impl FromStr for CaseOrder {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let sort = CaseSort::ALL.into_iter().find(|sort| sort.as_str() == name);
        let sort = sort.ok_or_else(|| Problem::on("sort", "sort_unknown").with("value", text))?;
        Ok(Self { sort, descending })
    }
}

/// By what the list of `filter` can be sorted at the reader's wish.
pub fn sorts(filter: &CaseFilter) -> &'static [CaseSort] {
    match (filter.term().is_some(), is_open_only(filter)) {
        (false, true) => &CaseSort::ALL,
        (false, false) | (true, _) => &[CaseSort::DueOn],
    }
}

fn is_open_only(filter: &CaseFilter) -> bool {
    let of_view = !filter.everything && filter.view != CaseView::Closed;
    of_view || filter.state.is_some_and(CaseState::is_open)
}

/// The row that was seen last, in whatever order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    value: MarkValue,
    id: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum MarkValue {
    Day(NaiveDate),
    Instant(DateTimeUtc),
    Text(String),
}

pub type Page = keyset::Page<Mark>;

impl Mark {
    pub fn of(row: &CaseRow, order: CaseOrder) -> Self {
        let value = match order.sort {
            CaseSort::DueOn => MarkValue::Day(row.case.due_on),
            CaseSort::ReceptionNumber => MarkValue::Text(row.case.reception_number.to_string()),
            CaseSort::Organization => MarkValue::Text(row.subscriber.search_name.clone()),
            CaseSort::Expiry => MarkValue::Instant(row.source.not_after),
        };
        Self { value, id: row.case.id }
    }

    /// What [`ToString`] wrote in this order: `2026-12-01.412`.
    pub fn read(text: &str, order: CaseOrder) -> Option<Self> {
        let (value, id) = text.rsplit_once('.')?;
        let value = match order.sort {
            CaseSort::DueOn => MarkValue::Day(value.parse().ok()?),
            CaseSort::Expiry => MarkValue::Instant(value.parse().ok()?),
            CaseSort::ReceptionNumber | CaseSort::Organization => MarkValue::Text(value.to_owned()),
        };
        Some(Self { value, id: id.parse().ok()? })
    }

    fn cursor(&self) -> Option<Cursor> {
        match &self.value {
            MarkValue::Day(due_on) => Some(Cursor { due_on: *due_on, id: self.id }),
            MarkValue::Instant(_) | MarkValue::Text(_) => None,
        }
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            MarkValue::Day(day) => write!(f, "{day}.{}", self.id),
            MarkValue::Instant(instant) => write!(f, "{}.{}", instant.format("%FT%TZ"), self.id),
            MarkValue::Text(text) => write!(f, "{text}.{}", self.id),
        }
    }
}

impl keyset::Place for Mark {
    fn values(&self) -> Vec<Value> {
        let value = match &self.value {
            MarkValue::Day(day) => (*day).into(),
            MarkValue::Instant(instant) => (*instant).into(),
            MarkValue::Text(text) => text.clone().into(),
        };
        vec![value, self.id.into()]
    }
}

/// Columns of a case, its copies of other tables' columns among them.
#[derive(Clone, Copy, DeriveIden)]
enum Key {
    DueOn,
    ReceptionNumber,
    SearchOrganization,
    SourceNotAfter,
    Id,
}

/// One page, and whether rows follow in the direction asked. `order` is one that the filter allows.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &CaseFilter,
    order: CaseOrder,
    page: &Page,
    limit: u64,
    today: NaiveDate,
) -> Result<(Vec<CaseRow>, bool), DbErr> {
    if order == CaseOrder::default() {
        let cursor = match page {
            Page::First => keyset::Page::First,
            Page::After(mark) => mark.cursor().map_or(keyset::Page::First, keyset::Page::After),
            Page::Before(mark) => mark.cursor().map_or(keyset::Page::First, keyset::Page::Before),
        };
        return case_queue::page(db, filter, cursor, limit, today).await;
    }
    let mut query = query(filter, today);
    Keyset { columns: [order.sort.key(), Key::Id], newest_first: order.descending }.narrow(&mut query, page, limit);
    let cases: Result<Vec<Case>, DbErr> =
        db.query_all(&query).await?.iter().map(|row| Case::from_query_result(row, "")).collect();
    let (cases, more) = page.cut(cases?, limit);
    Ok((case_queue::with_columns(db, cases).await?, more))
}

/// A partial index is used where its condition can be read in the text, so it stands there even where it goes without
/// saying.
fn query(filter: &CaseFilter, today: NaiveDate) -> SelectStatement {
    let mut condition = case_queue::condition(filter, today);
    if is_open_only(filter) {
        condition = condition.add(case_queue::is_open());
    }
    Entity::find().filter(condition).into_query()
}

/// Whether a case is looked after by somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    Nobody,
    To(i64),
}

impl Assigned {
    pub(super) fn condition(self) -> Expr {
        match self {
            Self::Nobody => Column::AssigneeId.is_null(),
            Self::To(id) => Column::AssigneeId.eq(id),
        }
    }
}

/// `nobody`, or the id of the colleague.
impl FromStr for Assigned {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text == "nobody" {
            return Ok(Self::Nobody);
        }
        text.parse().map(Self::To).map_err(|_| Problem::on("assignee", "assignee_unknown"))
    }
}

/// Who may look after cases, by name.
pub async fn colleagues(db: &impl ConnectionTrait) -> Result<Vec<users::Model>, DbErr> {
    users::Entity::find()
        .filter(users::Column::Role.is_in([Role::Agent, Role::Supervisor]))
        .filter(users::Column::DisabledAt.is_null())
        .order_by_asc(users::Column::Name)
        .order_by_asc(users::Column::Id)
        .all(db)
        .await
}

/// Notes who looks after the case. Not a step of the case: nobody's form becomes stale by it.
pub async fn set_assignee(txn: &impl ConnectionTrait, case: &Case, assignee_id: Option<i64>) -> Result<Case, DbErr> {
    let row = ActiveModel { id: Set(case.id), assignee_id: Set(assignee_id), ..<ActiveModel as Default>::default() };
    row.update(txn).await
}
