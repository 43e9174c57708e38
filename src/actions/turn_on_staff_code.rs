//! A member of staff has the log-in demand a code of their authenticator app.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::code_secret::{self, user_row};
use super::staff_change::record;
use super::staff_code::own_account;
use super::turn_on_code::TurnOnCode;
use crate::{
    domain::{actor::Actor, confirmation_code, problem::Problem},
    errors::{Error, Result},
    models::{recovery_codes, transaction, user_recovery_codes, users},
    services::Services,
};

/// Answers the recovery codes, which are shown once and never stored.
pub async fn turn_on_staff_code(
    desk: &Services,
    input: TurnOnCode,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let user = own_account(&desk.db, actor).await?;
    if user.totp_secret.is_some() {
        return Err(Error::conflict("confirmation_code_on_already"));
    }
    let step = confirmation_code::accepted_step(&input.secret, &input.code, None, now)
        .ok_or_else(|| Problem::on("code", "confirmation_code_refused"))?;
    let sealed = code_secret::seal(desk, &user_row(user.id), &input.secret)?;
    let codes = recovery_codes::generate();
    let txn = transaction::begin(&desk.db).await?;
    users::set_code_secret(&txn, user.id, Some(sealed), Some(step)).await?;
    user_recovery_codes::replace(&txn, user.id, &codes).await?;
    record(&txn, "staff_code_on", &user, json!({}), actor, now).await?;
    txn.commit().await?;
    Ok(codes)
}
