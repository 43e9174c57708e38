//! Puts the mails about a customer's account into the outbox, and makes the links in them.
//!
//! A link lets whoever has it choose the password: it stands in the mail only, the database keeps its hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use sea_orm::ConnectionTrait;

use crate::{
    domain::{calendar::jst_date, mail::Recipient},
    errors::Result,
    mail::{AccountLetter, AccountOccasion, Words, compose_account},
    models::{
        columns::LinkPurpose,
        customer_links,
        customers::Customer,
        messages::{self, NewMessage},
        subscribers,
    },
    services::Services,
};

const INVITATION: Duration = Duration::days(7);
const PASSWORD_RESET: Duration = Duration::hours(1);

/// Mails a new link; older ones for the same purpose stop working.
pub(super) async fn send_link(
    txn: &impl ConnectionTrait,
    desk: &Services,
    customer: &Customer,
    purpose: LinkPurpose,
    now: DateTime<Utc>,
) -> Result<()> {
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let token_hash = customer_links::hash(&token);
    let url = format!("{}/portal/password/{token}", desk.settings.public_url);
    let event_key = format!("link-{}", &token_hash[..16]);
    let (until, occasion) = match purpose {
        LinkPurpose::Invitation => {
            let until = now + INVITATION;
            (until, AccountOccasion::Invited { url, until })
        }
        LinkPurpose::PasswordReset => {
            let until = now + PASSWORD_RESET;
            (until, AccountOccasion::PasswordReset { url, until })
        }
    };
    customer_links::delete_unused(txn, customer.id, Some(purpose)).await?;
    customer_links::insert(txn, customer.id, purpose, token_hash, until, now).await?;
    queue(txn, desk, customer, &occasion, event_key, now).await
}

/// Tells the customer that the password was set, in case it was somebody else.
pub(super) async fn tell_password_changed(
    txn: &impl ConnectionTrait,
    desk: &Services,
    customer: &Customer,
    now: DateTime<Utc>,
) -> Result<()> {
    let event_key = format!("customer-{}-{}", customer.id, now.timestamp_micros());
    queue(txn, desk, customer, &AccountOccasion::PasswordChanged { at: now }, event_key, now).await
}

async fn queue(
    txn: &impl ConnectionTrait,
    desk: &Services,
    customer: &Customer,
    occasion: &AccountOccasion,
    event_key: String,
    now: DateTime<Utc>,
) -> Result<()> {
    let letter = AccountLetter {
        company: subscribers::by_id(txn, customer.subscriber_id).await?.name,
        to: Recipient::new(&customer.name, &customer.email)?,
        login: customer.login.clone(),
    };
    let texts = desk.texts.in_force(txn, jst_date(now)).await?;
    let named = desk.desk_on(jst_date(now));
    let words = Words { desk: &named, texts: &texts };
    let mail = compose_account(occasion, &letter, words)?;
    let message = NewMessage { case_id: None, about: format!("customer-{}", customer.id), event_key, mail };
    messages::enqueue(txn, message, &desk.settings.public_url, now).await.map(|_| ())
}
