//! A logged-in customer replaces their password; all their sessions end.

use chrono::{DateTime, Utc};

use super::change_password::{PasswordChange, check};
use super::customer_password::{self, own_account};
use crate::{
    domain::actor::Actor,
    errors::{Error, Result},
    models::{customers::Customer, passwords::Passwords, transaction},
    services::Services,
};

pub async fn change_customer_password(
    desk: &Services,
    passwords: &Passwords,
    change: PasswordChange,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Customer> {
    let customer = own_account(&desk.db, actor).await?;
    let known = customer_password::known(desk, &customer).await?;
    check(&change, &known)?;
    let proof = customer_password::prove(&desk.db, passwords, &customer, change.current, actor, now).await?;
    let hash = passwords.hash(change.new).await.map_err(Error::internal)?;
    let txn = transaction::begin(&desk.db).await?;
    proof.succeeded(&txn).await?;
    customer_password::store(&txn, desk, &customer, hash, actor, now).await?;
    txn.commit().await?;
    Ok(customer)
}
