//! Accounts of the portal: finders and writes. Each belongs to one subscriber and sees nothing of another.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use super::messages::like_pattern;
use super::subscribers;
use crate::domain::account::{AccountState, login_key};
use crate::errors::{Error, Result};

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

impl Customer {
    pub fn state(&self) -> AccountState {
        match (self.disabled_at, &self.password_hash) {
            (Some(_), _) => AccountState::Disabled,
            (None, None) => AccountState::Invited,
            (None, Some(_)) => AccountState::Active,
        }
    }

    pub fn audit_subject(&self) -> String {
        format!("customer:{}", self.id)
    }
}

pub async fn by_id(db: &impl ConnectionTrait, id: i64) -> Result<Customer> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Error::not_found("customer_not_found"))
}

/// The names of these customers, disabled ones too.
pub async fn names(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = i64>) -> Result<Vec<(i64, String)>, DbErr> {
    let customers = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(customers.into_iter().map(|customer| (customer.id, customer.name)).collect())
}

/// Newest first: those whose ユーザーID contains `text`, or whose organisation it finds. Nothing typed finds all.
pub async fn search(db: &impl ConnectionTrait, text: &str, limit: u64) -> Result<Vec<Customer>, DbErr> {
    let organisations = subscribers::Entity::find()
        .select_only()
        .column(subscribers::Column::Id)
        .filter(subscribers::matches(text))
        .into_query();
    let login = LikeExpr::new(like_pattern(&login_key(text))).escape('\\');
    let found = Condition::any().add(Column::Login.like(login)).add(Column::SubscriberId.in_subquery(organisations));
    let wanted = (!text.trim().is_empty()).then_some(found);
    let wanted = Condition::all().add_option(wanted);
    Entity::find().filter(wanted).order_by_desc(Column::Id).limit(limit).all(db).await
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

/// Stores a password that the customer chose.
pub async fn set_password(db: &impl ConnectionTrait, id: i64, password_hash: String) -> Result<(), DbErr> {
    write(db, id, ActiveModel { password_hash: Set(Some(password_hash)), ..Default::default() }).await
}

pub async fn note_login(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<(), DbErr> {
    write(db, id, ActiveModel { last_login_at: Set(Some(now)), ..Default::default() }).await
}

/// From now on the log-in asks for a code of this secret; `None` asks for none. `step` was used to show that it works.
pub async fn set_code_secret(
    db: &impl ConnectionTrait,
    id: i64,
    secret: Option<String>,
    step: Option<i64>,
) -> Result<(), DbErr> {
    write(db, id, ActiveModel { totp_secret: Set(secret), totp_last_step: Set(step), ..Default::default() }).await
}

/// The same secret, sealed anew: nothing happens where the row holds another by now.
pub async fn reseal(db: &impl ConnectionTrait, id: i64, old: &str, new: String) -> Result<bool, DbErr> {
    let row = ActiveModel { totp_secret: Set(Some(new)), ..Default::default() };
    let written = Entity::update_many().set(row).filter(Column::Id.eq(id)).filter(Column::TotpSecret.eq(old));
    Ok(written.exec(db).await?.rows_affected == 1)
}

/// Accounts whose log-in asks for a code.
pub async fn with_code(db: &impl ConnectionTrait) -> Result<Vec<Customer>, DbErr> {
    Entity::find().filter(Column::TotpSecret.is_not_null()).order_by_asc(Column::Id).all(db).await
}

/// Uses up the code of this step and all before it. `false`: somebody else has used it meanwhile.
pub async fn use_code_step(db: &impl ConnectionTrait, id: i64, step: i64) -> Result<bool, DbErr> {
    let unused = Condition::any().add(Column::TotpLastStep.is_null()).add(Column::TotpLastStep.lt(step));
    let used = Entity::update_many()
        .col_expr(Column::TotpLastStep, Expr::value(step))
        .filter(Column::Id.eq(id))
        .filter(Column::TotpSecret.is_not_null())
        .filter(unused)
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Closes an account, or opens it again. The caller ends its sessions in the same transaction.
pub async fn set_disabled(db: &impl ConnectionTrait, id: i64, at: Option<DateTime<Utc>>) -> Result<(), DbErr> {
    write(db, id, ActiveModel { disabled_at: Set(at), ..Default::default() }).await
}

async fn write(db: &impl ConnectionTrait, id: i64, row: ActiveModel) -> Result<(), DbErr> {
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(db).await.map(|_| ())
}

/// All accounts of a subscriber, disabled ones too.
pub async fn of_subscriber(db: &impl ConnectionTrait, subscriber_id: i64) -> Result<Vec<Customer>, DbErr> {
    Entity::find().filter(Column::SubscriberId.eq(subscriber_id)).all(db).await
}
