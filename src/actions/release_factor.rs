//! An administrator takes away the second factor of a member of staff who has lost it; they are logged out everywhere.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::staff_change;
use crate::{
    domain::{actor::Actor, staff::AccountChange},
    errors::Result,
    models::{passkeys, sessions, transaction, user_recovery_codes, users},
};

/// The password stays, and is still needed.
pub async fn release_factor(
    db: &DatabaseConnection,
    (user_id, reason): (i64, &str),
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(db).await?;
    let user = staff_change::judge(&txn, user_id, AccountChange::ReleaseFactor, actor).await?;
    users::set_code_secret(&txn, user.id, None, None).await?;
    user_recovery_codes::delete_of(&txn, user.id).await?;
    passkeys::delete_of(&txn, user.id).await?;
    sessions::delete_of_user(&txn, user.id).await?;
    staff_change::record(&txn, "user_factor_released", &user, json!({ "reason": reason }), actor, now).await?;
    txn.commit().await?;
    Ok(user)
}
