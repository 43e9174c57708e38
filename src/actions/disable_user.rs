//! Closes a member of staff's account: they are logged out everywhere at once.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::staff_change;
use crate::{
    domain::{actor::Actor, staff::AccountChange},
    errors::Result,
    models::{sessions, transaction, users},
};

/// What they have claimed falls free with the lease.
pub async fn disable_user(
    db: &DatabaseConnection,
    user_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(db).await?;
    let user = staff_change::judge(&txn, user_id, AccountChange::Disable, actor).await?;
    users::disable(&txn, user.id, now).await?;
    sessions::delete_of_user(&txn, user.id).await?;
    staff_change::record(&txn, "user_disabled", &user, json!({ "reason": reason }), actor, now).await?;
    txn.commit().await?;
    Ok(user)
}
