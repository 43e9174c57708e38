//! A customer chooses a password by the link of an invitation or a reset.

use chrono::{DateTime, Utc};

use super::customer_password;
use crate::{
    domain::{
        actor::{Actor, Identity},
        password,
    },
    errors::{Error, Result},
    models::{
        customer_links,
        customers::{self, Customer},
        passwords::Passwords,
        transaction,
    },
    services::Services,
};

pub struct ChoosePassword {
    /// What stands in the link.
    pub token: String,
    pub new: String,
    pub repeated: String,
    /// Where the request comes from.
    pub address: Option<String>,
}

/// Uses the link up, also when two arrive at once. A refused password leaves it as it is.
pub async fn choose_password(
    desk: &Services,
    passwords: &Passwords,
    input: ChoosePassword,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let ChoosePassword { token, new, repeated, address } = input;
    let gone = || Error::not_found("link_not_working");
    let link = customer_links::find_open(&desk.db, &token, now).await?.ok_or_else(gone)?;
    let customer = customers::Entity::find_enabled(&desk.db, link.customer_id).await?.ok_or_else(gone)?;
    let known = customer_password::known(desk, &customer).await?;
    password::check(&new, &repeated, &known)?;
    let hash = passwords.hash(new).await.map_err(Error::internal)?;

    let (id, name, subscriber_id) = (customer.id, customer.name.clone(), customer.subscriber_id);
    let actor = Actor::new(Identity::Customer { id, name, subscriber_id }, address);
    let txn = transaction::begin(&desk.db).await?;
    if !customer_links::use_up(&txn, &link.token_hash, now).await? {
        return Err(gone());
    }
    customer_password::store(&txn, desk, &customer, hash, &actor, now).await?;
    txn.commit().await?;
    Ok(customer)
}
