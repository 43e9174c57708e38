//! Revocation cases: finders, the guarded step from state to state, leases.
//!
//! [`advance`] is the only write of a case's state in the program: transition table, compare-and-set and audit event in
//! one. Its sister for many cases at once is in `case_chunks.rs`, lists and counts are in `case_queue.rs`.

use chrono::{Duration, NaiveDate};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, IntoActiveModel, PaginatorTrait, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Value, json};

use super::audit_events::{self, Act};
use super::calls::{self, Call};
use super::halts;
use crate::domain::actor::{Actor, Identity};
use crate::domain::call_band::CallBand;
use crate::domain::case::{CaseEvent, CaseState, HoldReason};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};

pub use super::_entities::revocation_cases::{ActiveModel, Column, Entity, Model as Case};

impl Case {
    /// Whether `actor` holds the case for a call at `now`.
    pub fn is_held_by(&self, actor: &Actor, now: DateTimeUtc) -> bool {
        self.holder(now).is_some_and(|holder| holder == actor.key())
    }

    /// Key of the actor who holds the case at `now`; a lease that ran out holds nothing.
    pub fn holder(&self, now: DateTimeUtc) -> Option<&str> {
        self.lease_until.filter(|until| *until > now).and(self.lease_holder.as_deref())
    }

    /// Whether the desk asked the customer to act: it called in vain `attempts` times, or holds the case for want of
    /// the right person.
    pub fn waits_for_customer(&self, calls: &[Call], attempts: u32) -> bool {
        let called_in_vain = u32::try_from(calls::unanswered(calls)).unwrap_or(u32::MAX) >= attempts;
        match self.state {
            CaseState::AwaitingCall => called_in_vain,
            CaseState::OnHold => self.hold_reason.is_some_and(HoldReason::waits_for_customer),
            CaseState::AwaitingReissue
            | CaseState::Confirmed
            | CaseState::Revoking
            | CaseState::Revoked
            | CaseState::Completed
            | CaseState::Withdrawn
            | CaseState::Expired => false,
        }
    }

    pub fn audit_subject(&self) -> String {
        format!("case:{}", self.id)
    }
}

pub async fn by_reception_number(db: &impl ConnectionTrait, number: ReceptionNumber) -> Result<Case> {
    Entity::find()
        .filter(Column::ReceptionNumber.eq(number))
        .one(db)
        .await?
        .ok_or_else(|| Error::not_found("case_not_found"))
}

/// The case as `actor` may know of it: to a customer another organisation's does not exist.
pub async fn of_actor(db: &impl ConnectionTrait, number: ReceptionNumber, actor: &Actor) -> Result<Case> {
    let case = by_reception_number(db, number).await?;
    match &actor.identity {
        Identity::Customer { subscriber_id, .. } if *subscriber_id != case.subscriber_id => {
            Err(Error::not_found("case_not_found"))
        }
        Identity::Customer { .. }
        | Identity::Staff { .. }
        | Identity::Token { .. }
        | Identity::Batch
        | Identity::System => Ok(case),
    }
}

/// In no particular order.
pub async fn by_ids(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = i64>) -> Result<Vec<Case>, DbErr> {
    Entity::find().filter(Column::Id.is_in(ids)).all(db).await
}

/// In no particular order.
pub async fn by_numbers(db: &impl ConnectionTrait, numbers: &[ReceptionNumber]) -> Result<Vec<Case>, DbErr> {
    Entity::find().filter(Column::ReceptionNumber.is_in(numbers.iter().copied())).all(db).await
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Case> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("case_not_found"))
}

/// All cases that revoke a certificate or gave it as a replacement, newest first.
pub async fn about_certificate(db: &impl ConnectionTrait, certificate_id: i64) -> Result<Vec<Case>, DbErr> {
    let source = Column::SourceCertificateId.eq(certificate_id);
    let replacement = Column::ReplacementCertificateId.eq(certificate_id);
    Entity::find()
        .filter(sea_orm::Condition::any().add(source).add(replacement))
        .order_by_desc(Column::Id)
        .all(db)
        .await
}

/// The open case that revokes `certificate_id`, when there is one.
pub async fn open_on_certificate(db: &impl ConnectionTrait, certificate_id: i64) -> Result<Option<Case>, DbErr> {
    Entity::find()
        .filter(Column::SourceCertificateId.eq(certificate_id))
        .filter(Column::State.is_not_in(CaseState::CLOSED))
        .one(db)
        .await
}

/// The open cases that revoke these certificates.
pub async fn open_on_certificates(db: &impl ConnectionTrait, certificate_ids: Vec<i64>) -> Result<Vec<Case>, DbErr> {
    Entity::find()
        .filter(Column::SourceCertificateId.is_in(certificate_ids))
        .filter(Column::State.is_not_in(CaseState::CLOSED))
        .all(db)
        .await
}

/// Refuses a form or request that was filled in on an older version of the case.
pub fn check_version(case: &Case, version: i64) -> Result<()> {
    if case.version == version { Ok(()) } else { Err(stale(case)) }
}

fn stale(case: &Case) -> Error {
    Error::Conflict(Problem::on("version", "stale_version").with("version", case.version))
}

/// Lets `event` happen to `case`: asks the table, writes state and `change` if nobody was faster, and records the
/// event with `detail` in the audit log. The version grows by one.
pub async fn advance(
    txn: &impl ConnectionTrait,
    case: &Case,
    event: CaseEvent,
    change: impl FnOnce(&mut ActiveModel),
    detail: Value,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let state = case.state.after(event).map_err(|refused| Error::Conflict(refused.problem()))?;
    let mut row = step_row(case.state, state, now);
    row.version = Set(case.version + 1);
    change(&mut row);
    let advanced = compare_and_set(txn, case, row).await?;
    audit_events::append(txn, step_act(case, event, state, advanced.version, &detail), actor, now).await?;
    Ok(advanced)
}

/// What every step from state to state writes, but for the version.
pub(super) fn step_row(from: CaseState, to: CaseState, now: DateTimeUtc) -> ActiveModel {
    let mut row = ActiveModel { state: Set(to), updated_at: Set(now), ..<ActiveModel as Default>::default() };
    if from == CaseState::OnHold && to != CaseState::OnHold {
        row.hold_reason = Set(None);
        row.hold_note = Set(None);
    }
    if from == CaseState::AwaitingCall && to != CaseState::AwaitingCall {
        row.next_call_at = Set(None);
    }
    if from.is_open() && !to.is_open() {
        row.closed_at = Set(Some(now));
    }
    row
}

/// The step of `case` to `to` for the audit log.
pub(super) fn step_act(case: &Case, event: CaseEvent, to: CaseState, version: i64, detail: &Value) -> Act<'static> {
    Act {
        action: event.as_str(),
        subject: case.audit_subject(),
        case_id: Some(case.id),
        detail: json!({ "from": case.state.as_str(), "to": to.as_str(), "version": version, "with": detail }),
    }
}

async fn compare_and_set(txn: &impl ConnectionTrait, case: &Case, row: ActiveModel) -> Result<Case> {
    Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(case.id))
        .filter(Column::State.eq(case.state))
        .filter(Column::Version.eq(case.version))
        .filter(Column::Fence.eq(case.fence))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| stale(case))
}

/// How long an agent may hold a case.
#[derive(Debug, Clone, Copy)]
pub struct LeaseTerms {
    pub lease: Duration,
    /// From the first claim on; renewals do not go beyond.
    pub hard_stop: Duration,
}

/// Takes the first of `candidates` (a query of ids in queue order) for `actor`, in one statement.
pub async fn claim_first(
    db: &impl ConnectionTrait,
    candidates: Select<Entity>,
    actor: &Actor,
    terms: LeaseTerms,
    now: DateTimeUtc,
) -> Result<Option<Case>, DbErr> {
    let mut candidates = candidates.select_only().column(Column::Id).limit(1).into_query();
    if db.get_database_backend() == sea_orm::DatabaseBackend::Postgres {
        candidates
            .lock_with_behavior(sea_orm::sea_query::LockType::Update, sea_orm::sea_query::LockBehavior::SkipLocked);
    }
    let mut taken = Entity::update_many()
        .set(lease_row(actor, now, now + terms.lease))
        .col_expr(Column::Fence, next_fence())
        .filter(Column::Id.in_subquery(candidates))
        .exec_with_returning(db)
        .await?;
    Ok(taken.pop())
}

/// Cases that nobody holds at `now`.
pub fn unheld(now: DateTimeUtc) -> sea_orm::Condition {
    sea_orm::Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now))
}

/// Renews the lease of its holder up to the hard stop; `None` when somebody else holds the case or nobody does.
pub async fn renew_lease(
    db: &impl ConnectionTrait,
    case: &Case,
    actor: &Actor,
    terms: LeaseTerms,
    now: DateTimeUtc,
) -> Result<Option<Case>, DbErr> {
    let hard_stop = case.lease_taken_at.unwrap_or(now) + terms.hard_stop;
    let until = std::cmp::min(now + terms.lease, hard_stop);
    let row = ActiveModel { lease_until: Set(Some(until)), ..<ActiveModel as Default>::default() };
    let mut renewed = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(case.id))
        .filter(Column::LeaseHolder.eq(actor.key()))
        .filter(Column::LeaseUntil.gt(now))
        .exec_with_returning(db)
        .await?;
    Ok(renewed.pop())
}

/// Ends all leases of one holder; the fence keeps later writes of that holder out. Answers how many.
pub async fn end_leases_of(txn: &impl ConnectionTrait, holder: &str, now: DateTimeUtc) -> Result<u64> {
    let mut row = <ActiveModel as Default>::default();
    clear_lease(&mut row);
    let ended = Entity::update_many()
        .set(row)
        .col_expr(Column::Fence, next_fence())
        .filter(Column::LeaseHolder.eq(holder))
        .filter(Column::LeaseUntil.gt(now))
        .exec(txn)
        .await?;
    Ok(ended.rows_affected)
}

/// Ends the lease on `case`, whoever holds it; the fence keeps later writes of that holder out.
pub async fn end_lease(txn: &impl ConnectionTrait, case: &Case) -> Result<Case> {
    let mut row = <ActiveModel as Default>::default();
    clear_lease(&mut row);
    Entity::update_many()
        .set(row)
        .col_expr(Column::Fence, next_fence())
        .filter(Column::Id.eq(case.id))
        .filter(Column::Fence.eq(case.fence))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| stale(case))
}

pub fn clear_lease(row: &mut ActiveModel) {
    row.lease_holder = Set(None);
    row.lease_holder_name = Set(None);
    row.lease_taken_at = Set(None);
    row.lease_until = Set(None);
}

fn lease_row(actor: &Actor, now: DateTimeUtc, until: DateTimeUtc) -> ActiveModel {
    ActiveModel {
        lease_holder: Set(Some(actor.key())),
        lease_holder_name: Set(Some(actor.name().to_owned())),
        lease_taken_at: Set(Some(now)),
        lease_until: Set(Some(until)),
        ..<ActiveModel as Default>::default()
    }
}

pub(super) fn next_fence() -> SimpleExpr {
    Expr::col((Entity, Column::Fence)).add(1)
}

/// Inserts a new case.
pub async fn insert(txn: &impl ConnectionTrait, row: ActiveModel) -> Result<Case, DbErr> {
    row.into_active_model().insert(txn).await
}

/// Takes a case in execution over from whoever had it: the fence moves on, the next taker waits until `until`. Not while
/// the desk is halted.
pub async fn take_over_execution(txn: &impl ConnectionTrait, case: &Case, until: DateTimeUtc) -> Result<Case> {
    let row = ActiveModel { next_attempt_at: Set(Some(until)), ..<ActiveModel as Default>::default() };
    Entity::update_many()
        .set(row)
        .col_expr(Column::Fence, next_fence())
        .filter(Column::Id.eq(case.id))
        .filter(Column::State.eq(CaseState::Revoking))
        .filter(Column::Fence.eq(case.fence))
        .filter(halts::none())
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| stale(case))
}

/// Ids of undecided cases whose source certificate is past its last instant.
pub async fn run_out(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<Vec<i64>, DbErr> {
    use super::_entities::certificates;
    let run_out = certificates::Entity::find()
        .select_only()
        .column(certificates::Column::Id)
        .filter(certificates::Column::NotAfter.lt(now))
        .into_query();
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.is_in(CaseState::UNDECIDED))
        .filter(Column::SourceCertificateId.in_subquery(run_out))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await
}

/// Ids of cases in `state` due after `today` up to `horizon`.
pub async fn ids_due_between(
    db: &impl ConnectionTrait,
    state: CaseState,
    today: NaiveDate,
    horizon: NaiveDate,
) -> Result<Vec<i64>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(state))
        .filter(Column::DueOn.gt(today))
        .filter(Column::DueOn.lte(horizon))
        .order_by_asc(Column::DueOn)
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await
}

/// Keeps the wish of `case`'s customer. Not a step of the case: nobody's form becomes stale by it.
pub async fn set_call_band(txn: &impl ConnectionTrait, case: &Case, band: Option<CallBand>) -> Result<Case> {
    let row = ActiveModel { call_band: Set(band), ..<ActiveModel as Default>::default() };
    Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(case.id))
        .filter(Column::State.eq(case.state))
        .filter(Column::Version.eq(case.version))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| stale(case))
}

/// Closed cases of a subscriber, newest first: those older than the case `before`.
pub async fn closed_of_subscriber(
    db: &impl ConnectionTrait,
    subscriber_id: i64,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Case>, DbErr> {
    let older = before.map_or(sea_orm::Condition::all(), |id| sea_orm::Condition::all().add(Column::Id.lt(id)));
    Entity::find()
        .filter(Column::SubscriberId.eq(subscriber_id))
        .filter(Column::State.is_in(CaseState::CLOSED))
        .filter(older)
        .order_by_desc(Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// Cases of a subscriber that are not closed.
pub async fn open_of_subscriber(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Vec<Case>, DbErr> {
    Entity::find()
        .filter(Column::SubscriberId.eq(subscriber_id))
        .filter(Column::State.is_not_in(CaseState::CLOSED))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Ids of cases that wait for a replacement which the CA can issue: the CSR is known, no re-examination is due. A case of
/// key compromise went on without it.
pub async fn issuable_ids(db: &impl ConnectionTrait) -> Result<Vec<i64>, DbErr> {
    use super::_entities::reissue_applications as applications;
    let issuable = applications::Entity::find()
        .select_only()
        .column(applications::Column::Id)
        .filter(applications::Column::NeedsReexamination.eq(false))
        .filter(applications::Column::CsrDer.is_not_null())
        .into_query();
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.is_in(waits_for_replacement()))
        .filter(Column::ReplacementCertificateId.is_null())
        .filter(Column::ApplicationId.in_subquery(issuable))
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await
}

fn waits_for_replacement() -> impl Iterator<Item = CaseState> {
    CaseState::ALL.into_iter().filter(|state| state.after(CaseEvent::ReplacementRegistered).is_ok())
}

/// Whether a case that was revoked before `instant` waits for its proof.
pub async fn is_unproven_since(db: &impl ConnectionTrait, instant: DateTimeUtc) -> Result<bool, DbErr> {
    let waiting = Entity::find().filter(Column::State.eq(CaseState::Revoked)).filter(Column::RevokedAt.lt(instant));
    Ok(waiting.limit(1).one(db).await?.is_some())
}

/// Open cases after the case `after`, in order of their ids.
pub async fn open_after(db: &impl ConnectionTrait, after: i64, limit: u64) -> Result<Vec<Case>, DbErr> {
    Entity::find()
        .filter(Column::State.is_not_in(CaseState::CLOSED))
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await
}

pub async fn count_open(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().filter(Column::State.is_not_in(CaseState::CLOSED)).count(db).await
}
