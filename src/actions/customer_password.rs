//! What the actions on a customer's password share: proving the current one, storing a new one.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;

use super::account_letters;
use super::lockout::{self, Attempt, Door};
use crate::{
    domain::{
        actor::{Actor, Identity},
        problem::Problem,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        customer_links,
        customers::{self, Customer},
        passwords::{self, Passwords},
        sessions, subscribers,
    },
    services::Services,
    settings::Desk,
};

/// Where an attempt comes from when the network did not say.
pub(super) const UNKNOWN_ADDRESS: &str = "unknown";

/// The account of the customer who acts.
pub(super) async fn own_account(db: &DatabaseConnection, actor: &Actor) -> Result<Customer> {
    let Identity::Customer { id, .. } = actor.identity else { return Err(Error::forbidden("role_not_allowed")) };
    customers::Entity::find_enabled(db, id).await?.ok_or(Error::Unauthenticated)
}

/// What a guesser knows of a customer.
pub(super) async fn known(desk: &Services, customer: &Customer) -> Result<[String; 6]> {
    let organisation = subscribers::by_id(&desk.db, customer.subscriber_id).await?.name;
    let Customer { name, login, email, .. } = customer.clone();
    let Desk { short_name, portal_product, .. } = desk.settings.desk.clone();
    Ok([name, login, email, organisation, short_name, portal_product])
}

/// Whether a logged-in customer knows the password. Wrong ones count like those of the log-in: a computer left alone
/// is no place to guess. The caller notes the success in its transaction.
pub(super) async fn prove(
    db: &DatabaseConnection,
    passwords: &Passwords,
    customer: &Customer,
    given: String,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Attempt> {
    let wrong = || Problem::on("current", "customer_password_wrong");
    if given.len() > passwords::MAX_BYTES {
        return Err(wrong().into());
    }
    let address = actor.address.as_deref().unwrap_or(UNKNOWN_ADDRESS);
    let attempt = lockout::count_attempt(db, Door::Portal, &customer.login, address, now).await?;
    let proven = passwords.verify(given, customer.password_hash.clone()).await.map_err(Error::internal)?;
    if proven { Ok(attempt) } else { Err(wrong().into()) }
}

/// The new password with all that follows: sessions and open links end, and the customer is told.
pub(super) async fn store(
    txn: &impl ConnectionTrait,
    desk: &Services,
    customer: &Customer,
    password_hash: String,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    customers::set_password(txn, customer.id, password_hash).await?;
    sessions::delete_of_customer(txn, customer.id).await?;
    customer_links::delete_unused(txn, customer.id, None).await?;
    account_letters::tell_password_changed(txn, desk, customer, now).await?;
    let subject = customer.audit_subject();
    let act = Act { action: "customer_password_set", subject, case_id: None, detail: json!({}) };
    audit_events::append(txn, act, actor, now).await
}
