//! A customer proves who they are with a password; those who asked for it also with a code ([`super::confirm_log_in`]).

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;

use super::lockout::{self, Attempt, Door};
use super::log_in::Credentials;
use crate::{
    domain::{
        account::login_key,
        actor::{Actor, Identity},
        problem::Problem,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        customers::{self, Customer},
        passwords::{self, Passwords},
        transaction,
    },
};

/// How far a right password leads.
pub enum LoggedIn {
    Done(Customer),
    /// Not logged in yet.
    CodeNeeded(Customer),
}

/// The customer whose password this is. An unknown account, a disabled one, one that was not accepted yet and a wrong
/// password cannot be told apart, neither by the answer nor by its time.
pub async fn log_in_customer(
    db: &DatabaseConnection,
    passwords: &Passwords,
    credentials: Credentials,
    now: DateTime<Utc>,
) -> Result<LoggedIn> {
    let Credentials { account, password, address } = credentials;
    let login = login_key(&account);
    if login.is_empty() || login.len() > passwords::MAX_BYTES || password.len() > passwords::MAX_BYTES {
        return Err(refused());
    }
    let attempt = lockout::count_attempt(db, Door::Portal, &login, &address, now).await?;

    let customer = customers::Entity::find_by_login(db, &login).await?;
    let customer = customer.filter(|customer| customer.disabled_at.is_none());
    let stored = customer.as_ref().and_then(|customer| customer.password_hash.clone());
    let proven = passwords.verify(password, stored).await.map_err(Error::internal)?;
    let customer = customer.filter(|_| proven).ok_or_else(refused)?;

    if customer.totp_secret.is_some() {
        attempt.passed(db).await?;
        return Ok(LoggedIn::CodeNeeded(customer));
    }
    let txn = transaction::begin(db).await?;
    enter(&txn, &customer, &attempt, &address, "password", now).await?;
    txn.commit().await?;
    Ok(LoggedIn::Done(customer))
}

fn refused() -> Error {
    Problem::new("portal_login_refused").into()
}

/// What is written when a customer is in. `by`: what was asked for last.
pub(super) async fn enter(
    txn: &impl ConnectionTrait,
    customer: &Customer,
    attempt: &Attempt,
    address: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    attempt.succeeded(txn).await?;
    customers::note_login(txn, customer.id, now).await?;
    let act = Act {
        action: "customer_logged_in",
        subject: customer.audit_subject(),
        case_id: None,
        detail: json!({ "by": by }),
    };
    let (id, name, subscriber_id) = (customer.id, customer.name.clone(), customer.subscriber_id);
    let actor = Actor::new(Identity::Customer { id, name, subscriber_id }, Some(address.to_owned()));
    audit_events::append(txn, act, &actor, now).await
}
