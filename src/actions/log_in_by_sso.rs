//! A member of staff comes from the company's own log-in. It opens accounts that an administrator has made, and makes
//! none.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use super::log_in::{account_key, enter};
use crate::{
    domain::{problem::Problem, sign_in::Means},
    errors::Result,
    models::{transaction, users},
    services::Services,
};

/// What the provider vouches for.
#[derive(Debug, Clone)]
pub struct SsoIdentity {
    /// Issuer and subject, parted by a blank: stays the same for good.
    pub subject: String,
    /// Only where the provider has verified it.
    pub email: Option<String>,
}

/// The account that was tied to this subject before, or the one with this address, which is tied to it from now on. An
/// account of somebody else's subject stays closed, whatever address the provider names.
pub async fn log_in_by_sso(
    desk: &Services,
    identity: SsoIdentity,
    address: String,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let txn = transaction::begin(&desk.db).await?;
    let user = account(&txn, &identity).await?.filter(|user| user.disabled_at.is_none());
    let user = user.ok_or_else(|| Problem::new("sso_refused"))?;
    enter(&txn, &user, Means::SingleSignOn, &address, now).await?;
    txn.commit().await?;
    Ok(user)
}

async fn account(txn: &impl ConnectionTrait, identity: &SsoIdentity) -> Result<Option<users::Model>> {
    if let Some(user) = users::find_by_sso_subject(txn, &identity.subject).await? {
        return Ok(Some(user));
    }
    let Some(email) = &identity.email else { return Ok(None) };
    let Some(user) = users::Entity::find_by_email(txn, &account_key(email)).await? else { return Ok(None) };
    let tied = user.disabled_at.is_none() && users::tie_sso_subject(txn, user.id, &identity.subject).await?;
    Ok(Some(user).filter(|_| tied))
}
