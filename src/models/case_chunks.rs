//! Cases by the chunk: walks over the cases of a state, and steps of many cases in one statement.
//!
//! [`advance_many`] is the sister of [`super::revocation_cases::advance`]: the same transition table, the same guard, the
//! same audit events. There is no third write of a case's state.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, LockBehavior, LockType, Query, SelectStatement, TableRef};
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, DatabaseBackend, FromQueryResult, Iterable, PaginatorTrait,
    QueryOrder, QuerySelect, QueryTrait, UpdateMany,
};
use serde_json::Value;

use super::_entities::certificates;
use super::audit_events::{self, Act};
use super::revocation_cases::{ActiveModel, Case, Column, Entity, next_fence, step_act, step_row};
use super::rows::{Rows, given};
use crate::domain::actor::Actor;
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::certificate::SerialNumber;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};

/// The last case that a walk has seen, in the order of the walk: due day, then id.
pub type Seen = (NaiveDate, i64);

fn next(select: Select<Entity>, seen: Option<Seen>, limit: u64) -> Select<Entity> {
    let after = seen.map(|(day, id)| {
        Expr::tuple([Expr::col((Entity, Column::DueOn)), Expr::col((Entity, Column::Id))])
            .gt(Expr::tuple([Expr::val(day), Expr::val(id)]))
    });
    let further = Condition::all().add_option(after);
    select.filter(further).order_by_asc(Column::DueOn).order_by_asc(Column::Id).limit(limit)
}

/// How far a walk over the due cases has come. Reported compromises go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among the reported compromises, after the case with this id.
    Urgent(i64),
    /// Among the others.
    Ordinary(Option<Seen>),
}

impl Place {
    pub const START: Self = Self::Urgent(0);
}

/// The next confirmed cases that are due, at most `limit`, and the place after them. Each case comes once in a walk,
/// whatever becomes of it. To `claim` them is to lock them until the transaction ends; what another transaction holds is
/// left out (PostgreSQL; on SQLite there is one writer at a time).
pub async fn next_due(
    db: &impl ConnectionTrait,
    today: NaiveDate,
    place: Place,
    limit: u64,
    claim: bool,
) -> Result<(Vec<Case>, Place), DbErr> {
    let seen = match place {
        Place::Urgent(id) => {
            let some = urgent().filter(Column::Id.gt(id)).order_by_asc(Column::Id).limit(limit);
            let found = locked(db, some, claim).all(db).await?;
            if let Some(last) = found.last() {
                let place = Place::Urgent(last.id);
                return Ok((found, place));
            }
            None
        }
        Place::Ordinary(seen) => seen,
    };
    let found = locked(db, next(ordinary(today), seen, limit), claim).all(db).await?;
    let seen = found.last().map(|last| (last.due_on, last.id)).or(seen);
    Ok((found, Place::Ordinary(seen)))
}

fn urgent() -> Select<Entity> {
    Entity::find().filter(Column::State.eq(CaseState::Confirmed)).filter(Column::CompromiseReportedAt.is_not_null())
}

fn ordinary(today: NaiveDate) -> Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(CaseState::Confirmed))
        .filter(Column::CompromiseReportedAt.is_null())
        .filter(Column::DueOn.lte(today))
}

fn locked(db: &impl ConnectionTrait, select: Select<Entity>, claim: bool) -> Select<Entity> {
    if claim && db.get_database_backend() == DatabaseBackend::Postgres {
        select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
    } else {
        select
    }
}

/// How many confirmed cases are due.
pub async fn count_due(db: &impl ConnectionTrait, today: NaiveDate) -> Result<u64, DbErr> {
    Ok(urgent().count(db).await? + ordinary(today).count(db).await?)
}

/// The confirmed cases that are due, to be counted up to a limit.
pub fn due(today: NaiveDate) -> SelectStatement {
    let due = Entity::find().filter(Column::State.eq(CaseState::Confirmed)).filter(Column::DueOn.lte(today));
    due.order_by_asc(Column::DueOn).into_query()
}

/// The numbers of confirmed cases that are due, at most `limit`, reported compromises first.
pub async fn due_numbers(
    db: &impl ConnectionTrait,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<ReceptionNumber>, DbErr> {
    let mut found = numbers(db, urgent(), limit).await?;
    found.extend(numbers(db, ordinary(today), limit - found.len() as u64).await?);
    Ok(found)
}

async fn numbers(db: &impl ConnectionTrait, select: Select<Entity>, limit: u64) -> Result<Vec<ReceptionNumber>, DbErr> {
    select.select_only().column(Column::ReceptionNumber).limit(limit).into_tuple().all(db).await
}

/// The next cases in `state` that are due on or before `today`.
pub async fn next_in_state(
    db: &impl ConnectionTrait,
    state: CaseState,
    today: NaiveDate,
    seen: Option<Seen>,
    limit: u64,
) -> Result<Vec<Case>, DbErr> {
    let due = Entity::find().filter(Column::State.eq(state)).filter(Column::DueOn.lte(today));
    next(due, seen, limit).all(db).await
}

/// The next cases in execution whose time for another look has come.
pub async fn next_stuck(
    db: &impl ConnectionTrait,
    now: DateTimeUtc,
    seen: Option<Seen>,
    limit: u64,
) -> Result<Vec<Case>, DbErr> {
    let waited = Condition::any().add(Column::NextAttemptAt.is_null()).add(Column::NextAttemptAt.lte(now));
    next(Entity::find().filter(Column::State.eq(CaseState::Revoking)).filter(waited), seen, limit).all(db).await
}

/// A revoked case that waits for its proof, and the certificate to look for.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Unproven {
    pub id: i64,
    pub due_on: NaiveDate,
    pub issuer: String,
    pub serial: SerialNumber,
}

/// The next revoked cases that wait for their proof.
pub async fn next_unproven(db: &impl ConnectionTrait, seen: Option<Seen>, limit: u64) -> Result<Vec<Unproven>, DbErr> {
    let source =
        Entity::belongs_to(certificates::Entity).from(Column::SourceCertificateId).to(certificates::Column::Id).into();
    let revoked = Entity::find()
        .select_only()
        .columns([Column::Id, Column::DueOn])
        .columns([certificates::Column::Issuer, certificates::Column::Serial])
        .join(sea_orm::JoinType::InnerJoin, source)
        .filter(Column::State.eq(CaseState::Revoked));
    next(revoked, seen, limit).into_model().all(db).await
}

/// The certificates to look for, as issued, by case.
pub async fn sources(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<Vec<(i64, Vec<u8>)>, DbErr> {
    let source =
        Entity::belongs_to(certificates::Entity).from(Column::SourceCertificateId).to(certificates::Column::Id).into();
    Entity::find()
        .select_only()
        .column(Column::Id)
        .column(certificates::Column::Der)
        .join(sea_orm::JoinType::InnerJoin, source)
        .filter(super::rows::among(db, Column::Id, ids))
        .into_tuple()
        .all(db)
        .await
}

/// Those of these cases that are still in `state`, locked until the transaction ends; what another transaction holds is
/// left out.
pub async fn lock_in_state(txn: &impl ConnectionTrait, ids: Vec<i64>, state: CaseState) -> Result<Vec<Case>, DbErr> {
    let found = Entity::find()
        .filter(super::rows::among(txn, Column::Id, ids))
        .filter(Column::State.eq(state))
        .order_by_asc(Column::Id);
    locked(txn, found, true).all(txn).await
}

/// Those of these cases that a run can take up again: confirmed, or waiting for an answer of the CA.
pub async fn retryable(db: &impl ConnectionTrait, numbers: Vec<ReceptionNumber>) -> Result<Vec<Case>, DbErr> {
    Entity::find()
        .filter(Column::ReceptionNumber.is_in(numbers))
        .filter(Column::State.is_in([CaseState::Confirmed, CaseState::Revoking]))
        .all(db)
        .await
}

/// Lets the next look at cases in execution be now. Whoever is at one of them loses it then: its fence moves on.
pub async fn look_now(txn: &impl ConnectionTrait, ids: Vec<i64>, now: DateTimeUtc) -> Result<(), DbErr> {
    Entity::update_many()
        .set(ActiveModel { next_attempt_at: Set(Some(now)), ..<ActiveModel as Default>::default() })
        .filter(Column::Id.is_in(ids))
        .filter(Column::State.eq(CaseState::Revoking))
        .exec(txn)
        .await
        .map(|_| ())
}

/// One case of a step that many take.
#[derive(Debug)]
pub struct Step<'a> {
    pub case: &'a Case,
    /// What it happens with, for the audit log.
    pub detail: Value,
    /// When the CA revoked. Given for all cases of the step or for none.
    pub revoked_at: Option<DateTimeUtc>,
}

/// Steps that are written and not in the audit log yet.
#[must_use = "the steps are to be recorded in the same transaction"]
pub struct Advanced {
    /// The cases as they are now: those that nobody else was faster with.
    pub cases: Vec<Case>,
    acts: Vec<Act<'static>>,
}

impl Advanced {
    /// Adds the events to the audit log: last in the transaction, because every other writer waits for its head.
    pub async fn record(self, txn: &impl ConnectionTrait, actor: &Actor, now: DateTimeUtc) -> Result<Vec<Case>> {
        audit_events::append_many(txn, self.acts, actor, now).await?;
        Ok(self.cases)
    }
}

/// Lets `event` happen to cases that are all in the same state, each only if nobody was faster.
pub async fn advance_many(
    txn: &impl ConnectionTrait,
    steps: Vec<Step<'_>>,
    event: CaseEvent,
    change: impl FnOnce(&mut ActiveModel),
    now: DateTimeUtc,
) -> Result<Advanced> {
    let Some(from) = steps.first().map(|step| step.case.state) else {
        return Ok(Advanced { cases: Vec::new(), acts: Vec::new() });
    };
    if steps.iter().any(|step| step.case.state != from) {
        return Err(Error::internal("a step of many begins in one state"));
    }
    let to = from.after(event).map_err(|refused| Error::Conflict(refused.problem()))?;
    let mut row = step_row(from, to, now);
    change(&mut row);
    let mut cases = write(txn, &steps, from, row, event).await?;
    cases.sort_unstable_by_key(|case| case.id);
    let place = |case: &Case| cases.binary_search_by_key(&case.id, |case| case.id).ok();
    let acts = steps.into_iter().filter_map(|step| {
        let version = cases[place(step.case)?].version;
        Some(step_act(step.case, event, to, version, &step.detail))
    });
    let acts = acts.collect();
    Ok(Advanced { cases, acts })
}

async fn write(
    txn: &impl ConnectionTrait,
    steps: &[Step<'_>],
    from: CaseState,
    row: ActiveModel,
    event: CaseEvent,
) -> Result<Vec<Case>, DbErr> {
    let mut rows = guards(steps.iter().map(|step| step.case));
    let mut update = Entity::update_many()
        .set(row)
        .col_expr(Column::Version, Expr::col((Entity, Column::Version)).add(1))
        .filter(Column::State.eq(from));
    let revoked: Vec<_> = steps.iter().filter_map(|step| step.revoked_at).collect();
    if !revoked.is_empty() {
        rows = rows.instants("row_revoked_at", revoked);
        update = update.col_expr(Column::RevokedAt, given("row_revoked_at"));
    }
    // Who takes a case in hand: writes of whoever had it before no longer count.
    if event == CaseEvent::ExecutionStarted {
        update = update.col_expr(Column::Fence, next_fence());
    }
    returning(txn, guarded(update, rows.into_table(txn))).await
}

fn guards<'a>(cases: impl Iterator<Item = &'a Case> + Clone) -> Rows {
    Rows::default()
        .numbers("row_id", cases.clone().map(|case| case.id))
        .numbers("row_version", cases.clone().map(|case| case.version))
        .numbers("row_fence", cases.map(|case| case.fence))
}

fn guarded(update: UpdateMany<Entity>, rows: TableRef) -> UpdateMany<Entity> {
    let mut update = update
        .filter(Expr::col((Entity, Column::Id)).eq(given("row_id")))
        .filter(Expr::col((Entity, Column::Version)).eq(given("row_version")))
        .filter(Expr::col((Entity, Column::Fence)).eq(given("row_fence")));
    QueryTrait::query(&mut update).from(rows);
    update
}

async fn returning(txn: &impl ConnectionTrait, update: UpdateMany<Entity>) -> Result<Vec<Case>, DbErr> {
    let mut update = update.into_query();
    update.returning(Query::returning().columns(Column::iter()));
    txn.query_all(&update).await?.iter().map(|row| Case::from_query_result(row, "")).collect()
}

/// Keeps cases in execution with the one who has them until `until`. Returns those that he still has.
pub async fn keep_in_execution(
    db: &impl ConnectionTrait,
    cases: &[&Case],
    until: DateTimeUtc,
) -> Result<Vec<Case>, DbErr> {
    let row = ActiveModel { next_attempt_at: Set(Some(until)), ..<ActiveModel as Default>::default() };
    let update = Entity::update_many().set(row).filter(Column::State.eq(CaseState::Revoking));
    let rows = guards(cases.iter().copied()).into_table(db);
    returning(db, guarded(update, rows)).await
}
