//! One-time codes that stand in for the authenticator app of a member of staff. Only their hashes are kept.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

use super::recovery_codes::hash;

pub use super::_entities::user_recovery_codes::{ActiveModel, Column, Entity};

/// The codes from now on; older ones are worthless.
pub async fn replace(db: &impl ConnectionTrait, user_id: i64, codes: &[String]) -> Result<(), DbErr> {
    delete_of(db, user_id).await?;
    let rows = codes.iter().map(|code| ActiveModel {
        code_hash: Set(hash(&owner(user_id), code)),
        user_id: Set(user_id),
        used_at: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Uses the code up. `false`: it is none of the user's, or was used before.
pub async fn use_up(db: &impl ConnectionTrait, user_id: i64, typed: &str, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::CodeHash.eq(hash(&owner(user_id), typed)))
        .filter(Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

pub async fn count_unused(db: &impl ConnectionTrait, user_id: i64) -> Result<u64, DbErr> {
    Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::UsedAt.is_null()).count(db).await
}

pub async fn delete_of(db: &impl ConnectionTrait, user_id: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(db).await.map(|_| ())
}

fn owner(user_id: i64) -> String {
    format!("user:{user_id}")
}
