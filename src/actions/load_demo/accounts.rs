//! Accounts of the portal: those whose log-in is told, and one for each other organisation.

use sea_orm::prelude::DateTimeUtc;

use super::PortalAccount;
use super::material::{KnownCustomer, Material};
use crate::domain::actor::{Actor, Identity};
use crate::errors::{Error, Result};
use crate::models::contacts::Contact;
use crate::models::customers::{self, NewCustomer};
use crate::models::subscribers::Subscriber;
use crate::services::Services;

/// Opens the accounts of an organisation, with a password already chosen. The customer who acts for it.
///
/// All share one hash: hashing takes long on purpose, and the password is known anyway.
pub async fn open(
    desk: &Services,
    material: &Material,
    password_hash: &str,
    (organisation, subscriber, contact): (usize, &Subscriber, &Contact),
    now: DateTimeUtc,
) -> Result<Actor> {
    let domain = &material.organisations[organisation][3];
    let known = material.customers.iter().filter(|known| known.organisation == organisation);
    let mut people: Vec<_> =
        known.map(|known| (known.login.clone(), known.name.clone(), format!("{}@{domain}", known.login))).collect();
    if people.is_empty() {
        let login = format!("c{:05}", 10_001 + organisation);
        people.push((login, contact.name.clone(), contact.email.clone()));
    }
    let mut first = None;
    for (login, name, email) in people {
        let password_hash = Some(password_hash.to_owned());
        let new = NewCustomer { subscriber_id: subscriber.id, login, name, email, password_hash };
        let customer = customers::insert(&desk.db, new, now).await?;
        first.get_or_insert(customer);
    }
    let customer = first.ok_or_else(|| Error::internal("an organisation without an account"))?;
    let (id, name, subscriber_id) = (customer.id, customer.name, customer.subscriber_id);
    Ok(Actor::new(Identity::Customer { id, name, subscriber_id }, None))
}

pub fn told(material: &Material) -> Vec<PortalAccount> {
    let account = |known: &KnownCustomer| PortalAccount {
        login: known.login.clone(),
        name: known.name.clone(),
        organisation: material.organisations[known.organisation][0].clone(),
    };
    material.customers.iter().map(account).collect()
}
