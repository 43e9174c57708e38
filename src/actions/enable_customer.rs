//! Opens a customer's account again, with the password it had.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use crate::{
    domain::actor::Actor,
    errors::Result,
    models::{
        audit_events::{self, Act},
        customers::{self, Customer},
        transaction,
    },
};

/// An account that is open already stays as it is.
pub async fn enable_customer(
    db: &DatabaseConnection,
    customer_id: i64,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let txn = transaction::begin(db).await?;
    let customer = customers::by_id(&txn, customer_id).await?;
    if customer.disabled_at.is_some() {
        customers::set_disabled(&txn, customer_id, None).await?;
        let subject = customer.audit_subject();
        let act = Act { action: "customer_enabled", subject, case_id: None, detail: json!({}) };
        audit_events::append(&txn, act, actor, now).await?;
    }
    txn.commit().await?;
    Ok(customer)
}
