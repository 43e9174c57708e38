//! 設置の確認: what the sites of cases showed at the last look, and whose turn it is to be looked at.
//!
//! Two columns beside a case (`next_look_at`, `old_seen_at`) are written here alone: no step of the case, so nobody's form
//! becomes stale by a look.

use std::collections::HashMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, Func, LockBehavior, LockType, SelectStatement};
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, DatabaseBackend, DeriveIden, QueryOrder, QuerySelect, QueryTrait,
};

use super::_entities::installation_looks::{ActiveModel, Column, Entity};
use super::case_queue::is_one_of;
use super::revocation_cases::{self, Case};
use super::rows::among;
use crate::domain::certificate::Fingerprint;
use crate::domain::installation::{Hindrance, LOOKED_AT, Seen, Standing};

pub use super::_entities::installation_looks::Model as Look;

/// Columns of a case that only this module and the view 旧証明書のまま know.
#[derive(Debug, Clone, Copy, DeriveIden)]
pub(super) enum Beside {
    NextLookAt,
    OldSeenAt,
}

/// What one name showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLook {
    pub name: String,
    pub result: Result<Sight, Hindrance>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    pub seen: Seen,
    pub port: u16,
    pub sha256: Fingerprint,
}

impl NewLook {
    pub fn seen(&self) -> Seen {
        self.result.as_ref().map_or(Seen::Unreachable, |sight| sight.seen)
    }
}

/// What the looks at one case come to, and when they were taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub standing: Standing,
    pub looked_at: DateTimeUtc,
}

/// `None`: nobody has looked yet.
pub fn summary<'a>(looks: impl IntoIterator<Item = &'a Look>) -> Option<Summary> {
    let looks: Vec<&Look> = looks.into_iter().collect();
    let seen: Vec<Seen> = looks.iter().map(|look| look.seen).collect();
    let looked_at = looks.iter().map(|look| look.looked_at).max()?;
    Some(Summary { standing: Standing::of(&seen)?, looked_at })
}

/// By name.
pub async fn of_case(db: &impl ConnectionTrait, case_id: i64) -> Result<Vec<Look>, DbErr> {
    Entity::find().filter(Column::CaseId.eq(case_id)).order_by_asc(Column::Name).all(db).await
}

/// By the cases that were looked at.
pub async fn summaries(db: &impl ConnectionTrait, case_ids: Vec<i64>) -> Result<HashMap<i64, Summary>, DbErr> {
    let mut by_case: HashMap<i64, Vec<Look>> = HashMap::new();
    for look in Entity::find().filter(among(db, Column::CaseId, case_ids)).all(db).await? {
        by_case.entry(look.case_id).or_default().push(look);
    }
    Ok(by_case.into_iter().filter_map(|(id, looks)| Some((id, summary(&looks)?))).collect())
}

/// Takes up to `limit` cases whose turn has come at `now`, first due first, and keeps others from them until `until`.
pub async fn claim_due(
    txn: &impl ConnectionTrait,
    limit: u64,
    until: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<Vec<Case>, DbErr> {
    let mut due = due(now)
        .select_only()
        .column(revocation_cases::Column::Id)
        .order_by_asc(revocation_cases::Column::DueOn)
        .order_by_asc(revocation_cases::Column::Id)
        .limit(limit)
        .into_query();
    if txn.get_database_backend() == DatabaseBackend::Postgres {
        due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    revocation_cases::Entity::update_many()
        .col_expr(Beside::NextLookAt, Expr::value(until))
        .filter(revocation_cases::Column::Id.in_subquery(due))
        .exec_with_returning(txn)
        .await
}

/// The cases whose turn has come at `now`.
fn due(now: DateTimeUtc) -> Select<revocation_cases::Entity> {
    let turn = Expr::col(Beside::NextLookAt);
    revocation_cases::Entity::find()
        .filter(is_one_of(LOOKED_AT))
        .filter(revocation_cases::Column::ReplacementCertificateId.is_not_null())
        .filter(Condition::any().add(turn.clone().is_null()).add(turn.lte(now)))
}

/// Puts the looks taken at `now` in the place of the former ones; the next turn comes at `next`.
pub async fn keep(
    txn: &impl ConnectionTrait,
    case_id: i64,
    looks: Vec<NewLook>,
    next: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let old_in_use = looks.iter().any(|look| look.seen() == Seen::Old);
    Entity::delete_many().filter(Column::CaseId.eq(case_id)).exec(txn).await?;
    if !looks.is_empty() {
        let rows = looks.into_iter().map(|look| row(case_id, look, now));
        Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    let since = if old_in_use {
        Func::coalesce([Expr::col(Beside::OldSeenAt), Expr::value(now)]).into()
    } else {
        Expr::value(None::<DateTimeUtc>)
    };
    revocation_cases::Entity::update_many()
        .col_expr(Beside::NextLookAt, Expr::value(next))
        .col_expr(Beside::OldSeenAt, since)
        .filter(revocation_cases::Column::Id.eq(case_id))
        .exec(txn)
        .await
        .map(|_| ())
}

fn row(case_id: i64, look: NewLook, now: DateTimeUtc) -> ActiveModel {
    let seen = look.seen();
    let (sight, hindrance) = match look.result {
        Ok(sight) => (Some(sight), None),
        Err(hindrance) => (None, Some(hindrance)),
    };
    ActiveModel {
        case_id: Set(case_id),
        name: Set(look.name),
        seen: Set(seen),
        port: Set(sight.as_ref().map(|sight| sight.port.into())),
        sha256: Set(sight.map(|sight| sight.sha256)),
        hindrance: Set(hindrance),
        looked_at: Set(now),
    }
}

/// Lets every case wait for its turn anew: with other ports something else may be seen.
pub async fn forget_turns(txn: &impl ConnectionTrait) -> Result<(), DbErr> {
    revocation_cases::Entity::update_many()
        .col_expr(Beside::NextLookAt, Expr::value(None::<DateTimeUtc>))
        .filter(is_one_of(LOOKED_AT))
        .filter(Expr::col(Beside::NextLookAt).is_not_null())
        .exec(txn)
        .await
        .map(|_| ())
}

/// Cases at whose sites somebody looks while it is on, to be counted: all of them, and those that were looked at.
pub fn counted() -> [SelectStatement; 2] {
    let all = revocation_cases::Entity::find()
        .filter(is_one_of(LOOKED_AT))
        .filter(revocation_cases::Column::ReplacementCertificateId.is_not_null());
    let looked_at = Entity::find().select_only().column(Column::CaseId).into_query();
    [all.clone(), all.filter(revocation_cases::Column::Id.in_subquery(looked_at))].map(QueryTrait::into_query)
}
