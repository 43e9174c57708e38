//! The audit log: append-only, hash-chained.
//!
//! What happens to cases passes here and nowhere else: so this is also where webhooks hear of it.
//!
//! `hash = SHA-256(previous hash ‖ canonical row)`. The head row serialises writers, so numbers have no gaps. Personal
//! data is referenced by id, never copied into a row.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Func, SimpleExpr};
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::_entities::{audit_events, audit_head};
use super::rows::{Rows, given};
use super::webhook_deliveries;
use crate::domain::actor::Actor;
use crate::domain::halt;
use crate::errors::{Error, Result};

pub use super::_entities::audit_events::Model as AuditEvent;

impl AuditEvent {
    /// The detail as it was recorded; a step of a case names `from`, `to`, `version` and what it happened `with`.
    pub fn facts(&self) -> Value {
        serde_json::from_str(&self.detail).unwrap_or_default()
    }
}

/// One act to be recorded. `subject` names what was acted on, e.g. `case:17`.
pub struct Act<'a> {
    pub action: &'a str,
    pub subject: String,
    pub case_id: Option<i64>,
    pub detail: Value,
}

/// Adds one event to the chain, in the transaction of what it records. Refused while the desk is halted, unless the act
/// may happen even then: the head row holds the halt, so none begins beside it.
pub async fn append(txn: &impl ConnectionTrait, act: Act<'_>, actor: &Actor, now: DateTimeUtc) -> Result<()> {
    append_many(txn, vec![act], actor, now).await
}

/// Adds events to the chain, in this order. The head is held until the transaction ends and every other writer waits for
/// it: in a long transaction this comes last.
pub async fn append_many(
    txn: &impl ConnectionTrait,
    acts: Vec<Act<'_>>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let Ok(number @ 1..) = i64::try_from(acts.len()) else { return Ok(()) };
    webhook_deliveries::enqueue(txn, &acts, now).await?;
    let head = audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Sequence, Expr::col(audit_head::Column::Sequence).add(number))
        .filter(audit_head::Column::Id.eq(1))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| DbErr::RecordNotFound("audit_head".to_owned()))?;
    if head.halt_id.is_some() && !acts.iter().all(|act| halt::may_happen(act.action)) {
        return Err(Error::Conflict(halt::refusal()));
    }
    let mut previous = head.hash;
    let mut events = Vec::with_capacity(acts.len());
    for (sequence, act) in (head.sequence - number + 1..).zip(acts) {
        let event = chained(&previous, sequence, act, actor, now);
        previous.clone_from(&event.hash);
        events.push(event);
    }
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Hash, previous.into())
        .filter(audit_head::Column::Id.eq(1))
        .exec(txn)
        .await?;
    Ok(insert(txn, events, actor, now).await?)
}

fn chained(previous: &str, sequence: i64, act: Act<'_>, actor: &Actor, now: DateTimeUtc) -> AuditEvent {
    let mut event = AuditEvent {
        sequence,
        at: now,
        actor: actor.key(),
        action: act.action.to_owned(),
        subject: act.subject,
        case_id: act.case_id,
        detail: act.detail.to_string(),
        address: actor.address.clone(),
        hash: String::new(),
    };
    event.hash = chain_hash(previous, &event);
    event
}

/// Events of one actor at one instant.
async fn insert(
    txn: &impl ConnectionTrait,
    events: Vec<AuditEvent>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    use audit_events::Column;
    let rows = Rows::default()
        .numbers("row_sequence", events.iter().map(|event| event.sequence))
        // No case has this id.
        .numbers("row_case", events.iter().map(|event| event.case_id.unwrap_or_default()))
        .texts("row_action", events.iter().map(|event| event.action.clone()))
        .texts("row_subject", events.iter().map(|event| event.subject.clone()))
        .texts("row_hash", events.iter().map(|event| event.hash.clone()))
        .texts("row_detail", events.into_iter().map(|event| event.detail));
    let filled: [(Column, SimpleExpr); 9] = [
        (Column::Sequence, given("row_sequence")),
        (Column::At, now.into()),
        (Column::Actor, actor.key().into()),
        (Column::Action, given("row_action")),
        (Column::Subject, given("row_subject")),
        (Column::CaseId, Func::cust("NULLIF").arg(given("row_case")).arg(0_i64).into()),
        (Column::Detail, given("row_detail")),
        (Column::Address, actor.address.clone().into()),
        (Column::Hash, given("row_hash")),
    ];
    let insert = rows.into_insert(txn, audit_events::Entity, filled)?;
    txn.execute(&insert).await.map(|_| ())
}

/// The hash that `event` must carry after `previous`.
pub fn chain_hash(previous: &str, event: &AuditEvent) -> String {
    let canonical = json!([
        event.sequence,
        event.at.timestamp_micros(),
        event.actor,
        event.action,
        event.subject,
        event.case_id,
        event.detail,
        event.address
    ]);
    let mut digest = Sha256::new();
    digest.update(previous.as_bytes());
    digest.update(canonical.to_string().as_bytes());
    hex::encode(digest.finalize())
}

/// The end of the chain: sequence and hash of the newest event.
pub async fn head(db: &impl ConnectionTrait) -> Result<(i64, String), DbErr> {
    let head = audit_head::Entity::find_by_id(1)
        .one(db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("audit_head".to_owned()))?;
    Ok((head.sequence, head.hash))
}

/// The event with this number.
pub async fn numbered(db: &impl ConnectionTrait, sequence: i64) -> Result<Option<AuditEvent>, DbErr> {
    audit_events::Entity::find_by_id(sequence).one(db).await
}

/// Events after `sequence`, oldest first.
pub async fn after(db: &impl ConnectionTrait, sequence: i64, limit: u64) -> Result<Vec<AuditEvent>, DbErr> {
    audit_events::Entity::find()
        .filter(audit_events::Column::Sequence.gt(sequence))
        .order_by_asc(audit_events::Column::Sequence)
        .limit(limit)
        .all(db)
        .await
}

/// The history of one case, oldest first.
pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<AuditEvent>, DbErr> {
    audit_events::Entity::find()
        .filter(audit_events::Column::CaseId.eq(case_id))
        .order_by_asc(audit_events::Column::Sequence)
        .all(db)
        .await
}
