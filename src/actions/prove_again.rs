//! Somebody who is logged in proves once more who they are, before something that a computer left alone must not do.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::confirm_log_in::Code;
use super::customer_password::UNKNOWN_ADDRESS;
use super::log_in::count;
use super::staff_code::{own_account, use_up};
use crate::{
    domain::{actor::Actor, problem::Problem, sign_in::Means},
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        passkeys,
        passwords::{self, Passwords},
        transaction,
    },
    passkeys::{PasskeyError, Passkeys},
    services::Services,
};

/// One of the three, as given.
pub enum Proof {
    Password(String),
    Code(String),
    /// Answer and question, both JSON.
    Passkey(String, String),
}

/// Wrong passwords and codes count like those of the log-in.
pub async fn prove_again(
    desk: &Services,
    passwords: &Passwords,
    proof: Proof,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let user = own_account(&desk.db, actor).await?;
    let address = actor.address.as_deref().unwrap_or(UNKNOWN_ADDRESS);
    let attempt = count(&desk.db, &user, address, now).await?;
    if let Proof::Password(given) = &proof {
        let stored = Some(user.password_hash.clone());
        let fits = given.len() <= passwords::MAX_BYTES;
        if !fits || !passwords.verify(given.clone(), stored).await.map_err(Error::internal)? {
            return Err(Problem::on("proof_password", "password_current_wrong").into());
        }
    }
    let txn = transaction::begin(&desk.db).await?;
    let means = match proof {
        Proof::Password(_) => Means::Password,
        Proof::Code(typed) => use_up(&txn, desk, user.id, &Code::App(typed), now).await.map_err(on_this_form)?,
        Proof::Passkey(answer, question) => {
            let owner = use_passkey(&txn, desk, &answer, &question, now).await?;
            if owner != user.id {
                return Err(Problem::new("passkey_refused").into());
            }
            Means::Passkey
        }
    };
    attempt.succeeded(&txn).await?;
    let subject = format!("user:{}", user.id);
    let act = Act { action: "identity_proven", subject, case_id: None, detail: json!({ "by": means.as_str() }) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(())
}

fn on_this_form(error: Error) -> Error {
    match error {
        Error::Invalid(_) => Problem::on("proof_code", "confirmation_code_refused").into(),
        other => other,
    }
}

/// Whose passkey has answered.
pub(super) async fn use_passkey(
    txn: &impl ConnectionTrait,
    desk: &Services,
    answer: &str,
    question: &str,
    now: DateTime<Utc>,
) -> Result<i64> {
    let refused = || Error::from(Problem::new("passkey_refused"));
    let passkeys = desk.passkeys.as_ref().ok_or_else(refused)?;
    let id = Passkeys::credential_of(answer).ok_or_else(refused)?;
    let stored = passkeys::find_by_credential(txn, &id).await?.ok_or_else(refused)?;
    let used = passkeys.judge(answer, question, &stored.credential).map_err(|error| match error {
        PasskeyError::Refused(_) => refused(),
        PasskeyError::Fault(_) => Error::internal(error),
    })?;
    passkeys::note_use(txn, stored.id, used, now).await?;
    Ok(stored.user_id)
}
