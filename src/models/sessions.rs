//! Log-in sessions as rows, and how long they live. The cookie's value itself is never stored.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

pub use super::_entities::sessions::{ActiveModel, Column, Entity, Model};

/// A member of staff who does nothing for this long is logged out.
pub const IDLE: Duration = Duration::minutes(15);
/// A customer who does nothing for this long is logged out.
pub const CUSTOMER_IDLE: Duration = Duration::minutes(30);
/// Nobody stays logged in for longer, busy or not.
pub const ABSOLUTE: Duration = Duration::hours(10);
/// How long a visitor has to fill in the log-in form.
pub const ANONYMOUS: Duration = Duration::minutes(30);
/// `last_seen_at` is written at most this often.
const TOUCH: Duration = Duration::minutes(1);

impl Entity {
    /// The session, if it has neither ended nor been idle for too long.
    pub async fn find_live(
        db: &impl ConnectionTrait,
        id_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Model>, DbErr> {
        let found = Self::find_by_id(id_hash.to_owned()).filter(Column::ExpiresAt.gt(now)).one(db).await?;
        Ok(found.filter(|session| session.idle_limit().is_none_or(|limit| now < session.last_seen_at + limit)))
    }
}

impl Model {
    /// A visitor's session has no limit but its end.
    fn idle_limit(&self) -> Option<Duration> {
        match (self.user_id, self.customer_id) {
            (Some(_), _) => Some(IDLE),
            (None, Some(_)) => Some(CUSTOMER_IDLE),
            (None, None) => None,
        }
    }
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Visitor,
    User(i64),
    Customer(i64),
}

pub async fn insert(
    db: &impl ConnectionTrait,
    id_hash: String,
    owner: Owner,
    data: String,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (user_id, customer_id, lifetime) = match owner {
        Owner::Visitor => (None, None, ANONYMOUS),
        Owner::User(id) => (Some(id), None, ABSOLUTE),
        Owner::Customer(id) => (None, Some(id), ABSOLUTE),
    };
    let session = ActiveModel {
        id_hash: Set(id_hash),
        user_id: Set(user_id),
        customer_id: Set(customer_id),
        data: Set(data),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(now + lifetime),
    };
    Entity::insert(session).exec_without_returning(db).await.map(|_| ())
}

/// Whose session it is or was, as long as its row is there.
pub async fn owner(db: &impl ConnectionTrait, id_hash: &str) -> Result<Option<i64>, DbErr> {
    Ok(Entity::find_by_id(id_hash.to_owned()).one(db).await?.and_then(|session| session.user_id))
}

/// Stores the data of a session that still exists; one that was ended meanwhile stays ended.
pub async fn store_data(db: &impl ConnectionTrait, id_hash: &str, data: String) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Data, data.into())
        .filter(Column::IdHash.eq(id_hash))
        .exec(db)
        .await
        .map(|_| ())
}

/// Notes that the session was used.
pub async fn touch(db: &impl ConnectionTrait, session: &Model, now: DateTime<Utc>) -> Result<(), DbErr> {
    if now < session.last_seen_at + TOUCH {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::LastSeenAt, now.into())
        .filter(Column::IdHash.eq(session.id_hash.as_str()))
        .exec(db)
        .await
        .map(|_| ())
}

pub async fn delete(db: &impl ConnectionTrait, id_hash: &str) -> Result<(), DbErr> {
    Entity::delete_by_id(id_hash.to_owned()).exec(db).await.map(|_| ())
}

/// The log-ins of a user that have not ended, the one used last first.
pub async fn of_user(db: &impl ConnectionTrait, user_id: i64, now: DateTime<Utc>) -> Result<Vec<Model>, DbErr> {
    let found = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::LastSeenAt.gt(now - IDLE))
        .order_by_desc(Column::LastSeenAt);
    found.all(db).await
}

/// Ends one log-in of a user. `false`: the user has no such.
pub async fn delete_one(db: &impl ConnectionTrait, user_id: i64, id_hash: &str) -> Result<bool, DbErr> {
    let one = Entity::delete_by_id(id_hash.to_owned()).filter(Column::UserId.eq(user_id));
    Ok(one.exec(db).await?.rows_affected == 1)
}

/// Ends all log-ins of a user but one.
pub async fn delete_others(db: &impl ConnectionTrait, user_id: i64, kept: &str) -> Result<u64, DbErr> {
    let others = Entity::delete_many().filter(Column::UserId.eq(user_id)).filter(Column::IdHash.ne(kept));
    Ok(others.exec(db).await?.rows_affected)
}

/// Logs a user out everywhere.
pub async fn delete_of_user(db: &impl ConnectionTrait, user_id: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(db).await.map(|_| ())
}

/// Logs a customer out everywhere.
pub async fn delete_of_customer(db: &impl ConnectionTrait, customer_id: i64) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::CustomerId.eq(customer_id)).exec(db).await.map(|_| ())
}

/// Logs everybody out.
pub async fn delete_all(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    Entity::delete_many().exec(db).await.map(|_| ())
}

/// Not at once: a form that is sent shortly after the end is kept for the one whose session it was.
pub async fn delete_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(now - ANONYMOUS)).exec(db).await.map(|_| ())
}
