//! An account for a member of staff, with a password that works until they choose their own.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use super::log_in::account_key;
use crate::{
    domain::{actor::Actor, problem::Problem, role::Role},
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        passwords::{self, Passwords},
        transaction, users,
    },
};

pub struct NewStaff {
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Why, where somebody is asked: an administrator at the desk.
    pub reason: Option<String>,
}

/// Answers the account and its one-time password, which is shown once and never stored.
pub async fn create_user(
    db: &DatabaseConnection,
    passwords: &Passwords,
    new: NewStaff,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(users::Model, String)> {
    let (name, email) = (new.name.trim().to_owned(), account_key(&new.email));
    check(&name, &email, new.reason.as_deref())?;
    let password = passwords::generate_one_time();
    let password_hash = passwords.hash(password.clone()).await.map_err(Error::internal)?;
    let reason = new.reason;
    let new = users::NewUser { email, name, role: new.role, password_hash, must_change_password: true };
    let txn = transaction::begin(db).await?;
    let user = match users::insert(&txn, new, now).await.map_err(Error::from) {
        Err(Error::Conflict(_)) => return Err(Error::Conflict(Problem::on("email", "email_taken"))),
        other => other?,
    };
    audit_events::append(&txn, created(&user, reason.as_deref()), actor, now).await?;
    txn.commit().await?;
    Ok((user, password))
}

fn created(user: &users::Model, reason: Option<&str>) -> Act<'static> {
    let detail = json!({ "role": user.role.as_str(), "reason": reason.map(str::trim) });
    Act { action: "user_created", subject: format!("user:{}", user.id), case_id: None, detail }
}

fn check(name: &str, email: &str, reason: Option<&str>) -> Result<()> {
    let mut problems = Vec::new();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        problems.push(Problem::on("name", "user_name_invalid"));
    }
    if !is_address(email) {
        problems.push(Problem::on("email", "email_invalid"));
    }
    problems.extend(reason.and_then(|reason| check_reason(reason).err()));
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// One `@` with something on both sides, printable ASCII, at most 254 octets (RFC 5321).
fn is_address(email: &str) -> bool {
    let parts = email.split_once('@');
    email.len() <= 254
        && email.bytes().all(|byte| byte.is_ascii_graphic())
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}
