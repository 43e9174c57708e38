//! A member of staff removes one of their passkeys. Who asks has proven anew who they are.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::staff_change::record;
use super::staff_code::own_account;
use crate::{
    domain::actor::Actor,
    errors::{Error, Result},
    models::{passkeys, transaction},
    services::Services,
};

/// Refused where a second factor must be, and this is the last one.
pub async fn remove_passkey(desk: &Services, id: i64, actor: &Actor, now: DateTime<Utc>) -> Result<()> {
    let user = own_account(&desk.db, actor).await?;
    let txn = transaction::begin(&desk.db).await?;
    passkeys::delete(&txn, user.id, id).await?.ok_or_else(|| Error::not_found("passkey_not_found"))?;
    let last = user.totp_secret.is_none() && passkeys::count_of(&txn, user.id).await? == 0;
    if last && desk.settings.staff.require_second_factor {
        return Err(Error::conflict("second_factor_required"));
    }
    record(&txn, "passkey_removed", &user, json!({}), actor, now).await?;
    txn.commit().await?;
    Ok(())
}
