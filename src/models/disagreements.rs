//! What a CA published about revocations that is not what was ordered, each with the bytes that say so.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, TryInsertResult};

use super::_entities::proof_disagreements::{ActiveModel, Column, Entity};
use crate::domain::evidence::Disagreement;

pub use super::_entities::proof_disagreements::Model as FoundDisagreement;

/// Keeps what was found about a case; `false` when the same was found before.
pub async fn keep(
    txn: &impl ConnectionTrait,
    case_id: i64,
    disagreement: Disagreement,
    document_id: i64,
    now: DateTimeUtc,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        case_id: Set(case_id),
        disagreement: Set(disagreement),
        document_id: Set(document_id),
        found_at: Set(now),
        ..Default::default()
    };
    let inserted = Entity::insert(row)
        .on_conflict_do_nothing_on([Column::CaseId, Column::Disagreement])
        .exec_without_returning(txn)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// Oldest first.
pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<FoundDisagreement>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Id).all(db).await
}
