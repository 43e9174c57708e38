//! An administrator logs a member of staff out everywhere; the account stays open.

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

pub async fn end_user_sessions(
    db: &DatabaseConnection,
    (user_id, reason): (i64, &str),
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(db).await?;
    let user = staff_change::judge(&txn, user_id, AccountChange::EndSessions, actor).await?;
    sessions::delete_of_user(&txn, user.id).await?;
    staff_change::record(&txn, "sessions_ended", &user, json!({ "reason": reason }), actor, now).await?;
    txn.commit().await?;
    Ok(user)
}
