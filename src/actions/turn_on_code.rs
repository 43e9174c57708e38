//! A customer asks that the log-in demands a code of their authenticator app.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::code_secret::{self, customer_row};
use super::customer_password::own_account;
use crate::{
    domain::{actor::Actor, confirmation_code, problem::Problem},
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        customers, recovery_codes, transaction,
    },
    services::Services,
};

pub struct TurnOnCode {
    /// What the app was given.
    pub secret: String,
    /// What the app shows now: the proof that it has the secret.
    pub code: String,
}

/// Answers the recovery codes, which are shown once and never stored.
pub async fn turn_on_code(
    desk: &Services,
    input: TurnOnCode,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let customer = own_account(&desk.db, actor).await?;
    if customer.totp_secret.is_some() {
        return Err(Error::conflict("confirmation_code_on_already"));
    }
    let step = confirmation_code::accepted_step(&input.secret, &input.code, None, now)
        .ok_or_else(|| Problem::on("code", "confirmation_code_refused"))?;
    let sealed = code_secret::seal(desk, &customer_row(customer.id), &input.secret)?;
    let codes = recovery_codes::generate();
    let txn = transaction::begin(&desk.db).await?;
    customers::set_code_secret(&txn, customer.id, Some(sealed), Some(step)).await?;
    recovery_codes::replace(&txn, customer.id, &codes).await?;
    let subject = customer.audit_subject();
    let act = Act { action: "confirmation_code_on", subject, case_id: None, detail: json!({}) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(codes)
}
