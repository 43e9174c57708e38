//! A member of staff adds a passkey to their account. Who asks has proven anew who they are.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::staff_change::record;
use super::staff_code::own_account;
use crate::{
    domain::{actor::Actor, mail::is_unfit_for_a_line, problem::Problem},
    errors::{Error, Result},
    models::{
        passkeys::{self, NewPasskey},
        transaction,
    },
    passkeys::PasskeyError,
    services::Services,
};

/// Characters.
const MAX_NAME: usize = 50;

pub struct AddPasskey {
    /// What its owner calls it.
    pub name: String,
    /// JSON, as the browser gave it.
    pub answer: String,
    /// What the question was, kept since then.
    pub question: String,
}

pub async fn add_passkey(desk: &Services, input: AddPasskey, actor: &Actor, now: DateTime<Utc>) -> Result<()> {
    let user = own_account(&desk.db, actor).await?;
    let name = input.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(is_unfit_for_a_line) {
        return Err(Problem::on("name", "passkey_name_invalid").into());
    }
    let refused = || Error::from(Problem::new("passkey_refused"));
    let passkeys = desk.passkeys.as_ref().ok_or_else(refused)?;
    let made = passkeys.enrol(&input.answer, &input.question).map_err(|error| match error {
        PasskeyError::Refused(_) => refused(),
        PasskeyError::Fault(_) => Error::internal(error),
    })?;
    let new = NewPasskey { user_id: user.id, credential_id: made.id, name, credential: made.stored };
    let txn = transaction::begin(&desk.db).await?;
    passkeys::insert(&txn, new, now).await?;
    record(&txn, "passkey_added", &user, json!({}), actor, now).await?;
    txn.commit().await?;
    Ok(())
}
