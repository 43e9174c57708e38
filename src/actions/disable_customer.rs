//! Closes a customer's account: its sessions and its links end at once.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use crate::{
    domain::actor::Actor,
    errors::Result,
    models::{
        audit_events::{self, Act},
        customer_links,
        customers::{self, Customer},
        sessions, transaction,
    },
};

/// An account that is closed already stays as it is.
pub async fn disable_customer(
    db: &DatabaseConnection,
    customer_id: i64,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let txn = transaction::begin(db).await?;
    let customer = customers::by_id(&txn, customer_id).await?;
    if customer.disabled_at.is_none() {
        customers::set_disabled(&txn, customer_id, Some(now)).await?;
        sessions::delete_of_customer(&txn, customer_id).await?;
        customer_links::delete_unused(&txn, customer_id, None).await?;
        let subject = customer.audit_subject();
        let act = Act { action: "customer_disabled", subject, case_id: None, detail: json!({}) };
        audit_events::append(&txn, act, actor, now).await?;
    }
    txn.commit().await?;
    Ok(customer)
}
