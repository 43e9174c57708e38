//! Lists of cases: views, filters, search, keyset pages and their counts.
//!
//! Rows come joined with what a list shows. Order is due date, then id; the cursor names the last row seen, so pages
//! neither skip nor repeat while cases change.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, PaginatorTrait, QueryOrder, QuerySelect, QueryTrait};

use super::_entities::{certificates, subscribers};
use super::revocation_cases::{Case, Column, Entity};
use crate::domain::calendar::start_of_day;
use crate::domain::call_band::CallBand;
use crate::domain::case::{CaseState, HoldReason};
use crate::domain::certificate::ValidationType;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::search::normalize;

/// The built-in views of the list (`ui.md` S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CaseView {
    /// Everything that is not closed.
    #[default]
    Open,
    /// Due within this week.
    ThisWeek,
    /// Due before today and not revoked.
    Overdue,
    Ev,
    /// On hold because the contact has to be changed.
    ContactChange,
    Closed,
}

impl CaseView {
    pub const ALL: [Self; 6] = [Self::Open, Self::ThisWeek, Self::Overdue, Self::Ev, Self::ContactChange, Self::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ThisWeek => "this_week",
            Self::Overdue => "overdue",
            Self::Ev => "ev",
            Self::ContactChange => "contact_change",
            Self::Closed => "closed",
        }
    }
}

impl std::str::FromStr for CaseView {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|view| view.as_str() == text)
            .ok_or_else(|| Problem::on("view", "view_unknown").with("value", text))
    }
}

/// What a list is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    pub view: CaseView,
    /// All cases, whatever the view.
    pub everything: bool,
    pub state: Option<CaseState>,
    pub validation: Option<ValidationType>,
    pub due_from: Option<NaiveDate>,
    pub due_to: Option<NaiveDate>,
    /// Reception number, common name or organisation, as typed.
    pub q: Option<String>,
    /// Only those under the 24-hour clock of a key compromise, or only the others.
    pub urgent: Option<bool>,
}

/// A place in the list: the row that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub due_on: NaiveDate,
    pub id: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    First,
    After(Cursor),
    Before(Cursor),
}

/// A case with what a list shows beside it.
#[derive(Debug, Clone)]
pub struct CaseRow {
    pub case: Case,
    pub subscriber: subscribers::Model,
    pub source: SourceColumns,
}

/// The source certificate without its bytes.
#[derive(Debug, Clone, FromQueryResult)]
pub struct SourceColumns {
    pub id: i64,
    pub common_name: String,
    pub dns_names: String,
    pub validation: ValidationType,
    pub not_after: DateTimeUtc,
}

/// One page in list order, and whether rows follow in the direction asked.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &CaseFilter,
    page: Page,
    limit: u64,
    today: NaiveDate,
) -> Result<(Vec<CaseRow>, bool), DbErr> {
    let query = Entity::find().filter(condition(filter, today));
    let query = match page {
        Page::First => ascending(query),
        Page::After(cursor) => ascending(query.filter(later_than(cursor))),
        Page::Before(cursor) => {
            query.filter(earlier_than(cursor)).order_by_desc(Column::DueOn).order_by_desc(Column::Id)
        }
    };
    let mut cases = query.limit(limit + 1).all(db).await?;
    let more = cases.len() as u64 > limit;
    cases.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if matches!(page, Page::Before(_)) {
        cases.reverse();
    }
    Ok((with_columns(db, cases).await?, more))
}

fn ascending(query: Select<Entity>) -> Select<Entity> {
    query.order_by_asc(Column::DueOn).order_by_asc(Column::Id)
}

fn later_than(cursor: Cursor) -> Condition {
    let same_day = Condition::all().add(Column::DueOn.eq(cursor.due_on)).add(Column::Id.gt(cursor.id));
    Condition::any().add(Column::DueOn.gt(cursor.due_on)).add(same_day)
}

fn earlier_than(cursor: Cursor) -> Condition {
    let same_day = Condition::all().add(Column::DueOn.eq(cursor.due_on)).add(Column::Id.lt(cursor.id));
    Condition::any().add(Column::DueOn.lt(cursor.due_on)).add(same_day)
}

/// Joins the list columns to cases already in order.
pub async fn with_columns(db: &impl ConnectionTrait, cases: Vec<Case>) -> Result<Vec<CaseRow>, DbErr> {
    let sources: Vec<SourceColumns> = certificates::Entity::find()
        .select_only()
        .columns([
            certificates::Column::Id,
            certificates::Column::CommonName,
            certificates::Column::DnsNames,
            certificates::Column::Validation,
            certificates::Column::NotAfter,
        ])
        .filter(certificates::Column::Id.is_in(cases.iter().map(|case| case.source_certificate_id)))
        .into_model()
        .all(db)
        .await?;
    let organisations = subscribers::Entity::find()
        .filter(subscribers::Column::Id.is_in(cases.iter().map(|case| case.subscriber_id)))
        .all(db)
        .await?;
    let rows = cases.into_iter().filter_map(|case| {
        let source = sources.iter().find(|source| source.id == case.source_certificate_id)?.clone();
        let subscriber = organisations.iter().find(|one| one.id == case.subscriber_id)?.clone();
        Some(CaseRow { case, subscriber, source })
    });
    Ok(rows.collect())
}

/// How many cases a filter holds.
pub async fn count(db: &impl ConnectionTrait, filter: &CaseFilter, today: NaiveDate) -> Result<u64, DbErr> {
    Entity::find().filter(condition(filter, today)).count(db).await
}

fn condition(filter: &CaseFilter, today: NaiveDate) -> Condition {
    let mut condition = if filter.everything { Condition::all() } else { view_condition(filter.view, today) };
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state));
    }
    if let Some(validation) = filter.validation {
        condition = condition.add(source_is(certificates::Column::Validation.eq(validation)));
    }
    if let Some(from) = filter.due_from {
        condition = condition.add(Column::DueOn.gte(from));
    }
    if let Some(to) = filter.due_to {
        condition = condition.add(Column::DueOn.lte(to));
    }
    match filter.urgent {
        Some(true) => condition = condition.add(under_the_clock()),
        Some(false) => condition = condition.add(under_the_clock().not()),
        None => {}
    }
    match filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        Some(q) => condition.add(search_condition(q)),
        None => condition,
    }
}

/// Reported as compromised and not revoked yet.
fn under_the_clock() -> Condition {
    Condition::all()
        .add(Column::CompromiseReportedAt.is_not_null())
        .add(Column::State.is_in(CaseState::UNDECIDED.into_iter().chain([CaseState::Revoking])))
}

fn view_condition(view: CaseView, today: NaiveDate) -> Condition {
    let closed = CaseState::CLOSED;
    let open = Condition::all().add(Column::State.is_not_in(closed));
    match view {
        CaseView::Open => open,
        CaseView::ThisWeek => open.add(Column::DueOn.lte(end_of_week(today))),
        CaseView::Overdue => {
            open.add(Column::DueOn.lt(today)).add(Column::State.is_not_in([CaseState::Revoking, CaseState::Revoked]))
        }
        CaseView::Ev => open.add(source_is(certificates::Column::Validation.eq(ValidationType::Ev))),
        CaseView::ContactChange => {
            open.add(Column::HoldReason.is_in([HoldReason::ContactChanged, HoldReason::WrongNumber]))
        }
        CaseView::Closed => Condition::all().add(Column::State.is_in(closed)),
    }
}

/// The Sunday that ends the week of `today`.
fn end_of_week(today: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    let left = 6 - today.weekday().num_days_from_monday();
    today.checked_add_days(chrono::Days::new(u64::from(left))).unwrap_or(today)
}

fn source_is(filter: Expr) -> Expr {
    let ids = certificates::Entity::find().select_only().column(certificates::Column::Id).filter(filter).into_query();
    Column::SourceCertificateId.in_subquery(ids)
}

/// A reception number is looked up as such; anything else is a part of a name, folded like the stored names.
fn search_condition(q: &str) -> Condition {
    if let Ok(number) = q.parse::<ReceptionNumber>() {
        return Condition::any().add(Column::ReceptionNumber.eq(number));
    }
    let wanted = normalize(q);
    let organisations = subscribers::Entity::find()
        .select_only()
        .column(subscribers::Column::Id)
        .filter(contains(subscribers::Column::SearchName, &wanted))
        .into_query();
    Condition::any()
        .add(source_is(contains(certificates::Column::SearchNames, &wanted)))
        .add(Column::SubscriberId.in_subquery(organisations))
        .add(contains(Column::ReceptionNumber, &q.to_uppercase()))
}

/// A plain substring: `%` and `_` mean themselves.
fn contains(column: impl ColumnTrait, part: &str) -> Expr {
    let escaped = part.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Expr::col(column.as_column_ref()).like(sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

/// Undecided cases of several subscribers, first due first.
pub async fn undecided_of(db: &impl ConnectionTrait, subscriber_ids: Vec<i64>) -> Result<Vec<CaseRow>, DbErr> {
    let cases = ascending(Entity::find())
        .filter(Column::SubscriberId.is_in(subscriber_ids))
        .filter(Column::State.is_in(CaseState::UNDECIDED))
        .all(db)
        .await?;
    with_columns(db, cases).await
}

/// Counts for the menu.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeskCounts {
    /// Cases whose call is due and not made.
    pub calls_left: u64,
    /// Of those, cases of an earlier day.
    pub calls_overdue: u64,
    pub open: u64,
    /// Revocations that the CA refused or has not answered.
    pub failed_attempts: u64,
}

pub async fn desk_counts(db: &impl ConnectionTrait, today: NaiveDate) -> Result<DeskCounts, DbErr> {
    let waiting = Entity::find().filter(Column::State.eq(CaseState::AwaitingCall));
    let refused =
        Condition::any().add(Column::HoldReason.eq(HoldReason::CaRefused)).add(Column::State.eq(CaseState::Revoking));
    Ok(DeskCounts {
        calls_left: waiting.clone().filter(Column::DueOn.lte(today)).count(db).await?,
        calls_overdue: waiting.filter(Column::DueOn.lt(today)).count(db).await?,
        open: count(db, &CaseFilter::default(), today).await?,
        failed_attempts: Entity::find().filter(refused).count(db).await?,
    })
}

/// The order of 次の電話へ and of the day's list (`ui.md` section 4): 至急 by deadline, promised times, 繰り越し, the
/// preferred time band open at `now`, the rest; each by due date, then in order of filing.
pub fn in_call_order(cases: Select<Entity>, today: NaiveDate, now: DateTimeUtc) -> Select<Entity> {
    let open_bands = CallBand::ALL.into_iter().filter(|band| band.is_open(now));
    let turn: Expr =
        Expr::case(Column::DueOn.lt(today), 0).case(Column::CallBand.is_in(open_bands), 1).finally(2).into();
    cases
        .order_by_asc(Column::CompromiseReportedAt.is_null())
        .order_by_asc(Column::CompromiseReportedAt)
        .order_by_asc(Column::NextCallAt.is_null())
        .order_by_asc(Column::NextCallAt)
        .order_by_asc(turn)
        .order_by_asc(Column::DueOn)
        .order_by_asc(Column::Id)
}

/// The cases of the day's work: everything due by today that is open, and what was revoked or closed today.
pub async fn of_the_day(db: &impl ConnectionTrait, today: NaiveDate, now: DateTimeUtc) -> Result<Vec<CaseRow>, DbErr> {
    let midnight = start_of_day(today);
    let waiting = Condition::all().add(Column::DueOn.lte(today)).add(Column::State.is_in([
        CaseState::AwaitingCall,
        CaseState::Confirmed,
        CaseState::OnHold,
    ]));
    let finished = Condition::all()
        .add(Column::State.is_in([CaseState::Revoking, CaseState::Revoked, CaseState::Completed]))
        .add(Condition::any().add(Column::State.eq(CaseState::Revoking)).add(Column::RevokedAt.gte(midnight)));
    let of_today = Entity::find().filter(Condition::any().add(waiting).add(finished));
    let cases = in_call_order(of_today, today, now).all(db).await?;
    with_columns(db, cases).await
}
