//! Somebody who cannot log in asks for a link to choose a new password.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::account_letters::send_link;
use super::lockout::{self, Door};
use crate::{
    domain::{
        account::{AccountState, login_key},
        actor::{Actor, Identity},
        problem::Problem,
    },
    errors::Result,
    models::{
        audit_events::{self, Act},
        columns::LinkPurpose,
        customers, passwords, transaction,
    },
    services::Services,
};

/// Requests are counted per account, wherever they come from: nobody's mailbox is filled from many places.
const ANYWHERE: &str = "anywhere";

pub struct RequestPasswordReset {
    /// ユーザーID, as typed.
    pub login: String,
    /// Where the request comes from.
    pub address: Option<String>,
}

/// Whether the account exists shows neither in the answer nor in its time: the mail is written in the background, to
/// the account's address and only while the account is in use.
pub async fn request_password_reset(desk: &Services, input: RequestPasswordReset, now: DateTime<Utc>) -> Result<()> {
    let login = login_key(&input.login);
    if login.is_empty() {
        return Err(Problem::on("login", "login_missing").into());
    }
    if login.len() > passwords::MAX_BYTES {
        return Ok(());
    }
    lockout::count_attempt(&desk.db, Door::PasswordMail, &login, ANYWHERE, now).await?;
    let background = desk.clone();
    desk.spawn(async move {
        if let Err(error) = send(&background, &login, input.address, now).await {
            tracing::error!(%error, "a link for a new password could not be queued");
        }
    });
    Ok(())
}

async fn send(desk: &Services, login: &str, address: Option<String>, now: DateTime<Utc>) -> Result<()> {
    let txn = transaction::begin(&desk.db).await?;
    let customer = customers::Entity::find_by_login(&txn, login).await?;
    let Some(customer) = customer.filter(|customer| customer.state() == AccountState::Active) else { return Ok(()) };
    send_link(&txn, desk, &customer, LinkPurpose::PasswordReset, now).await?;
    let subject = customer.audit_subject();
    let act = Act { action: "password_reset_requested", subject, case_id: None, detail: json!({}) };
    // Not known to be the customer: anybody can type a login.
    audit_events::append(&txn, act, &Actor::new(Identity::System, address), now).await?;
    txn.commit().await?;
    desk.nudge();
    Ok(())
}
