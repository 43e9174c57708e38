//! The second step of the log-in of a member of staff: a code of the authenticator app, or a recovery code.

use chrono::{DateTime, Utc};

use super::confirm_log_in::Code;
use super::log_in::{count, enter};
use super::staff_code::use_up;
use crate::{
    domain::sign_in::Means,
    errors::{Error, Result},
    models::{transaction, users},
    services::Services,
};

pub struct ConfirmStaffLogIn {
    /// Whose password was right a moment ago.
    pub user_id: i64,
    pub code: Code,
    /// Where the attempt comes from.
    pub address: String,
}

/// The user, who is in now, and by what. Wrong codes count like wrong passwords; each code works once.
pub async fn confirm_staff_log_in(
    desk: &Services,
    input: ConfirmStaffLogIn,
    now: DateTime<Utc>,
) -> Result<(users::Model, Means)> {
    let ConfirmStaffLogIn { user_id, code, address } = input;
    let user = users::Entity::find_enabled(&desk.db, user_id).await?.ok_or(Error::Unauthenticated)?;
    let attempt = count(&desk.db, &user, &address, now).await?;
    let txn = transaction::begin(&desk.db).await?;
    let means = use_up(&txn, desk, user_id, &code, now).await?;
    attempt.succeeded(&txn).await?;
    enter(&txn, &user, means, &address, now).await?;
    txn.commit().await?;
    Ok((user, means))
}
