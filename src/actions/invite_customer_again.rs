//! Mails a new link to a customer who has not chosen a password yet.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::account_letters::send_link;
use crate::{
    domain::{account::AccountState, actor::Actor},
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        columns::LinkPurpose,
        customers::{self, Customer},
        transaction,
    },
    services::Services,
};

/// The link before it stops working. Who has a password asks for a new one at the log-in.
pub async fn invite_customer_again(
    desk: &Services,
    customer_id: i64,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let txn = transaction::begin(&desk.db).await?;
    let customer = customers::by_id(&txn, customer_id).await?;
    match customer.state() {
        AccountState::Invited => {}
        AccountState::Active => return Err(Error::conflict("customer_accepted_already")),
        AccountState::Disabled => return Err(Error::conflict("customer_is_disabled")),
    }
    send_link(&txn, desk, &customer, LinkPurpose::Invitation, now).await?;
    let subject = customer.audit_subject();
    let act = Act { action: "customer_invited_again", subject, case_id: None, detail: json!({}) };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(customer)
}
