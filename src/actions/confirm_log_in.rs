//! The second step of a customer's log-in: a code of the authenticator app, or a recovery code.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use super::code_secret::{self, customer_row};
use super::lockout::{self, Door};
use super::log_in_customer::enter;
use crate::{
    domain::{confirmation_code, problem::Problem},
    errors::{Error, Result},
    models::{
        customers::{self, Customer},
        recovery_codes, transaction,
    },
    services::Services,
};

pub struct ConfirmLogIn {
    /// Whose password was right a moment ago.
    pub customer_id: i64,
    pub code: Code,
    /// Where the attempt comes from.
    pub address: String,
}

/// As typed.
pub enum Code {
    App(String),
    Recovery(String),
}

/// The customer, who is in now. Wrong codes count like wrong passwords; each code works once.
pub async fn confirm_log_in(desk: &Services, input: ConfirmLogIn, now: DateTime<Utc>) -> Result<Customer> {
    let db = &desk.db;
    let ConfirmLogIn { customer_id, code, address } = input;
    let customer = customers::Entity::find_enabled(db, customer_id).await?.ok_or(Error::Unauthenticated)?;
    let attempt = lockout::count_attempt(db, Door::Portal, &customer.login, &address, now).await?;
    let txn = transaction::begin(db).await?;
    use_up(&txn, desk, customer_id, &code, now).await?;
    let by = match code {
        Code::App(_) => "code",
        Code::Recovery(_) => "recovery_code",
    };
    enter(&txn, &customer, &attempt, &address, by, now).await?;
    txn.commit().await?;
    Ok(customer)
}

async fn use_up(
    txn: &impl ConnectionTrait,
    desk: &Services,
    customer_id: i64,
    code: &Code,
    now: DateTime<Utc>,
) -> Result<()> {
    let (used, refusal) = match code {
        Code::App(typed) => {
            let refusal = Problem::on("code", "confirmation_code_refused");
            (use_app_code(txn, desk, customer_id, typed, now).await?, refusal)
        }
        Code::Recovery(typed) => {
            let refusal = Problem::on("recovery", "recovery_code_refused");
            (recovery_codes::use_up(txn, customer_id, typed, now).await?, refusal)
        }
    };
    if used { Ok(()) } else { Err(refusal.into()) }
}

async fn use_app_code(
    txn: &impl ConnectionTrait,
    desk: &Services,
    customer_id: i64,
    typed: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let customer = customers::by_id(txn, customer_id).await?;
    let Some(stored) = &customer.totp_secret else { return Ok(false) };
    let secret = code_secret::open(desk, &customer_row(customer_id), stored)?;
    let step = confirmation_code::accepted_step(&secret, typed, customer.totp_last_step, now);
    match step {
        Some(step) => Ok(customers::use_code_step(txn, customer_id, step).await?),
        None => Ok(false),
    }
}
