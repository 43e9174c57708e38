//! A member of staff proves who they are with a passkey, which its owner unlocks on their device: nothing else is asked.

use chrono::{DateTime, Utc};

use super::log_in::enter;
use super::prove_again::use_passkey;
use crate::{
    domain::{problem::Problem, sign_in::Means},
    errors::Result,
    models::{transaction, users},
    services::Services,
};

pub struct PasskeyAnswer {
    /// JSON, as the browser gave it.
    pub answer: String,
    /// What the question was, kept since then.
    pub question: String,
    /// Where the attempt comes from.
    pub address: String,
}

/// The user whose passkey it is. `awaited`: whose password was right a moment ago, where one was asked for.
pub async fn log_in_by_passkey(
    desk: &Services,
    input: PasskeyAnswer,
    awaited: Option<i64>,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let PasskeyAnswer { answer, question, address } = input;
    let txn = transaction::begin(&desk.db).await?;
    let user_id = use_passkey(&txn, desk, &answer, &question, now).await?;
    let user = users::Entity::find_enabled(&txn, user_id).await?;
    let user = user.filter(|user| awaited.is_none_or(|id| id == user.id));
    let user = user.ok_or_else(|| Problem::new("passkey_refused"))?;
    enter(&txn, &user, Means::Passkey, &address, now).await?;
    txn.commit().await?;
    Ok(user)
}
