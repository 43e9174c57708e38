//! Log-in attempts that have not succeeded, per account and address.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};

pub use super::_entities::login_failures::{ActiveModel, Column, Entity};

/// Lets one attempt on an account and address be counted at a time, until the transaction ends. SQLite has one writer
/// anyway.
pub async fn queue_up(txn: &impl ConnectionTrait, account: &str, address: &str) -> Result<(), DbErr> {
    if txn.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    let key = format!("{account} {address}");
    txn.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()])).await.map(|_| ())
}

/// When the last `count` attempts were made from an address, on one account or on any, newest first.
pub async fn latest(
    db: &impl ConnectionTrait,
    account: Option<&str>,
    address: &str,
    count: u64,
) -> Result<Vec<DateTime<Utc>>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::FailedAt)
        .filter(Condition::all().add_option(account.map(|account| Column::Account.eq(account))))
        .filter(Column::Address.eq(address))
        .order_by_desc(Column::FailedAt)
        .order_by_desc(Column::Id)
        .limit(count)
        .into_tuple()
        .all(db)
        .await
}

/// The id of the attempt.
pub async fn insert(db: &impl ConnectionTrait, account: &str, address: &str, now: DateTime<Utc>) -> Result<i64, DbErr> {
    let failure = ActiveModel {
        id: NotSet,
        account: Set(account.to_owned()),
        address: Set(address.to_owned()),
        failed_at: Set(now),
    };
    Ok(Entity::insert(failure).exec(db).await?.last_insert_id)
}

/// One attempt that turned out not to be a failure.
pub async fn delete(db: &impl ConnectionTrait, id: i64) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(db).await.map(|_| ())
}

pub async fn delete_of(db: &impl ConnectionTrait, account: &str, address: &str) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Account.eq(account))
        .filter(Column::Address.eq(address))
        .exec(db)
        .await
        .map(|_| ())
}

/// From every address.
pub async fn delete_of_account(db: &impl ConnectionTrait, account: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Account.eq(account)).exec(db).await.map(|_| ())
}

pub async fn delete_before(db: &impl ConnectionTrait, limit: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::FailedAt.lt(limit)).exec(db).await.map(|_| ())
}
