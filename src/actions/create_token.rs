//! A token for a program.

use chrono::{DateTime, Duration, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::checks::check_reason;
use crate::{
    domain::{actor::Actor, problem::Problem, role::Role},
    errors::{Error, Result},
    models::{
        api_tokens,
        audit_events::{self, Act},
        transaction,
    },
};

/// How long a token works when nothing else is asked for.
pub const DEFAULT_LIFETIME: Duration = Duration::days(365);

pub struct NewToken {
    pub name: String,
    pub role: Role,
    /// Whether the program may change anything, or only read.
    pub read_only: bool,
    pub lifetime: Duration,
    /// Why, where somebody is asked: an administrator at the desk.
    pub reason: Option<String>,
}

/// Answers the token's row and the token itself, which is shown once and never stored.
pub async fn create_token(
    db: &DatabaseConnection,
    new: NewToken,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(api_tokens::Model, String)> {
    check(&new)?;
    let token = api_tokens::generate().map_err(Error::internal)?;
    let scopes = if new.read_only { "read" } else { "read write" };
    let row = api_tokens::NewToken {
        name: new.name.trim().to_owned(),
        role: new.role,
        scopes: scopes.to_owned(),
        expires_at: now + new.lifetime,
        created_by: actor.key(),
    };
    let txn = transaction::begin(db).await?;
    let row = api_tokens::insert(&txn, row, &token, now).await?;
    audit_events::append(&txn, created(&row, new.reason.as_deref()), actor, now).await?;
    txn.commit().await?;
    Ok((row, token))
}

fn check(new: &NewToken) -> Result<()> {
    let name = new.name.trim();
    let mut problems = Vec::new();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        problems.push(Problem::on("name", "token_name_invalid"));
    }
    if new.lifetime <= Duration::zero() || new.lifetime > Duration::days(1825) {
        problems.push(Problem::on("days", "token_lifetime_invalid"));
    }
    problems.extend(new.reason.as_deref().and_then(|reason| check_reason(reason).err()));
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn created(token: &api_tokens::Model, reason: Option<&str>) -> Act<'static> {
    let detail = json!({
        "name": token.name,
        "role": token.role.as_str(),
        "scopes": token.scopes,
        "reason": reason.map(str::trim),
    });
    Act { action: "token_created", subject: format!("token:{}", token.id), case_id: None, detail }
}
