//! Opens a member of staff's account again, with the password and the role it had.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::staff_change;
use crate::{
    domain::{actor::Actor, staff::AccountChange},
    errors::Result,
    models::{transaction, users},
};

pub async fn enable_user(
    db: &DatabaseConnection,
    user_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(db).await?;
    let user = staff_change::judge(&txn, user_id, AccountChange::Enable, actor).await?;
    users::enable(&txn, user.id).await?;
    staff_change::record(&txn, "user_enabled", &user, json!({ "reason": reason }), actor, now).await?;
    txn.commit().await?;
    Ok(user)
}
