//! Brings all stored secrets under the present master key: what was stored before there was one, and what an older one
//! sealed.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait,
};
use serde_json::json;

use super::code_secret::{customer_row, user_row};
use crate::{
    domain::actor::Actor,
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        customers, transaction, users,
        webhooks::{self, Webhook},
    },
    services::Services,
    vault::Vault,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Those that were never sealed: at each start.
    Unsealed,
    /// Also those under an older master key: after a new one was put before it.
    All,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sealed {
    pub checked: u64,
    pub changed: u64,
}

/// Fails where a secret is under a master key that is not there; then nothing has changed.
pub async fn seal_secrets(desk: &Services, which: Secrets, actor: &Actor, now: DateTime<Utc>) -> Result<Sealed> {
    let mut done = Sealed::default();
    let txn = transaction::begin(&desk.db).await?;
    for customer in customers::with_code(&txn).await? {
        let Some(stored) = customer.totp_secret else { continue };
        done.checked += 1;
        if let Some(new) = anew(desk, which, &customer_row(customer.id), &stored)? {
            done.changed += u64::from(customers::reseal(&txn, customer.id, &stored, new).await?);
        }
    }
    for user in users::with_code(&txn).await? {
        let Some(stored) = user.totp_secret else { continue };
        done.checked += 1;
        if let Some(new) = anew(desk, which, &user_row(user.id), &stored)? {
            done.changed += u64::from(users::reseal(&txn, user.id, &stored, new).await?);
        }
    }
    for hook in webhooks::all(&txn).await? {
        done.checked += 1;
        done.changed += u64::from(reseal_webhook(&txn, desk, which, &hook).await?);
    }
    if done.changed > 0 {
        record(&txn, which, done, actor, now).await?;
    }
    txn.commit().await?;
    Ok(done)
}

/// The present secret and the one before it.
async fn reseal_webhook(txn: &impl ConnectionTrait, desk: &Services, which: Secrets, hook: &Webhook) -> Result<bool> {
    let row = hook.vault_row();
    let secret = anew(desk, which, &row, &hook.secret)?;
    let former = hook.former_secret.as_ref().map(|former| anew(desk, which, &row, former)).transpose()?.flatten();
    if secret.is_none() && former.is_none() {
        return Ok(false);
    }
    let change = webhooks::ActiveModel {
        secret: secret.map_or(NotSet, Set),
        former_secret: former.map_or(NotSet, |former| Set(Some(former))),
        ..<webhooks::ActiveModel as Default>::default()
    };
    Ok(webhooks::reseal(txn, hook, change).await?)
}

fn anew(desk: &Services, which: Secrets, row: &str, stored: &str) -> Result<Option<String>> {
    if !Vault::is_sealed(stored) {
        return desk.vault.seal(row, stored).map(Some).map_err(Error::internal);
    }
    match which {
        Secrets::Unsealed => Ok(None),
        Secrets::All => desk.vault.rewrap(row, stored).map_err(Error::internal),
    }
}

async fn record(
    txn: &impl ConnectionTrait,
    which: Secrets,
    done: Sealed,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let subject = "secrets".to_owned();
    let detail = json!({ "changed": done.changed });
    let act = match which {
        Secrets::Unsealed => Act { action: "secrets_sealed", subject, case_id: None, detail },
        Secrets::All => Act { action: "master_key_rotated", subject, case_id: None, detail },
    };
    audit_events::append(txn, act, actor, now).await
}
