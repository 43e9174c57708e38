//! Gives a member of staff a password that works until they choose their own; they are logged out everywhere.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::lockout::{self, Door};
use super::staff_change;
use crate::{
    domain::{actor::Actor, staff::AccountChange},
    errors::{Error, Result},
    models::{
        passwords::{self, Passwords},
        sessions, transaction, users,
    },
};

/// Answers the account and its one-time password, which is shown once and never stored.
pub async fn reset_password(
    db: &DatabaseConnection,
    passwords: &Passwords,
    (user_id, reason): (i64, &str),
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(users::Model, String)> {
    let reason = check_reason(reason)?;
    let password = passwords::generate_one_time();
    let password_hash = passwords.hash(password.clone()).await.map_err(Error::internal)?;
    let txn = transaction::begin(db).await?;
    let user = staff_change::judge(&txn, user_id, AccountChange::ResetPassword, actor).await?;
    users::set_one_time_password(&txn, user.id, password_hash).await?;
    sessions::delete_of_user(&txn, user.id).await?;
    lockout::forget(&txn, Door::Desk, &user.email).await?;
    staff_change::record(&txn, "user_password_reset", &user, json!({ "reason": reason }), actor, now).await?;
    txn.commit().await?;
    Ok((user, password))
}
