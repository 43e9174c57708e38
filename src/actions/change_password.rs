//! A member of staff replaces their password; all their other sessions end.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        actor::{Actor, Identity},
        password,
        problem::Problem,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        passwords::{self, Passwords},
        sessions, transaction, users,
    },
    services::Services,
    settings::Desk,
};

pub struct PasswordChange {
    pub current: String,
    pub new: String,
    pub repeated: String,
}

pub async fn change_password(
    desk: &Services,
    passwords: &Passwords,
    change: PasswordChange,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let Identity::Staff { id, .. } = actor.identity else { return Err(Error::forbidden("role_not_allowed")) };
    let user = users::Entity::find_enabled(&desk.db, id).await?.ok_or(Error::Unauthenticated)?;
    let Desk { company, short_name, staff_product, .. } = &desk.settings.desk;
    check(&change, &[&user.name, &user.email, company, short_name, staff_product])?;
    let stored = Some(user.password_hash.clone());
    if !passwords.verify(change.current, stored).await.map_err(Error::internal)? {
        return Err(Problem::on("current", "password_current_wrong").into());
    }
    let hash = passwords.hash(change.new).await.map_err(Error::internal)?;
    let txn = transaction::begin(&desk.db).await?;
    users::set_password(&txn, user.id, hash).await?;
    sessions::delete_of_user(&txn, user.id).await?;
    audit_events::append(&txn, changed(&user), actor, now).await?;
    txn.commit().await?;
    Ok(user)
}

fn changed(user: &users::Model) -> Act<'static> {
    Act { action: "password_changed", subject: format!("user:{}", user.id), case_id: None, detail: json!({}) }
}

/// `known`: what a guesser knows.
pub(super) fn check(change: &PasswordChange, known: &[impl AsRef<str>]) -> Result<()> {
    let PasswordChange { current, new, repeated } = change;
    if current.len() > passwords::MAX_BYTES {
        return Err(Problem::on("current", "password_current_wrong").into());
    }
    if !new.is_empty() && new == current {
        return Err(Problem::on("new", "password_unchanged").into());
    }
    Ok(password::check(new, repeated, known)?)
}
