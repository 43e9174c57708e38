//! One-time links: only the hash of the token is kept, each works once and until it expires.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::columns::LinkPurpose;

pub use super::_entities::customer_links::{ActiveModel, Column, Entity, Model as CustomerLink};

/// The key of the row of a token.
pub fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

pub async fn insert(
    db: &impl ConnectionTrait,
    customer_id: i64,
    purpose: LinkPurpose,
    token_hash: String,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let link = ActiveModel {
        token_hash: Set(token_hash),
        customer_id: Set(customer_id),
        purpose: Set(purpose),
        created_at: Set(now),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    Entity::insert(link).exec_without_returning(db).await.map(|_| ())
}

/// The link of this token, if it still works.
pub async fn find_open(
    db: &impl ConnectionTrait,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<CustomerLink>, DbErr> {
    let open = Entity::find_by_id(hash(token)).filter(Column::UsedAt.is_null()).filter(Column::ExpiresAt.gt(now));
    open.one(db).await
}

/// Uses the link up. `false`: it was used or ran out meanwhile.
pub async fn use_up(db: &impl ConnectionTrait, token_hash: &str, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::TokenHash.eq(token_hash))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Makes the customer's links that were not used worthless: those of one purpose, or all.
pub async fn delete_unused(
    db: &impl ConnectionTrait,
    customer_id: i64,
    purpose: Option<LinkPurpose>,
) -> Result<(), DbErr> {
    let mut unused = Entity::delete_many().filter(Column::CustomerId.eq(customer_id)).filter(Column::UsedAt.is_null());
    if let Some(purpose) = purpose {
        unused = unused.filter(Column::Purpose.eq(purpose));
    }
    unused.exec(db).await.map(|_| ())
}

pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(db).await.map(|_| ())
}
