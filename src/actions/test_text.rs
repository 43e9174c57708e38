//! Mails a text that is being written to its author, about a made-up case.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::{Actor, Identity};
use crate::domain::calendar::jst_date;
use crate::domain::mail::Recipient;
use crate::domain::text::{Draft, TextKey, read};
use crate::errors::{Error, Result};
use crate::mail::Words;
use crate::mail::sample::{Sample, compose_test};
use crate::models::audit_events::{self, Act};
use crate::models::messages::{self, NewMessage};
use crate::models::{transaction, users};
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct TestText {
    pub key: TextKey,
    pub draft: Draft,
    pub sample: Sample,
    /// Of the form: the same one twice is one mail.
    pub idem: String,
}

/// The address it goes to: that of the member of staff who asks.
pub async fn test_text(desk: &Services, input: TestText, actor: &Actor, now: DateTimeUtc) -> Result<Recipient> {
    let text = read(input.key, &input.draft).map_err(Error::Invalid)?;
    let txn = transaction::begin(&desk.db).await?;
    let reader = author(&txn, actor).await?;
    let texts = desk.texts.in_force(&txn, jst_date(now)).await?.as_ref().clone().with(input.key, text);
    let named = desk.desk_on(jst_date(now));
    let words = Words { desk: &named, texts: &texts };
    let mail = compose_test(input.key, input.sample, &reader, &desk.settings.public_url, words)?;
    let message = NewMessage {
        case_id: None,
        about: "text-test".to_owned(),
        event_key: format!("test-{}", input.idem),
        mail: mail.ok_or_else(|| Error::conflict("text_is_no_mail"))?,
    };
    if messages::enqueue(&txn, message, &desk.settings.public_url, now).await? {
        let subject = format!("text:{}", input.key);
        let act = Act { action: "text_tested", subject, case_id: None, detail: json!({}) };
        audit_events::append(&txn, act, actor, now).await?;
    }
    txn.commit().await?;
    Ok(reader)
}

async fn author(txn: &sea_orm::DatabaseTransaction, actor: &Actor) -> Result<Recipient> {
    let Identity::Staff { id, .. } = actor.identity else { return Err(Error::forbidden("staff_only")) };
    let user = users::Entity::find_enabled(txn, id).await?.ok_or(Error::Unauthenticated)?;
    Ok(Recipient::new(&user.name, &user.email)?)
}
