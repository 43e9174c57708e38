//! Lets an administrator take out who may do what at the desk, for the quarterly review. Recorded before it leaves.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{actor::Actor, role::Role},
    errors::Result,
    models::{
        audit_events::{self, Act},
        passkeys, transaction, users,
    },
    services::Services,
};

/// One account as it stands.
#[allow(clippy::struct_excessive_bools, reason = "columns of a table, each of its own")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub name: String,
    pub email: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub must_change_password: bool,
    pub code: bool,
    pub passkey: bool,
    /// Has come by single sign-on.
    pub sso: bool,
}

/// All accounts by name, closed ones too.
pub async fn review_access(desk: &Services, actor: &Actor, now: DateTime<Utc>) -> Result<Vec<Access>> {
    let txn = transaction::begin(&desk.db).await?;
    let owners = passkeys::owners(&txn).await?;
    let access = |user: users::Model| Access {
        code: user.totp_secret.is_some(),
        passkey: owners.contains(&user.id),
        sso: user.sso_subject.is_some(),
        name: user.name,
        email: user.email,
        role: user.role,
        created_at: user.created_at,
        last_login_at: user.last_login_at,
        disabled_at: user.disabled_at,
        must_change_password: user.must_change_password,
    };
    let all: Vec<Access> = users::everybody(&txn).await?.into_iter().map(access).collect();
    let detail = json!({ "accounts": all.len() });
    let act = Act { action: "access_reviewed", subject: "users".to_owned(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(all)
}
