//! Gives a member of staff another role. It counts from their next click on.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::staff_change;
use crate::{
    domain::{actor::Actor, role::Role, staff::AccountChange},
    errors::Result,
    models::{transaction, users},
};

pub struct ChangeRole {
    pub user_id: i64,
    pub role: Role,
    pub reason: String,
}

pub async fn change_role(
    db: &DatabaseConnection,
    input: ChangeRole,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let reason = check_reason(&input.reason)?;
    let txn = transaction::begin(db).await?;
    let user = staff_change::judge(&txn, input.user_id, AccountChange::Role(input.role), actor).await?;
    users::set_role(&txn, user.id, input.role).await?;
    let detail = json!({
        "reason": reason,
        "changes": [{ "field": "role", "before": user.role.as_str(), "after": input.role.as_str() }],
    });
    staff_change::record(&txn, "user_role_changed", &user, detail, actor, now).await?;
    txn.commit().await?;
    Ok(user)
}
