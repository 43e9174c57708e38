//! Acts on many cases at once: the act, its frozen list of cases, and what became of each.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, SimpleExpr};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, QueryTrait};

use super::_entities::bulk_items;
use super::columns::ItemOutcome;
use super::keyset::{self, Keyset};
use super::revocation_cases::Case;
use super::rows::{Rows, given};
use crate::domain::bulk::{BulkKind, BulkState};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};

pub use super::_entities::bulk_acts::{ActiveModel, Column, Entity, Model as BulkAct};
pub use super::_entities::bulk_items::Model as BulkItem;
pub use super::refusals::Refusal;

impl BulkAct {
    pub fn audit_subject(&self) -> String {
        format!("bulk_act:{}", self.id)
    }
}

impl BulkItem {
    pub fn refusal(&self) -> Option<Refusal> {
        serde_json::from_str(self.refusal.as_deref()?).ok()
    }

    /// Still to be done.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<BulkAct> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("bulk_not_found"))
}

/// In the order of the list.
pub async fn items(db: &impl ConnectionTrait, bulk_id: i64) -> Result<Vec<BulkItem>, DbErr> {
    bulk_items::Entity::find()
        .filter(bulk_items::Column::BulkId.eq(bulk_id))
        .order_by_asc(bulk_items::Column::Position)
        .all(db)
        .await
}

pub type Page = keyset::Page<i64>;

const ORDER: Keyset<1, Column> = Keyset { columns: [Column::Id], newest_first: true };

/// Bulk revocations, newest first.
pub async fn revocations(db: &impl ConnectionTrait, page: Page, limit: u64) -> Result<(Vec<BulkAct>, bool), DbErr> {
    // Written into the statement, where the partial index can be recognised.
    let revocation = Expr::col(Column::Kind).eq(Expr::Constant(BulkKind::Revoke.into()));
    let mut query = Entity::find().filter(revocation);
    ORDER.narrow(QueryTrait::query(&mut query), &page, limit);
    Ok(page.cut(query.all(db).await?, limit))
}

/// How many cases each act holds, and how many of them its request left out.
pub async fn sizes(db: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<(i64, i64, i64)>, DbErr> {
    bulk_items::Entity::find()
        .select_only()
        .column(bulk_items::Column::BulkId)
        .column_as(bulk_items::Column::Position.count(), "cases")
        .column_as(left_out().sum().cast_as(Alias::new("BIGINT")), "left_out")
        .filter(bulk_items::Column::BulkId.is_in(ids.iter().copied()))
        .group_by(bulk_items::Column::BulkId)
        .into_tuple()
        .all(db)
        .await
}

fn left_out() -> SimpleExpr {
    Expr::case(bulk_items::Column::Outcome.eq(ItemOutcome::LeftOut), 1).finally(0).into()
}

/// Keeps the act with its cases as they are now.
pub async fn insert(txn: &impl ConnectionTrait, act: ActiveModel, cases: &[Case]) -> Result<BulkAct, DbErr> {
    let act = act.insert(txn).await?;
    let rows = Rows::default()
        .numbers("row_position", (1..).take(cases.len()))
        .numbers("row_case", cases.iter().map(|case| case.id))
        .numbers("row_version", cases.iter().map(|case| case.version));
    let filled: [(bulk_items::Column, SimpleExpr); 4] = [
        (bulk_items::Column::BulkId, act.id.into()),
        (bulk_items::Column::Position, given("row_position")),
        (bulk_items::Column::CaseId, given("row_case")),
        (bulk_items::Column::CaseVersion, given("row_version")),
    ];
    let insert = rows.into_insert(txn, bulk_items::Entity, filled)?;
    txn.execute(&insert).await?;
    Ok(act)
}

/// Takes the act from one state to the next, if nobody was faster; the version grows by one.
pub async fn advance(
    txn: &impl ConnectionTrait,
    act: &BulkAct,
    from: BulkState,
    to: BulkState,
    change: impl FnOnce(&mut ActiveModel),
) -> Result<BulkAct> {
    let moved = || Error::Conflict(Problem::new("bulk_moved_on"));
    if act.state != from {
        return Err(moved());
    }
    let mut row = ActiveModel { state: Set(to), version: Set(act.version + 1), ..<ActiveModel as Default>::default() };
    change(&mut row);
    Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(act.id))
        .filter(Column::State.eq(from))
        .filter(Column::Version.eq(act.version))
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(moved)
}

/// Writes what became of one case.
pub async fn settle(
    db: &impl ConnectionTrait,
    item: &BulkItem,
    outcome: ItemOutcome,
    refusal: Option<&Refusal>,
) -> Result<()> {
    let row = bulk_items::ActiveModel {
        outcome: Set(Some(outcome)),
        refusal: Set(refusal.map(serde_json::to_string).transpose().map_err(Error::internal)?),
        ..<bulk_items::ActiveModel as Default>::default()
    };
    bulk_items::Entity::update_many()
        .set(row)
        .filter(bulk_items::Column::BulkId.eq(item.bulk_id))
        .filter(bulk_items::Column::Position.eq(item.position))
        .exec(db)
        .await?;
    Ok(())
}
