//! Accounts of the portal: finders and writes. Each belongs to one subscriber and sees nothing of another.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

pub use super::_entities::customers::{ActiveModel, Column, Entity, Model as Customer};

/// A new account. `login` is already in the form that [`Entity::find_by_login`] looks up.
pub struct NewCustomer {
    pub subscriber_id: i64,
    /// ユーザーID
    pub login: String,
    pub name: String,
    pub email: String,
    /// `None` until the invitation was accepted.
    pub password_hash: Option<String>,
}

impl Entity {
    pub async fn find_enabled(db: &impl ConnectionTrait, id: i64) -> Result<Option<Customer>, DbErr> {
        Self::find_by_id(id).filter(Column::DisabledAt.is_null()).one(db).await
    }

    pub async fn find_by_login(db: &impl ConnectionTrait, login: &str) -> Result<Option<Customer>, DbErr> {
        Self::find().filter(Column::Login.eq(login)).one(db).await
    }
}

pub async fn insert(db: &impl ConnectionTrait, new: NewCustomer, now: DateTime<Utc>) -> Result<Customer, DbErr> {
    ActiveModel {
        subscriber_id: Set(new.subscriber_id),
        login: Set(new.login),
        name: Set(new.name),
        email: Set(new.email),
        password_hash: Set(new.password_hash),
        created_at: Set(now),
        ..Default::default()
    }
    .insert(db)
    .await
}

/// All accounts of a subscriber, disabled ones too.
pub async fn of_subscriber(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Vec<Customer>, DbErr> {
    Entity::find().filter(Column::SubscriberId.eq(subscriber_id)).all(db).await
}
