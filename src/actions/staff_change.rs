//! What all changes of a member of staff's account share: who is looked at, may it be, and the audit event.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::Value;

use crate::{
    domain::{
        actor::{Actor, Identity},
        staff::{AccountChange, StaffAccount, check_account_change},
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        users,
    },
};

/// The account, locked; refused where this change is not allowed.
pub(super) async fn judge(
    txn: &DatabaseTransaction,
    user_id: i64,
    change: AccountChange,
    actor: &Actor,
) -> Result<users::Model> {
    let found = users::lock_with_admins(txn, user_id).await?;
    let (user, other_admins) = found.ok_or_else(|| Error::not_found("user_not_found"))?;
    let account = StaffAccount { id: user.id, role: user.role, disabled: user.disabled_at.is_some() };
    let asking = match actor.identity {
        Identity::Staff { id, .. } => Some(id),
        Identity::Token { .. } | Identity::Customer { .. } | Identity::Batch | Identity::System => None,
    };
    check_account_change(asking, account, change, other_admins).map_err(Error::Conflict)?;
    Ok(user)
}

pub(super) async fn record(
    txn: &impl ConnectionTrait,
    action: &str,
    user: &users::Model,
    detail: Value,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let act = Act { action, subject: format!("user:{}", user.id), case_id: None, detail };
    audit_events::append(txn, act, actor, now).await
}
