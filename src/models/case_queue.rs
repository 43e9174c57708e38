//! Lists of cases: views, filters, search, keyset pages and their counts.
//!
//! Rows come joined with what a list shows. Order is due date, then id; the cursor names the last row seen, so pages
//! neither skip nor repeat while cases change.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{Condition, ConnectionTrait, DeriveIden, FromQueryResult, QueryOrder, QuerySelect, QueryTrait};

use super::_entities::{certificates, subscribers};
use super::case_list::Assigned;
use super::case_search::{self, Bounds, Term};
use super::counting::{self, Count, KeptCounts};
use super::installation::Beside;
use super::keyset::{self, Keyset};
use super::revocation_cases::{Case, Column, Entity};
use crate::domain::call_band::CallBand;
use crate::domain::case::{CaseState, HoldReason};
use crate::domain::certificate::ValidationType;
use crate::domain::installation::LOOKED_AT;
use crate::domain::problem::Problem;

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
    /// Sites still showed the old certificate at the last look.
    OldInUse,
    /// On hold because the contact has to be changed.
    ContactChange,
    Closed,
}

impl CaseView {
    pub const ALL: [Self; 7] =
        [Self::Open, Self::ThisWeek, Self::Overdue, Self::Ev, Self::OldInUse, Self::ContactChange, Self::Closed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ThisWeek => "this_week",
            Self::Overdue => "overdue",
            Self::Ev => "ev",
            Self::OldInUse => "old_in_use",
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
    pub assigned: Option<Assigned>,
    pub due_from: Option<NaiveDate>,
    pub due_to: Option<NaiveDate>,
    /// Reception number, common name or organisation, as typed.
    pub q: Option<String>,
    /// Only those under the 24-hour clock of a key compromise.
    pub urgent: bool,
    /// Cases that are shown already.
    pub except: Vec<i64>,
}

/// A place in the list: the row that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub due_on: NaiveDate,
    pub id: i64,
}

impl keyset::Place for Cursor {
    fn values(&self) -> Vec<Value> {
        vec![self.due_on.into(), self.id.into()]
    }
}

pub type Page = keyset::Page<Cursor>;

const ORDER: Keyset<2, Column> = Keyset { columns: [Column::DueOn, Column::Id], newest_first: false };

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
    page_within(db, filter, page, limit, today, case_search::BOUNDS).await
}

/// [`page`] with the bounds of a search; they change what it costs, never what it finds.
pub async fn page_within(
    db: &impl ConnectionTrait,
    filter: &CaseFilter,
    page: Page,
    limit: u64,
    today: NaiveDate,
    bounds: Bounds,
) -> Result<(Vec<CaseRow>, bool), DbErr> {
    let mut query = Entity::find().filter(condition(filter, today)).into_query();
    let cases = match filter.term() {
        // So few that looking at each costs less than asking an index.
        Some(term) if filter.urgent => {
            query.cond_where(term.holds());
            read(db, query, page, limit).await?
        }
        Some(term) => case_search::page(db, &term, &query, &ORDER, &page, limit, bounds).await?,
        None => read(db, query, page, limit).await?,
    };
    let (cases, more) = page.cut(cases, limit);
    Ok((with_columns(db, cases).await?, more))
}

async fn read(
    db: &impl ConnectionTrait,
    mut query: SelectStatement,
    page: Page,
    limit: u64,
) -> Result<Vec<Case>, DbErr> {
    ORDER.narrow(&mut query, &page, limit);
    db.query_all(&query).await?.iter().map(|row| Case::from_query_result(row, "")).collect()
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

/// How many cases each view holds, in their order.
pub async fn counts(db: &impl ConnectionTrait, kept: &KeptCounts, today: NaiveDate) -> Result<Vec<Count>, DbErr> {
    let views = CaseView::ALL.into_iter().map(|view| by_date(view_condition(view, today)));
    kept.each(db, ("views", today), views.collect()).await
}

/// The cases of the filter, to be counted; what is searched for does not count.
pub fn counted(filter: &CaseFilter, today: NaiveDate) -> SelectStatement {
    by_date(condition(filter, today))
}

/// How many cases the filter holds; what is searched for does not count.
pub async fn count(db: &impl ConnectionTrait, filter: &CaseFilter, today: NaiveDate) -> Result<Count, DbErr> {
    counting::one(db, counted(filter, today)).await
}

impl CaseFilter {
    /// Whether it holds less than its view.
    pub fn is_narrowed(&self) -> bool {
        self.state.is_some()
            || self.validation.is_some()
            || self.assigned.is_some()
            || self.due_from.is_some()
            || self.due_to.is_some()
    }

    /// What is searched for, when it is something.
    pub fn term(&self) -> Option<Term> {
        self.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(Term::read)
    }
}

/// Copies of other tables' columns, kept by the database (migration 000005).
#[derive(DeriveIden)]
enum Copied {
    Validation,
}

/// Everything but the search.
pub(super) fn condition(filter: &CaseFilter, today: NaiveDate) -> Condition {
    let mut condition = if filter.everything { Condition::all() } else { view_condition(filter.view, today) };
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state));
    }
    if let Some(validation) = filter.validation {
        condition = condition.add(validated_as(validation));
    }
    if let Some(assigned) = filter.assigned {
        condition = condition.add(assigned.condition());
    }
    if let Some(from) = filter.due_from {
        condition = condition.add(Column::DueOn.gte(from));
    }
    if let Some(to) = filter.due_to {
        condition = condition.add(Column::DueOn.lte(to));
    }
    if filter.urgent {
        condition = condition.add(under_the_clock());
    }
    if filter.except.is_empty() {
        return condition;
    }
    condition.add(Column::Id.is_not_in(filter.except.iter().copied()))
}

/// Written into the statement: a partial index is used only where its condition can be read in the text.
pub(super) fn is_one_of(states: impl IntoIterator<Item = CaseState>) -> Expr {
    Expr::col(Column::State).is_in(states.into_iter().map(|state| Expr::Constant(state.into())))
}

pub(super) fn is_open() -> Expr {
    Expr::col(Column::State).is_not_in(CaseState::CLOSED.map(|state| Expr::Constant(state.into())))
}

fn validated_as(validation: ValidationType) -> Expr {
    Expr::col(Copied::Validation).eq(Expr::Constant(validation.into()))
}

/// Reported as compromised and not revoked yet.
fn under_the_clock() -> Condition {
    Condition::all()
        .add(Column::CompromiseReportedAt.is_not_null())
        .add(is_one_of(CaseState::UNDECIDED.into_iter().chain([CaseState::Revoking])))
}

fn view_condition(view: CaseView, today: NaiveDate) -> Condition {
    let open = Condition::all().add(is_open());
    match view {
        CaseView::Open => open,
        CaseView::ThisWeek => open.add(Column::DueOn.lte(end_of_week(today))),
        CaseView::Overdue => {
            open.add(Column::DueOn.lt(today)).add(Column::State.is_not_in([CaseState::Revoking, CaseState::Revoked]))
        }
        CaseView::Ev => open.add(validated_as(ValidationType::Ev)),
        CaseView::OldInUse => {
            let seen = Condition::all().add(Expr::col(Beside::OldSeenAt).is_not_null());
            seen.add(is_one_of(LOOKED_AT))
        }
        // Only open cases are on hold.
        CaseView::ContactChange => Condition::all()
            .add(Column::HoldReason.is_not_null())
            .add(Column::HoldReason.is_in([HoldReason::ContactChanged, HoldReason::WrongNumber])),
        CaseView::Closed => Condition::all().add(is_one_of(CaseState::CLOSED)),
    }
}

/// The Sunday that ends the week of `today`.
fn end_of_week(today: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    let left = 6 - today.weekday().num_days_from_monday();
    today.checked_add_days(chrono::Days::new(u64::from(left))).unwrap_or(today)
}

/// Undecided cases of several subscribers, first due first.
pub async fn undecided_of(db: &impl ConnectionTrait, subscriber_ids: Vec<i64>) -> Result<Vec<CaseRow>, DbErr> {
    let cases = Entity::find()
        .order_by_asc(Column::DueOn)
        .order_by_asc(Column::Id)
        .filter(Column::SubscriberId.is_in(subscriber_ids))
        .filter(Column::State.is_in(CaseState::UNDECIDED))
        .all(db)
        .await?;
    with_columns(db, cases).await
}

/// What the menu counts, in this order: cases whose call is due and not made; of those, of an earlier day; open cases;
/// revocations that the CA refused; those that it has not answered.
pub fn menu_queries(today: NaiveDate) -> [SelectStatement; 5] {
    let waiting = Entity::find().filter(is_one_of([CaseState::AwaitingCall]));
    [
        waiting.clone().filter(Column::DueOn.lte(today)),
        waiting.filter(Column::DueOn.lt(today)),
        Entity::find().filter(is_open()),
        Entity::find().filter(Expr::col(Column::HoldReason).eq(Expr::Constant(HoldReason::CaRefused.into()))),
        Entity::find().filter(is_one_of([CaseState::Revoking])),
    ]
    .map(|cases| ORDER.ordered(cases.into_query()))
}

/// Cases in the order of the lists, which leads the planner along the indexes by date. Nearly all cases are past their day
/// and nearly all are closed: taking the two for independent, it expects millions and reads every open case.
pub(super) fn by_date(condition: Condition) -> SelectStatement {
    ORDER.ordered(Entity::find().filter(condition).into_query())
}

/// Cases of the desk's queue as they are ordered for a call: 至急 by deadline, promised times, 繰り越し, the preferred time
/// band open at `now`, the rest; each by due date, then in order of filing (`ui.md` section 4).
///
/// The first `limit` of each turn are read along an index, and only those are sorted: the queue's length does not count.
#[derive(Debug, Clone, Copy)]
pub struct CallOrder {
    pub today: NaiveDate,
    pub now: DateTimeUtc,
    /// Cases due later are not in the queue.
    pub last_day: NaiveDate,
}

impl CallOrder {
    /// The queue's first cases of those that `narrowed` holds, in order. It is exact for the first `limit`.
    pub fn first(&self, narrowed: &Condition, limit: u64) -> Select<Entity> {
        let mut turns = self.turns().into_iter().map(|turn| {
            let first = turn.filter(narrowed.clone()).select_only().column(Column::Id).limit(limit).into_query();
            Query::select().column(Column::Id).from_subquery(first, Alias::new("turn")).to_owned()
        });
        let mut first = turns.next().unwrap_or_default();
        first.unions(turns.map(|turn| (UnionType::All, turn)));
        // Asked again of each row: PostgreSQL reads a row anew when it locks it, and only what is asked here is asked anew.
        let still = narrowed.clone().add(is_one_of([CaseState::AwaitingCall, CaseState::Confirmed]));
        self.sorted(Entity::find().filter(Column::Id.in_subquery(first)).filter(still))
    }

    /// Each is a range of one index, in the index's order: see migration 000011.
    fn turns(&self) -> [Select<Entity>; 5] {
        let waiting = || {
            Entity::find()
                .filter(is_one_of([CaseState::AwaitingCall]))
                .filter(Column::CompromiseReportedAt.is_null())
                .filter(Column::DueOn.lte(self.last_day))
        };
        let promised = waiting().filter(Column::NextCallAt.is_not_null()).order_by_asc(Column::NextCallAt);
        let by_day =
            || waiting().filter(Column::NextCallAt.is_null()).order_by_asc(Column::DueOn).order_by_asc(Column::Id);
        [
            self.sorted(Entity::find().filter(reported_compromise())),
            self.within_turn(promised),
            by_day().filter(Column::DueOn.lt(self.today)),
            by_day().filter(Column::DueOn.gte(self.today)).filter(Column::CallBand.is_in(self.open_bands())),
            by_day().filter(Column::DueOn.gte(self.today)),
        ]
    }

    fn open_bands(&self) -> impl Iterator<Item = CallBand> {
        let now = self.now;
        CallBand::ALL.into_iter().filter(move |band| band.is_open(now))
    }

    pub(super) fn sorted(&self, cases: Select<Entity>) -> Select<Entity> {
        let cases = cases
            .order_by_asc(Column::CompromiseReportedAt.is_null())
            .order_by_asc(Column::CompromiseReportedAt)
            .order_by_asc(Column::NextCallAt.is_null())
            .order_by_asc(Column::NextCallAt);
        self.within_turn(cases)
    }

    fn within_turn(&self, cases: Select<Entity>) -> Select<Entity> {
        let turn: Expr = Expr::case(Column::DueOn.lt(self.today), 0)
            .case(Column::CallBand.is_in(self.open_bands()), 1)
            .finally(2)
            .into();
        cases.order_by_asc(turn).order_by_asc(Column::DueOn).order_by_asc(Column::Id)
    }
}

/// A key that was reported as compromised takes no call, only the click; no day either.
pub fn reported_compromise() -> Condition {
    Condition::all()
        .add(Column::CompromiseReportedAt.is_not_null())
        .add(is_one_of([CaseState::AwaitingCall, CaseState::Confirmed]))
}
