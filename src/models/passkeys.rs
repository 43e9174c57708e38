//! Passkeys: finders and writes. What a credential means is decided by `src/passkeys.rs`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

pub use super::_entities::passkeys::{ActiveModel, Column, Entity, Model};

pub struct NewPasskey {
    pub user_id: i64,
    pub credential_id: String,
    pub name: String,
    pub credential: String,
}

pub async fn insert(db: &impl ConnectionTrait, new: NewPasskey, now: DateTime<Utc>) -> Result<Model, DbErr> {
    ActiveModel {
        user_id: Set(new.user_id),
        credential_id: Set(new.credential_id),
        name: Set(new.name),
        credential: Set(new.credential),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(db)
    .await
}

/// Oldest first.
pub async fn of_user(db: &impl ConnectionTrait, user_id: i64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::UserId.eq(user_id)).order_by_asc(Column::Id).all(db).await
}

pub async fn count_of(db: &impl ConnectionTrait, user_id: i64) -> Result<u64, DbErr> {
    Entity::find().filter(Column::UserId.eq(user_id)).count(db).await
}

/// Users who have at least one.
pub async fn owners(db: &impl ConnectionTrait) -> Result<HashSet<i64>, DbErr> {
    let ids: Vec<i64> = Entity::find().select_only().column(Column::UserId).distinct().into_tuple().all(db).await?;
    Ok(ids.into_iter().collect())
}

pub async fn find_by_credential(db: &impl ConnectionTrait, credential_id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::CredentialId.eq(credential_id)).one(db).await
}

/// Notes that it was used; `credential` counts its uses.
pub async fn note_use(db: &impl ConnectionTrait, id: i64, credential: String, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Credential, credential.into())
        .col_expr(Column::LastUsedAt, now.into())
        .filter(Column::Id.eq(id))
        .exec(db)
        .await
        .map(|_| ())
}

/// `None`: the user has no such passkey.
pub async fn delete(db: &impl ConnectionTrait, user_id: i64, id: i64) -> Result<Option<Model>, DbErr> {
    let found = Entity::find_by_id(id).filter(Column::UserId.eq(user_id)).one(db).await?;
    if found.is_some() {
        Entity::delete_by_id(id).exec(db).await?;
    }
    Ok(found)
}

pub async fn delete_of(db: &impl ConnectionTrait, user_id: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(db).await.map(|_| ())
}
