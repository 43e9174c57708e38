//! A member of staff proves who they are with a password.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::lockout::{self, Door};
use crate::{
    domain::{
        actor::{Actor, Identity},
        problem::Problem,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
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

/// The user whose password this is. An unknown account, a disabled one and a wrong password cannot be told apart,
/// neither by the answer nor by its time.
pub async fn log_in(
    db: &DatabaseConnection,
    passwords: &Passwords,
    credentials: Credentials,
    now: DateTime<Utc>,
) -> Result<users::Model> {
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

    let identity = Identity::Staff { id: user.id, name: user.name.clone(), role: user.role };
    let actor = Actor::new(identity, Some(address));
    let txn = transaction::begin(db).await?;
    attempt.succeeded(&txn).await?;
    audit_events::append(&txn, logged_in(&user), &actor, now).await?;
    txn.commit().await?;
    Ok(user)
}

/// The form in which accounts are stored and compared.
pub fn account_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

fn refused() -> Error {
    Problem::new("login_refused").into()
}

fn logged_in(user: &users::Model) -> Act<'static> {
    Act { action: "logged_in", subject: format!("user:{}", user.id), case_id: None, detail: json!({}) }
}
