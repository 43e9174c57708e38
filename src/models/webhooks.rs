//! Webhooks: whom other programs' receivers are, who sends to which just now, and how each receiver fares.

use rand::{TryRngCore, rngs::OsRng};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult, QueryOrder, QuerySelect, QueryTrait, Statement};

use super::halts;
use super::webhook_deliveries::DUE;
use crate::domain::webhook::{EventKind, SECRET_BYTES, Secret};
use crate::errors::{Error, Result};

pub use super::_entities::webhooks::{ActiveModel, Column, Entity, Model as Webhook};

/// Whether and why a receiver is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    On,
    /// It failed so often that it is left alone for a while.
    Resting,
    Paused,
    /// The receiver said so.
    Gone,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Resting => "resting",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }
}

impl Webhook {
    pub fn events(&self) -> impl Iterator<Item = EventKind> {
        self.events.split(' ').filter_map(|event| event.parse().ok())
    }

    pub fn wants(&self, kind: EventKind) -> bool {
        self.events().any(|event| event == kind)
    }

    pub fn standing(&self, now: DateTimeUtc) -> Standing {
        if self.gone_at.is_some() {
            Standing::Gone
        } else if self.paused_at.is_some() {
            Standing::Paused
        } else if self.rest_until.is_some_and(|until| until > now) {
            Standing::Resting
        } else {
            Standing::On
        }
    }

    pub fn is_on(&self) -> bool {
        self.gone_at.is_none() && self.paused_at.is_none()
    }

    pub fn audit_subject(&self) -> String {
        format!("webhook:{}", self.id)
    }

    /// The row that its secrets are sealed for.
    pub fn vault_row(&self) -> String {
        format!("webhooks/{}/secret", self.id)
    }
}

pub struct NewWebhook {
    pub name: String,
    pub url: String,
    pub events: Vec<EventKind>,
    pub created_by: String,
}

/// Without its secret, which is sealed for the row's number.
pub async fn insert(txn: &impl ConnectionTrait, new: NewWebhook, now: DateTimeUtc) -> Result<Webhook, DbErr> {
    let events: Vec<String> = new.events.iter().map(ToString::to_string).collect();
    let row = ActiveModel {
        name: Set(new.name),
        url: Set(new.url),
        events: Set(events.join(" ")),
        secret: Set(String::new()),
        created_by: Set(new.created_by),
        created_at: Set(now),
        failures: Set(0),
        fence: Set(0),
        ..<ActiveModel as Default>::default()
    };
    row.insert(txn).await
}

/// A new secret of 256 random bits.
pub fn generate_secret() -> Result<Secret, rand::rand_core::OsError> {
    let mut bytes = [0_u8; SECRET_BYTES];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(Secret::new(bytes))
}

/// Writes `change` on a webhook that has not been removed.
pub async fn update(txn: &impl ConnectionTrait, id: i64, change: ActiveModel) -> Result<Webhook> {
    Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::RemovedAt.is_null())
        .exec_with_returning(txn)
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("webhook_not_found"))
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Webhook> {
    let found = Entity::find_by_id(id).filter(Column::RemovedAt.is_null()).one(db).await?;
    found.ok_or_else(|| Error::not_found("webhook_not_found"))
}

/// All that have not been removed, in the order in which they were made.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Webhook>, DbErr> {
    Entity::find().filter(Column::RemovedAt.is_null()).order_by_asc(Column::Id).all(db).await
}

/// Takes up to `limit` receivers in hand that something is due for, those first that were served longest ago. None while
/// the desk is halted.
pub async fn claim(
    db: &impl ConnectionTrait,
    limit: usize,
    lease_until: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<Vec<Webhook>, DbErr> {
    let mut ready = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::PausedAt.is_null())
        .filter(Column::GoneAt.is_null())
        .filter(Column::RemovedAt.is_null())
        .filter(Column::RestUntil.is_null().or(Column::RestUntil.lte(now)))
        .filter(Column::LeaseUntil.is_null().or(Column::LeaseUntil.lte(now)))
        .filter(halts::none())
        .filter(something_is_due(db.get_database_backend(), now))
        .order_by_asc(Expr::cust("COALESCE(lease_until, created_at)"))
        .order_by_asc(Column::Id)
        .limit(limit as u64)
        .into_query();
    if db.get_database_backend() == DatabaseBackend::Postgres {
        ready.lock_with_behavior(sea_orm::sea_query::LockType::Update, sea_orm::sea_query::LockBehavior::SkipLocked);
    }
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(lease_until))
        .col_expr(Column::Fence, Expr::cust("fence + 1"))
        .filter(Column::Id.in_subquery(ready))
        .exec_with_returning(db)
        .await
}

/// The two databases count the values of a piece of SQL in their own ways.
fn something_is_due(backend: DatabaseBackend, now: DateTimeUtc) -> Expr {
    let value = if backend == DatabaseBackend::Postgres { "$1" } else { "?" };
    let due = format!("SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = webhooks.id AND {DUE} {value}");
    Expr::cust_with_values(format!("EXISTS ({due})"), [now])
}

/// Lets others have it again. The end of the lease stays: by it the one comes first that was served longest ago.
pub async fn release(db: &impl ConnectionTrait, claimed: &Webhook, now: DateTimeUtc) -> Result<(), DbErr> {
    Entity::update_many()
        .set(ActiveModel { lease_until: Set(Some(now)), ..<ActiveModel as Default>::default() })
        .filter(Column::Id.eq(claimed.id))
        .filter(Column::Fence.eq(claimed.fence))
        .exec(db)
        .await
        .map(|_| ())
}

/// How a receiver fares, if it is still in the sender's hand.
pub async fn note(
    db: &impl ConnectionTrait,
    claimed: &Webhook,
    failures: u32,
    rest_until: Option<DateTimeUtc>,
    now: DateTimeUtc,
) -> Result<(), DbErr> {
    let since = if failures == 0 { None } else { claimed.failing_since.or(Some(now)) };
    let change = ActiveModel {
        failures: Set(failures.into()),
        failing_since: Set(since),
        rest_until: Set(rest_until),
        ..<ActiveModel as Default>::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(claimed.id))
        .filter(Column::Fence.eq(claimed.fence))
        .exec(db)
        .await
        .map(|_| ())
}

/// The same secrets, sealed anew: nothing happens where the row holds others by now.
pub async fn reseal(db: &impl ConnectionTrait, old: &Webhook, new: ActiveModel) -> Result<bool, DbErr> {
    let written = Entity::update_many().set(new).filter(Column::Id.eq(old.id)).filter(Column::Secret.eq(&old.secret));
    Ok(written.exec(db).await?.rows_affected == 1)
}

/// What needs an administrator: how many receivers, since when the first, and the names of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ailing {
    pub receivers: i64,
    pub since: DateTimeUtc,
    pub names: Vec<String>,
}

/// Receivers that have failed since before `failing_before`, are gone, or for which something was given up after
/// `given_up_after`.
pub async fn ailing(
    db: &impl ConnectionTrait,
    failing_before: DateTimeUtc,
    given_up_after: DateTimeUtc,
    names: usize,
) -> Result<Option<Ailing>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        name: String,
        since: DateTimeUtc,
    }
    let sql = "SELECT name, since FROM (SELECT w.id, w.name, COALESCE(w.gone_at,
                CASE WHEN w.failing_since < $1 THEN w.failing_since END,
                (SELECT MIN(d.ended_at) FROM webhook_deliveries d
                    WHERE d.webhook_id = w.id AND d.status = 'given_up' AND d.case_id IS NOT NULL AND d.ended_at > $2)
            ) AS since
            FROM webhooks w WHERE w.removed_at IS NULL AND w.paused_at IS NULL) AS known
        WHERE since IS NOT NULL ORDER BY id";
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), sql, [failing_before.into(), given_up_after.into()]);
    let found = Found::find_by_statement(statement).all(db).await?;
    let since = found.iter().map(|hook| hook.since).min();
    Ok(since.map(|since| Ailing {
        receivers: i64::try_from(found.len()).unwrap_or(i64::MAX),
        since,
        names: found.into_iter().take(names).map(|hook| hook.name).collect(),
    }))
}
