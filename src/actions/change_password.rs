//! A member of staff replaces their password; all their other sessions end.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::require_password;
use crate::{
    domain::{
        actor::{Actor, Identity},
        problem::Problem,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        passwords::{self, Passwords},
        sessions, transaction, users,
    },
};

pub struct PasswordChange {
    pub current: String,
    pub new: String,
    pub repeated: String,
}

pub async fn change_password(
    db: &DatabaseConnection,
    passwords: &Passwords,
    change: PasswordChange,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let Identity::Staff { id, .. } = actor.identity else { return Err(Error::forbidden("role_not_allowed")) };
    let user = users::Entity::find_enabled(db, id).await?.ok_or(Error::Unauthenticated)?;
    check(&change)?;
    let stored = Some(user.password_hash.clone());
    if !passwords.verify(change.current, stored).await.map_err(Error::internal)? {
        return Err(Problem::on("current", "password_current_wrong").into());
    }
    let hash = passwords.hash(change.new).await.map_err(Error::internal)?;
    let txn = transaction::begin(db).await?;
    users::set_password(&txn, user.id, hash).await?;
    sessions::delete_of_user(&txn, user.id).await?;
    audit_events::append(&txn, changed(&user), actor, now).await?;
    txn.commit().await?;
    Ok(user)
}

fn changed(user: &users::Model) -> Act<'static> {
    Act { action: "password_changed", subject: format!("user:{}", user.id), case_id: None, detail: json!({}) }
}

pub(super) fn check(change: &PasswordChange) -> Result<()> {
    let PasswordChange { current, new, repeated } = change;
    if current.len() > passwords::MAX_BYTES {
        return Err(Problem::on("current", "password_current_wrong").into());
    }
    if !new.is_empty() && new == current {
        return Err(Problem::on("new", "password_unchanged").into());
    }
    Ok(require_password(new, repeated)?)
}
