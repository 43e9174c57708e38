//! A member of staff proves who they are with a password; those who have a second factor also with that
//! ([`super::confirm_staff_log_in`], [`super::log_in_by_passkey`]).

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;

use super::lockout::{self, Attempt, Door};
use crate::{
    domain::{
        actor::{Actor, Identity},
        problem::Problem,
        sign_in::Means,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        passkeys,
        passwords::{self, Passwords},
        transaction, users,
    },
};

pub struct Credentials {
    pub account: String,
    pub password: String,
    /// Where the attempt comes from.
    pub address: String,
}

/// How far a right password leads.
#[derive(Debug)]
pub enum StaffLoggedIn {
    Done(users::Model),
    /// Not logged in yet.
    FactorNeeded(users::Model),
}

/// The user whose password this is. An unknown account, a disabled one and a wrong password cannot be told apart,
/// neither by the answer nor by its time.
pub async fn log_in(
    db: &DatabaseConnection,
    passwords: &Passwords,
    credentials: Credentials,
    now: DateTime<Utc>,
) -> Result<StaffLoggedIn> {
    let Credentials { account, password, address } = credentials;
    let account = account_key(&account);
    if account.is_empty() || account.len() > passwords::MAX_BYTES || password.len() > passwords::MAX_BYTES {
        return Err(refused());
    }
    let attempt = lockout::count_attempt(db, Door::Desk, &account, &address, now).await?;

    let user = users::Entity::find_by_email(db, &account).await?.filter(|user| user.disabled_at.is_none());
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let proven = passwords.verify(password, stored).await.map_err(Error::internal)?;
    let user = user.filter(|_| proven).ok_or_else(refused)?;

    if user.totp_secret.is_some() || passkeys::count_of(db, user.id).await? > 0 {
        attempt.passed(db).await?;
        return Ok(StaffLoggedIn::FactorNeeded(user));
    }
    let txn = transaction::begin(db).await?;
    attempt.succeeded(&txn).await?;
    enter(&txn, &user, Means::Password, &address, now).await?;
    txn.commit().await?;
    Ok(StaffLoggedIn::Done(user))
}

/// The form in which accounts are stored and compared.
pub fn account_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

fn refused() -> Error {
    Problem::new("login_refused").into()
}

/// What is written when a member of staff is in.
pub(super) async fn enter(
    txn: &impl ConnectionTrait,
    user: &users::Model,
    means: Means,
    address: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    users::note_login(txn, user.id, now).await?;
    let identity = Identity::Staff { id: user.id, name: user.name.clone(), role: user.role };
    let act = Act {
        action: "logged_in",
        subject: format!("user:{}", user.id),
        case_id: None,
        detail: json!({ "by": means.as_str() }),
    };
    audit_events::append(txn, act, &Actor::new(identity, Some(address.to_owned())), now).await
}

/// Counted like a wrong password of the same account.
pub(super) async fn count(
    db: &DatabaseConnection,
    user: &users::Model,
    address: &str,
    now: DateTime<Utc>,
) -> Result<Attempt> {
    lockout::count_attempt(db, Door::Desk, &user.email, address, now).await
}
