//! Closes a member of staff's account: they are logged out everywhere at once.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::staff_change;
use crate::{
    domain::{actor::Actor, staff::AccountChange},
    errors::Result,
    models::{revocation_cases, sessions, transaction, users},
};

/// What they have claimed falls free at once.
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
    let released = revocation_cases::end_leases_of(&txn, &format!("staff:{}", user.id), now).await?;
    let detail = json!({ "reason": reason, "claims_released": released });
    staff_change::record(&txn, "user_disabled", &user, detail, actor, now).await?;
    txn.commit().await?;
    Ok(user)
}
