//! What receivers are told: written with the event that it tells, and what became of it.

use chrono::SecondsFormat;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{ActiveValue::Set, ConnectionTrait, FromQueryResult, QueryOrder, QuerySelect, QueryTrait, Statement};
use serde_json::json;

use super::_entities::webhooks as hooks;
use super::audit_events::Act;
use super::rows::{Rows, given};
use super::{certificates, revocation_cases, webhooks};
use crate::domain::case::CaseState;
use crate::domain::certificate::{Fingerprint, SerialNumber, ValidationType};
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::webhook::{Answer, DeliveryStatus, EventKind};
use crate::errors::{Error, Result};

pub use super::_entities::webhook_deliveries::{ActiveModel, Column, Entity, Model as Delivery};

/// A delivery `d` whose turn has come, at the instant that follows. The steps of one case are told in their order: a later
/// one waits for those before it.
pub(super) const DUE: &str = "d.status = 'waiting'
    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = d.webhook_id AND e.case_id = d.case_id
        AND e.status = 'waiting' AND e.id < d.id)
    AND d.next_attempt_at <=";

/// What is told of a case, as it stands in the transaction.
#[derive(Debug, Clone, FromQueryResult)]
struct Facts {
    id: i64,
    reception_number: ReceptionNumber,
    state: CaseState,
    version: i64,
    requested_on: Date,
    due_on: Date,
    revoked_at: Option<DateTimeUtc>,
    replacement_certificate_id: Option<i64>,
    serial: SerialNumber,
    issuer: String,
    sha256: Fingerprint,
    validation: ValidationType,
}

/// Writes a delivery for each act that a receiver wants to hear of, in the transaction that records it. Paused receivers
/// hear of it later. Must not hold the head of the audit log: this reads.
pub(super) async fn enqueue(txn: &impl ConnectionTrait, acts: &[Act<'_>], now: DateTimeUtc) -> Result<(), DbErr> {
    let told: Vec<_> =
        acts.iter().filter_map(|act| Some((act, act.case_id?, EventKind::of_action(act.action)?))).collect();
    if told.is_empty() {
        return Ok(());
    }
    let hooks = webhooks::all(txn).await?;
    if !told.iter().any(|(.., kind)| hooks.iter().any(|hook| hook.wants(*kind))) {
        return Ok(());
    }
    let facts = facts(txn, told.iter().map(|(_, case, _)| *case).collect()).await?;
    let mut rows = Vec::new();
    for (act, case, kind) in told {
        let Some(facts) = facts.iter().find(|facts| facts.id == case) else { continue };
        let body = body(facts, act, kind, now);
        let wanting = hooks.iter().filter(|hook| hook.wants(kind));
        rows.extend(wanting.map(|hook| New { webhook_id: hook.id, case_id: case, kind, body: body.clone() }));
    }
    insert(txn, rows, now).await
}

async fn facts(txn: &impl ConnectionTrait, mut cases: Vec<i64>) -> Result<Vec<Facts>, DbErr> {
    use revocation_cases::Column;
    cases.sort_unstable();
    cases.dedup();
    let source = revocation_cases::Entity::belongs_to(certificates::Entity)
        .from(Column::SourceCertificateId)
        .to(certificates::Column::Id)
        .into();
    revocation_cases::Entity::find()
        .select_only()
        .columns([Column::Id, Column::ReceptionNumber, Column::State, Column::Version, Column::RequestedOn])
        .columns([Column::DueOn, Column::RevokedAt, Column::ReplacementCertificateId])
        .columns([certificates::Column::Serial, certificates::Column::Issuer])
        .columns([certificates::Column::Sha256, certificates::Column::Validation])
        .join(sea_orm::JoinType::InnerJoin, source)
        .filter(super::rows::among(txn, Column::Id, cases))
        .into_model()
        .all(txn)
        .await
}

/// Nothing about a person, and nothing that anybody wrote.
fn body(facts: &Facts, act: &Act<'_>, kind: EventKind, now: DateTimeUtc) -> String {
    let step = |name: &str| act.detail.get(name).filter(|value| !value.is_null()).cloned();
    let instant = |at: DateTimeUtc| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    json!({
        "type": kind.to_string(),
        "timestamp": instant(now),
        "data": {
            "reception_number": facts.reception_number.to_string(),
            "from": step("from"),
            "state": step("to").unwrap_or_else(|| json!(facts.state.as_str())),
            "version": step("version").unwrap_or_else(|| json!(facts.version)),
            "validation": facts.validation.as_str(),
            "requested_on": facts.requested_on,
            "due_on": facts.due_on,
            "revoked_at": facts.revoked_at.map(instant),
            "serial_number": facts.serial.to_string(),
            "issuer": facts.issuer,
            "sha256": facts.sha256.to_string(),
            "replaced": facts.replacement_certificate_id.is_some(),
        },
    })
    .to_string()
}

struct New {
    webhook_id: i64,
    case_id: i64,
    kind: EventKind,
    body: String,
}

async fn insert(txn: &impl ConnectionTrait, new: Vec<New>, now: DateTimeUtc) -> Result<(), DbErr> {
    let rows = Rows::default()
        .numbers("row_webhook", new.iter().map(|row| row.webhook_id))
        .numbers("row_case", new.iter().map(|row| row.case_id))
        .texts("row_message", new.iter().map(|_| message_id()))
        .texts("row_kind", new.iter().map(|row| row.kind.to_string()))
        .texts("row_body", new.into_iter().map(|row| row.body));
    let filled: [(Column, SimpleExpr); 9] = [
        (Column::WebhookId, given("row_webhook")),
        (Column::CaseId, given("row_case")),
        (Column::MessageId, given("row_message")),
        (Column::Kind, given("row_kind")),
        (Column::Body, given("row_body")),
        (Column::Status, DeliveryStatus::Waiting.into()),
        (Column::Attempts, 0_i64.into()),
        (Column::NextAttemptAt, now.into()),
        (Column::CreatedAt, now.into()),
    ];
    let insert = rows.into_insert(txn, Entity, filled)?;
    txn.execute(&insert).await.map(|_| ())
}

/// By it a receiver knows what it has had before, also after the desk's database was restored.
pub fn message_id() -> String {
    format!("msg_{}", Uuid::new_v4().simple())
}

/// A delivery that was tried before it got its row.
pub async fn insert_tried(txn: &impl ConnectionTrait, tried: ActiveModel) -> Result<Delivery, DbErr> {
    tried.insert(txn).await
}

/// What is due for one receiver, longest due first: the oldest of each case.
pub async fn due(
    db: &impl ConnectionTrait,
    webhook_id: i64,
    limit: u64,
    now: DateTimeUtc,
) -> Result<Vec<Delivery>, DbErr> {
    let sql = format!(
        "SELECT d.* FROM webhook_deliveries d WHERE d.webhook_id = $1 AND {DUE} $2
            ORDER BY d.next_attempt_at, d.id LIMIT $3"
    );
    let values = [webhook_id.into(), now.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Entity::find().from_raw_sql(statement).all(db).await
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub struct Ending {
    pub answer: Answer,
    pub answer_status: Option<u16>,
    pub status: DeliveryStatus,
    pub next_attempt_at: DateTimeUtc,
}

/// Writes what came of an attempt by the one who has the receiver in hand. `false`: somebody else has it by now, or
/// the delivery is over.
pub async fn record(
    db: &impl ConnectionTrait,
    delivery: &Delivery,
    fence: i64,
    ending: Ending,
    now: DateTimeUtc,
) -> Result<bool, DbErr> {
    let still_in_hand = hooks::Entity::find()
        .select_only()
        .column(hooks::Column::Id)
        .filter(hooks::Column::Fence.eq(fence))
        .into_query();
    let over = ending.status != DeliveryStatus::Waiting;
    let written = Entity::update_many()
        .set(ActiveModel {
            status: Set(ending.status),
            next_attempt_at: Set(ending.next_attempt_at),
            answer: Set(Some(ending.answer)),
            answer_status: Set(ending.answer_status.map(i64::from)),
            attempted_at: Set(Some(now)),
            ended_at: Set(over.then_some(now)),
            ..<ActiveModel as Default>::default()
        })
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(delivery.id))
        .filter(Column::Status.eq(DeliveryStatus::Waiting))
        .filter(Column::WebhookId.in_subquery(still_in_hand))
        .exec(db)
        .await?;
    Ok(written.rows_affected == 1)
}

/// Lets a delivery wait again that is over, with all its attempts before it. `false`: it waits already.
pub async fn wait_again(txn: &impl ConnectionTrait, id: i64, now: DateTimeUtc) -> Result<bool, DbErr> {
    let written = Entity::update_many()
        .set(ActiveModel {
            status: Set(DeliveryStatus::Waiting),
            attempts: Set(0),
            next_attempt_at: Set(now),
            ended_at: Set(None),
            ..<ActiveModel as Default>::default()
        })
        .filter(Column::Id.eq(id))
        .filter(Column::Status.ne(DeliveryStatus::Waiting))
        .exec(txn)
        .await?;
    Ok(written.rows_affected == 1)
}

/// Lets everything that was put off be due now.
pub async fn hurry(txn: &impl ConnectionTrait, webhook_id: i64, now: DateTimeUtc) -> Result<(), DbErr> {
    Entity::update_many()
        .set(ActiveModel { next_attempt_at: Set(now), ..<ActiveModel as Default>::default() })
        .filter(Column::WebhookId.eq(webhook_id))
        .filter(Column::Status.eq(DeliveryStatus::Waiting))
        .filter(Column::NextAttemptAt.gt(now))
        .exec(txn)
        .await
        .map(|_| ())
}

pub async fn by_id(db: &impl ConnectionTrait, webhook_id: i64, id: i64) -> Result<Delivery> {
    let found = Entity::find_by_id(id).filter(Column::WebhookId.eq(webhook_id)).one(db).await?;
    found.ok_or_else(|| Error::not_found("webhook_delivery_not_found"))
}

/// The newest deliveries to one receiver, from before `before` on.
pub async fn newest(
    db: &impl ConnectionTrait,
    webhook_id: i64,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Delivery>, DbErr> {
    let mut newest = Entity::find().filter(Column::WebhookId.eq(webhook_id));
    if let Some(before) = before {
        newest = newest.filter(Column::Id.lt(before));
    }
    newest.order_by_desc(Column::Id).limit(limit).all(db).await
}

/// How many wait for each receiver, and how many were given up.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<(i64, DeliveryStatus, i64)>, DbErr> {
    Entity::find()
        .select_only()
        .columns([Column::WebhookId, Column::Status])
        .column_as(Column::Id.count(), "deliveries")
        .filter(Column::Status.ne(DeliveryStatus::Delivered))
        .filter(Column::CaseId.is_not_null())
        .group_by(Column::WebhookId)
        .group_by(Column::Status)
        .into_tuple()
        .all(db)
        .await
}

/// Forgets what waits for a receiver that is removed.
pub async fn forget_waiting(txn: &impl ConnectionTrait, webhook_id: i64) -> Result<u64, DbErr> {
    let waiting = Entity::delete_many()
        .filter(Column::WebhookId.eq(webhook_id))
        .filter(Column::Status.eq(DeliveryStatus::Waiting));
    Ok(waiting.exec(txn).await?.rows_affected)
}

/// Forgets deliveries that ended before `limit`.
pub async fn delete_before(db: &impl ConnectionTrait, limit: DateTimeUtc) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::EndedAt.lt(limit)).exec(db).await.map(|_| ())
}
