//! Tokens of programs. Only the SHA-256 of a token is kept: a copy of the database opens nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use super::_entities::api_tokens::{ActiveModel, Column, Entity, Model};
use crate::domain::role::Role;

/// Lets secret scanners recognise a leaked token.
const PREFIX: &str = "rdesk_";

pub struct NewToken {
    pub name: String,
    pub role: Role,
    /// Words separated by blanks: `read`, `write`.
    pub scopes: String,
    pub expires_at: DateTime<Utc>,
    pub created_by: String,
}

impl Entity {
    /// The token's row, unless it is unknown, revoked or expired.
    pub async fn find_valid(
        db: &impl ConnectionTrait,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Model>, DbErr> {
        let hash = hash(token);
        let found = Self::find()
            .filter(Column::TokenHash.eq(hash.as_str()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .one(db)
            .await?;
        Ok(found.filter(|row| bool::from(row.token_hash.as_bytes().ct_eq(hash.as_bytes()))))
    }
}

pub async fn insert(db: &impl ConnectionTrait, new: NewToken, token: &str, now: DateTime<Utc>) -> Result<Model, DbErr> {
    let NewToken { name, role, scopes, expires_at, created_by } = new;
    ActiveModel {
        name: Set(name),
        role: Set(role),
        scopes: Set(scopes),
        token_hash: Set(hash(token)),
        expires_at: Set(expires_at),
        revoked_at: Set(None),
        created_at: Set(now),
        created_by: Set(created_by),
        ..Default::default()
    }
    .insert(db)
    .await
}

/// The names of these tokens, revoked ones too.
pub async fn names(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = i64>) -> Result<Vec<(i64, String)>, DbErr> {
    let tokens = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(tokens.into_iter().map(|token| (token.id, token.name)).collect())
}

/// The newest tokens, those that still work first.
pub async fn newest(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Model>, DbErr> {
    let dead = Column::RevokedAt.is_not_null().or(Column::ExpiresAt.lte(now));
    Entity::find().order_by_asc(dead).order_by_desc(Column::Id).limit(limit).all(db).await
}

/// Ends a token; true when it was not ended before.
pub async fn revoke(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<bool, DbErr> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, now.into())
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(db)
        .await
        .map(|result| result.rows_affected == 1)
}

/// A new token of 256 random bits.
pub fn generate() -> Result<String, rand::rand_core::OsError> {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
