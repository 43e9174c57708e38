//! A member of staff replaces their password; all their other sessions end.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

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

/// Length is what counts; no rule about kinds of characters (NIST SP 800-63B).
const MIN_CHARACTERS: usize = 12;

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

fn check(change: &PasswordChange) -> Result<()> {
    let PasswordChange { current, new, repeated } = change;
    let problem = if current.len() > passwords::MAX_BYTES {
        Problem::on("current", "password_current_wrong")
    } else if new.chars().count() < MIN_CHARACTERS {
        Problem::on("new", "password_too_short").with("min", MIN_CHARACTERS)
    } else if new.len() > passwords::MAX_BYTES {
        Problem::on("new", "password_too_long").with("max", passwords::MAX_BYTES)
    } else if new == current {
        Problem::on("new", "password_unchanged")
    } else if new != repeated {
        Problem::on("repeated", "password_repeated_differs")
    } else {
        return Ok(());
    };
    Err(problem.into())
}
