//! Gives a customer an account of the portal and mails the link with which they choose their password.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::account_letters::send_link;
use crate::{
    domain::{account::AccountFacts, actor::Actor, problem::Problem},
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        columns::LinkPurpose,
        customers::{self, Customer, NewCustomer},
        subscribers, transaction,
    },
    services::Services,
};

pub struct InviteCustomer {
    pub subscriber_id: i64,
    /// ユーザーID
    pub login: String,
    pub name: String,
    /// Where the link goes.
    pub email: String,
}

pub async fn invite_customer(
    desk: &Services,
    input: InviteCustomer,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let InviteCustomer { subscriber_id, login, name, email } = input;
    let facts = AccountFacts::read(&login, &name, &email).map_err(Error::Invalid)?;
    let txn = transaction::begin(&desk.db).await?;
    subscribers::by_id(&txn, subscriber_id).await?;
    let AccountFacts { login, name, email } = facts;
    let new = NewCustomer { subscriber_id, login, name, email, password_hash: None };
    let customer = match customers::insert(&txn, new, now).await.map_err(Error::from) {
        Err(Error::Conflict(_)) => return Err(Error::Conflict(Problem::on("login", "login_taken"))),
        other => other?,
    };
    send_link(&txn, desk, &customer, LinkPurpose::Invitation, now).await?;
    let act = Act {
        action: "customer_invited",
        subject: customer.audit_subject(),
        case_id: None,
        detail: json!({ "subscriber": subscriber_id }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(customer)
}
