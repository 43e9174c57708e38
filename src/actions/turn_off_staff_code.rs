//! A member of staff has the log-in demand no code any more. Who asks has proven anew who they are.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::staff_change::record;
use super::staff_code::own_account;
use crate::{
    domain::actor::Actor,
    errors::{Error, Result},
    models::{passkeys, transaction, user_recovery_codes, users},
    services::Services,
};

/// Nothing happens where no code is asked for. Refused where a second factor must be, and this is the last one.
pub async fn turn_off_staff_code(desk: &Services, actor: &Actor, now: DateTime<Utc>) -> Result<()> {
    let user = own_account(&desk.db, actor).await?;
    if user.totp_secret.is_none() {
        return Ok(());
    }
    let txn = transaction::begin(&desk.db).await?;
    if desk.settings.staff.require_second_factor && passkeys::count_of(&txn, user.id).await? == 0 {
        return Err(Error::conflict("second_factor_required"));
    }
    users::set_code_secret(&txn, user.id, None, None).await?;
    user_recovery_codes::delete_of(&txn, user.id).await?;
    record(&txn, "staff_code_off", &user, json!({}), actor, now).await?;
    txn.commit().await?;
    Ok(())
}
