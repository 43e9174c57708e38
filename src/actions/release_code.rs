//! The desk frees a customer, who has lost the authenticator app and the recovery codes, from the confirmation code.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::json;

use crate::{
    domain::actor::Actor,
    errors::Result,
    models::{
        audit_events::{self, Act},
        customers::{self, Customer},
        recovery_codes, transaction,
    },
};

/// Whoever calls for it was identified by the desk; the password is still needed to log in.
pub async fn release_code(
    db: &DatabaseConnection,
    customer_id: i64,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let txn = transaction::begin(db).await?;
    let customer = customers::by_id(&txn, customer_id).await?;
    release(&txn, &customer, actor, now).await?;
    txn.commit().await?;
    Ok(customer)
}

/// Nothing happens where no code is asked for.
pub(super) async fn release(
    txn: &impl ConnectionTrait,
    customer: &Customer,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    if customer.totp_secret.is_none() {
        return Ok(());
    }
    customers::set_code_secret(txn, customer.id, None, None).await?;
    recovery_codes::delete_of(txn, customer.id).await?;
    let subject = customer.audit_subject();
    let act = Act { action: "confirmation_code_off", subject, case_id: None, detail: json!({}) };
    audit_events::append(txn, act, actor, now).await
}
