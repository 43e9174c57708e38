//! A customer asks that the log-in demands no code any more.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;

use super::customer_password::{own_account, prove};
use super::release_code::release;
use crate::{
    domain::actor::Actor,
    errors::Result,
    models::{passwords::Passwords, transaction},
};

pub async fn turn_off_code(
    db: &DatabaseConnection,
    passwords: &Passwords,
    password: String,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let customer = own_account(db, actor).await?;
    let proof = prove(db, passwords, &customer, password, actor, now).await?;
    let txn = transaction::begin(db).await?;
    proof.succeeded(&txn).await?;
    release(&txn, &customer, actor, now).await?;
    txn.commit().await?;
    Ok(())
}
