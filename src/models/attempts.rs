//! Intents to revoke and the CA's answers.

use std::collections::HashSet;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Query, SimpleExpr};
use sea_orm::{ActiveValue::Set, ConnectionTrait, FromQueryResult, Iterable, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::certificates::Certificate;
use super::columns::AttemptOutcome;
use super::revocation_cases::Case;
use super::rows::{Rows, among, given};
use crate::domain::actor::Actor;
use crate::errors::{Error, Result};

pub use super::_entities::attempts::{ActiveModel, Column, Entity, Model as Attempt};

pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<Attempt>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Id).all(db).await
}

/// The last attempt that the CA has answered.
pub async fn newest_answered(db: &impl ConnectionTrait) -> Result<Option<Attempt>, DbErr> {
    Entity::find().filter(Column::Outcome.is_not_null()).order_by_desc(Column::Id).one(db).await
}

/// Writes the answer to an attempt that has none; a second answer is refused.
pub async fn answer(
    txn: &impl ConnectionTrait,
    attempt: &Attempt,
    outcome: AttemptOutcome,
    answer: &str,
    now: DateTimeUtc,
) -> Result<()> {
    let row = ActiveModel {
        outcome: Set(Some(outcome)),
        answer: Set(Some(answer.to_owned())),
        answered_at: Set(Some(now)),
        ..Default::default()
    };
    let written = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(attempt.id))
        .filter(Column::Outcome.is_null())
        .exec(txn)
        .await?;
    if written.rows_affected == 1 { Ok(()) } else { Err(Error::conflict("attempt_answered")) }
}

/// Those of these cases on which the CA took an order of ours, or had taken it before.
pub async fn accepted(db: &impl ConnectionTrait, case_ids: Vec<i64>) -> Result<HashSet<i64>, DbErr> {
    let cases: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::CaseId)
        .filter(among(db, Column::CaseId, case_ids))
        .filter(Column::Outcome.is_in([AttemptOutcome::Accepted, AttemptOutcome::AlreadyRevoked]))
        .into_tuple()
        .all(db)
        .await?;
    Ok(cases.into_iter().collect())
}

/// Intents for cases that are about to take their step to `revoking`, each with its source certificate.
pub async fn insert_many(
    txn: &impl ConnectionTrait,
    intents: &[(&Case, &Certificate)],
    actor: &Actor,
    batch_run: Option<i64>,
    now: DateTimeUtc,
) -> Result<Vec<Attempt>, DbErr> {
    let rows = Rows::default()
        .numbers("row_case", intents.iter().map(|(case, _)| case.id))
        .numbers("row_version", intents.iter().map(|(case, _)| case.version + 1))
        .texts("row_request", intents.iter().map(|_| Uuid::new_v4().to_string()))
        .texts("row_issuer", intents.iter().map(|(_, source)| source.issuer.clone()))
        .texts("row_serial", intents.iter().map(|(_, source)| source.serial.to_string()))
        .texts("row_sha256", intents.iter().map(|(_, source)| source.sha256.to_string()))
        .numbers("row_reason", intents.iter().map(|(case, _)| i64::from(case.revocation_reason.code())));
    let filled: [(Column, SimpleExpr); 11] = [
        (Column::CaseId, given("row_case")),
        (Column::CaseVersion, given("row_version")),
        (Column::RequestId, given("row_request")),
        (Column::BatchRunId, batch_run.into()),
        (Column::Actor, actor.key().into()),
        (Column::ActorName, actor.name().into()),
        (Column::Issuer, given("row_issuer")),
        (Column::Serial, given("row_serial")),
        (Column::Sha256, given("row_sha256")),
        (Column::RevocationReason, given("row_reason")),
        (Column::IntendedAt, now.into()),
    ];
    let mut insert = rows.into_insert(txn, Entity, filled)?;
    insert.returning(Query::returning().columns(Column::iter()));
    txn.query_all(&insert).await?.iter().map(|row| Attempt::from_query_result(row, "")).collect()
}

/// What the CA said to one attempt.
pub struct Answer<'a> {
    pub attempt: &'a Attempt,
    pub outcome: AttemptOutcome,
    pub text: &'a str,
}

/// Writes the answers to attempts that have none. All or nothing, as [`answer`].
pub async fn answer_many(txn: &impl ConnectionTrait, answers: &[Answer<'_>], now: DateTimeUtc) -> Result<()> {
    let rows = Rows::default()
        .numbers("row_id", answers.iter().map(|answer| answer.attempt.id))
        .texts("row_outcome", answers.iter().map(|answer| answer.outcome.as_str().to_owned()))
        .texts("row_answer", answers.iter().map(|answer| answer.text.to_owned()));
    let mut update = Entity::update_many()
        .col_expr(Column::Outcome, given("row_outcome"))
        .col_expr(Column::Answer, given("row_answer"))
        .col_expr(Column::AnsweredAt, now.into())
        .filter(Expr::col((Entity, Column::Id)).eq(given("row_id")))
        .filter(Column::Outcome.is_null());
    QueryTrait::query(&mut update).from(rows.into_table(txn));
    let written = update.exec(txn).await?.rows_affected;
    if usize::try_from(written) == Ok(answers.len()) { Ok(()) } else { Err(Error::conflict("attempt_answered")) }
}
