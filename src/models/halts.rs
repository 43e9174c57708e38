//! Halts of the desk: the one in force, and what a reconciliation found.
//!
//! `audit_head.halt_id` is the flag. [`super::audit_events::append`] looks at it for every act; [`none`] is for writes that
//! record none (claims of mails, of cases in execution), [`refuse`] for calls of the CA.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, OnConflict, SimpleExpr};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, QueryTrait};

use super::_entities::{audit_head, halt_findings, revocation_cases};
use super::audit_events;
use crate::domain::halt::{self, Finding, HaltCause};
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};

pub use super::_entities::halts::{ActiveModel, Column, Entity, Model as Halt};

/// The halt in force.
pub async fn current(db: &impl ConnectionTrait) -> Result<Option<Halt>, DbErr> {
    Entity::find().filter(Column::Id.in_subquery(flag())).one(db).await
}

/// Refuses while the desk is halted.
pub async fn refuse(db: &impl ConnectionTrait) -> Result<()> {
    match current(db).await? {
        Some(_) => Err(Error::Conflict(halt::refusal())),
        None => Ok(()),
    }
}

/// Whether something failed because the desk is halted.
pub fn has_refused(error: &Error) -> bool {
    matches!(error, Error::Conflict(problem) if *problem == halt::refusal())
}

/// Whether no halt is in force, as a condition of a statement.
pub fn none() -> SimpleExpr {
    Expr::exists(flag()).not()
}

fn flag() -> sea_orm::sea_query::SelectStatement {
    audit_head::Entity::find()
        .select_only()
        .column(audit_head::Column::HaltId)
        .filter(audit_head::Column::HaltId.is_not_null())
        .into_query()
}

pub struct NewHalt {
    pub cause: HaltCause,
    pub reason: String,
    pub placed_by: String,
    pub lost_sequence: Option<i64>,
}

/// Puts a halt into force; `None` when one is.
pub async fn place(txn: &impl ConnectionTrait, new: NewHalt, now: DateTimeUtc) -> Result<Option<Halt>, DbErr> {
    let (found_sequence, _) = audit_events::head(txn).await?;
    let last = audit_events::numbered(txn, found_sequence).await?;
    let halt = ActiveModel {
        cause: Set(new.cause),
        reason: Set(new.reason),
        placed_by: Set(new.placed_by),
        placed_at: Set(now),
        found_sequence: Set(found_sequence),
        found_at: Set(last.map(|event| event.at)),
        lost_sequence: Set(new.lost_sequence),
        ..Default::default()
    }
    .insert(txn)
    .await?;
    let placed = audit_head::Entity::update_many()
        .col_expr(audit_head::Column::HaltId, Expr::value(halt.id))
        .filter(audit_head::Column::HaltId.is_null())
        .exec(txn)
        .await?;
    Ok((placed.rows_affected == 1).then_some(halt))
}

/// The halt in force is about a restored database too. `sequence`: how far the log had come that is gone, when known.
/// `anew`: what was reconciled before does not count.
pub async fn note_loss(
    txn: &impl ConnectionTrait,
    halt: &Halt,
    sequence: Option<i64>,
    anew: bool,
) -> Result<Halt, DbErr> {
    let furthest = std::cmp::max(halt.lost_sequence, sequence);
    let mut row = ActiveModel { id: Set(halt.id), lost_sequence: Set(furthest), ..Default::default() };
    if anew {
        row.cause = Set(HaltCause::Restored);
        row.reconciled_at = Set(None);
    }
    row.update(txn).await
}

/// Writes down that the open cases were reconciled.
pub async fn set_reconciled(
    txn: &impl ConnectionTrait,
    halt: &Halt,
    unanswered: i64,
    report: String,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(halt.id),
        reconciled_at: Set(Some(now)),
        unanswered: Set(Some(unanswered)),
        report: Set(Some(report)),
        ..Default::default()
    };
    row.update(txn).await.map(|_| ())
}

/// Whether a halt is known that cut off the log in which `sequence` was seen at `seen_at`.
pub async fn explains(db: &impl ConnectionTrait, sequence: i64, seen_at: DateTimeUtc) -> Result<bool, DbErr> {
    let known = Entity::find()
        .filter(Column::FoundSequence.lt(sequence))
        .filter(Column::PlacedAt.gt(seen_at))
        .order_by_desc(Column::Id)
        .one(db)
        .await?;
    Ok(known.is_some())
}

/// Writes down what a case came to; once, however often it is reconciled.
pub async fn note(
    txn: &impl ConnectionTrait,
    halt_id: i64,
    case_id: i64,
    finding: Finding,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let row = halt_findings::ActiveModel {
        halt_id: Set(halt_id),
        case_id: Set(case_id),
        finding: Set(finding),
        noted_at: Set(now),
        ..Default::default()
    };
    let once = OnConflict::new().do_nothing().to_owned();
    halt_findings::Entity::insert(row).on_conflict(once).exec_without_returning(txn).await.map(|_| ())
}

/// The CA answered meanwhile.
pub async fn forget_silence(txn: &impl ConnectionTrait, halt_id: i64, case_id: i64) -> Result<(), DbErr> {
    halt_findings::Entity::delete_many()
        .filter(halt_findings::Column::HaltId.eq(halt_id))
        .filter(halt_findings::Column::CaseId.eq(case_id))
        .filter(halt_findings::Column::Finding.eq(Finding::NoAnswer))
        .exec(txn)
        .await
        .map(|_| ())
}

/// How many cases of a halt came to what.
pub async fn findings(db: &impl ConnectionTrait, halt_id: i64) -> Result<Vec<(Finding, i64)>, DbErr> {
    halt_findings::Entity::find()
        .select_only()
        .column(halt_findings::Column::Finding)
        .column_as(halt_findings::Column::Id.count(), "number")
        .filter(halt_findings::Column::HaltId.eq(halt_id))
        .group_by(halt_findings::Column::Finding)
        .order_by_asc(halt_findings::Column::Finding)
        .into_tuple()
        .all(db)
        .await
}

/// What single cases came to, in the order in which it was noted, after the note `after`: its number, the finding, the
/// case's reception number.
pub async fn list(
    db: &impl ConnectionTrait,
    halt_id: i64,
    after: i64,
    limit: u64,
) -> Result<Vec<(i64, Finding, ReceptionNumber)>, DbErr> {
    let notes = halt_findings::Entity::find()
        .filter(halt_findings::Column::HaltId.eq(halt_id))
        .filter(halt_findings::Column::Id.gt(after))
        .order_by_asc(halt_findings::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let numbers: HashMap<i64, ReceptionNumber> = revocation_cases::Entity::find()
        .select_only()
        .columns([revocation_cases::Column::Id, revocation_cases::Column::ReceptionNumber])
        .filter(revocation_cases::Column::Id.is_in(notes.iter().map(|note| note.case_id)))
        .into_tuple::<(i64, ReceptionNumber)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let known = |note: halt_findings::Model| Some((note.id, note.finding, *numbers.get(&note.case_id)?));
    Ok(notes.into_iter().filter_map(known).collect())
}

/// Ends a halt. `false`: another one is in force, or none.
pub async fn release(
    txn: &impl ConnectionTrait,
    halt: &Halt,
    released_by: String,
    reason: String,
    now: DateTimeUtc,
) -> Result<bool, DbErr> {
    let ended = audit_head::Entity::update_many()
        .col_expr(audit_head::Column::HaltId, Expr::value(None::<i64>))
        .filter(audit_head::Column::HaltId.eq(halt.id))
        .exec(txn)
        .await?;
    let row = ActiveModel {
        id: Set(halt.id),
        released_by: Set(Some(released_by)),
        released_at: Set(Some(now)),
        release_reason: Set(Some(reason)),
        ..Default::default()
    };
    row.update(txn).await?;
    Ok(ended.rows_affected == 1)
}
