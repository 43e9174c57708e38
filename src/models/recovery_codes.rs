//! One-time codes that stand in for the authenticator app. Only their hashes are kept.

use chrono::{DateTime, Utc};
use rand::Rng;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::passwords::LEGIBLE;

pub use super::_entities::customer_recovery_codes::{ActiveModel, Column, Entity};

/// How many a customer gets.
pub const COUNT: usize = 10;

/// Codes to be handed over once: 16 characters of 31, 79 bits, in groups of four. So many bits need no slow hash.
pub fn generate() -> Vec<String> {
    let mut rng = rand::rng();
    let mut group = || (0..4).map(|_| char::from(LEGIBLE[rng.random_range(0..LEGIBLE.len())])).collect::<String>();
    (0..COUNT).map(|_| [group(), group(), group(), group()].join("-")).collect()
}

/// The customer's codes from now on; older ones are worthless.
pub async fn replace(db: &impl ConnectionTrait, customer_id: i64, codes: &[String]) -> Result<(), DbErr> {
    delete_of(db, customer_id).await?;
    let rows = codes.iter().map(|code| ActiveModel {
        code_hash: Set(hash(&customer_id.to_string(), code)),
        customer_id: Set(customer_id),
        used_at: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Uses the code up. `false`: it is none of the customer's, or was used before.
pub async fn use_up(
    db: &impl ConnectionTrait,
    customer_id: i64,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::CodeHash.eq(hash(&customer_id.to_string(), typed)))
        .filter(Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

pub async fn count_unused(db: &impl ConnectionTrait, customer_id: i64) -> Result<u64, DbErr> {
    Entity::find().filter(Column::CustomerId.eq(customer_id)).filter(Column::UsedAt.is_null()).count(db).await
}

pub async fn delete_of(db: &impl ConnectionTrait, customer_id: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::CustomerId.eq(customer_id)).exec(db).await.map(|_| ())
}

/// Case, spaces and dashes do not count. `owner` is a customer's id, or names a member of staff.
pub(super) fn hash(owner: &str, code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    hex::encode(Sha256::digest(format!("{owner}:{letters}")))
}
