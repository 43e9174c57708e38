//! Sends a mail once more in the same words, to the same people or to corrected addresses.

use chrono::TimeDelta;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::domain::mail::Recipient;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::columns::MessageStatus;
use crate::models::messages::{self, ActiveModel, Addressee, Message};
use crate::models::transaction;
use crate::services::Services;

/// How long a person may think again before the mail leaves.
pub const TIME_TO_CANCEL: TimeDelta = TimeDelta::seconds(10);

#[derive(Debug, Clone)]
pub struct ResendMessage {
    pub message_id: i64,
    /// One for each addressee, in their order; an empty one: not to this one again. `None`: all as they were.
    pub addresses: Option<Vec<String>>,
    /// Between now and the first attempt.
    pub delay: TimeDelta,
}

impl ResendMessage {
    /// To the same people, at once.
    pub fn unchanged(message_id: i64) -> Self {
        Self { message_id, addresses: None, delay: TimeDelta::zero() }
    }
}

/// The new mail, queued. Refused for a mail with a secret, while the mail is still on its way, and for a mail that
/// was sent again already: its copy is the one to send once more. A corrected address is for this mail only; contacts
/// change by two people (`propose_contact`).
pub async fn resend_message(desk: &Services, input: ResendMessage, actor: &Actor, now: DateTimeUtc) -> Result<Message> {
    let txn = transaction::begin(&desk.db).await?;
    let original = messages::by_id(&txn, input.message_id).await?;
    check(&original)?;
    let copies = messages::copies_of(&txn, original.id).await?;
    if copies.iter().any(|copy| !copy.is_taken_back()) {
        return Err(Error::conflict("message_resent_already"));
    }
    let before = original.addressees()?;
    let to = addressees(&before, input.addresses.as_deref())?;
    let corrected = to.iter().any(|one| before.iter().all(|old| old.recipient != one.recipient));
    let copy = copy_of(&original, copies.len(), &to, now + input.delay, now)?;
    let copy = copy.insert(&txn).await.map_err(sent_again_already)?;
    let act = Act {
        action: "message_resent",
        subject: format!("message:{}", original.id),
        case_id: original.case_id,
        detail: json!({ "copy": copy.id, "corrected": corrected }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(copy)
}

fn check(original: &Message) -> Result<()> {
    if original.holds_secret() {
        return Err(Error::conflict("message_holds_secret"));
    }
    if original.status == MessageStatus::Queued {
        return Err(Error::conflict("message_still_queued"));
    }
    Ok(())
}

/// The fields of the addresses on the form. No mail has more addressees.
pub const FIELDS: [&str; 5] = ["to_1", "to_2", "to_3", "to_4", "to_5"];

fn addressees(before: &[Addressee], addresses: Option<&[String]>) -> Result<Vec<Addressee>> {
    let anew = |recipient| Addressee { recipient, delivered_at: None, refused: None };
    let Some(addresses) = addresses else {
        return Ok(before.iter().map(|one| anew(one.recipient.clone())).collect());
    };
    let (mut to, mut problems) = (Vec::new(), Vec::new());
    for ((one, address), field) in before.iter().zip(addresses).zip(FIELDS) {
        if address.trim().is_empty() {
            continue;
        }
        match Recipient::new(one.recipient.name(), address) {
            Ok(recipient) => to.push(anew(recipient)),
            Err(problem) => problems.push(Problem { field: Some(field), ..problem }),
        }
    }
    if to.is_empty() && problems.is_empty() {
        problems.push(Problem::on(FIELDS[0], "message_without_recipient"));
    }
    if problems.is_empty() { Ok(to) } else { Err(Error::Invalid(problems)) }
}

/// Its own Message-ID: receivers drop a second mail with the same one.
fn copy_of(
    original: &Message,
    taken_back: usize,
    to: &[Addressee],
    due_at: DateTimeUtc,
    now: DateTimeUtc,
) -> Result<ActiveModel> {
    let again = match taken_back {
        0 => format!("again-{}", original.id),
        n => format!("again-{}-{n}", original.id),
    };
    let message_id = format!("<{again}.{}", original.message_id.trim_start_matches('<'));
    Ok(ActiveModel {
        case_id: Set(original.case_id),
        kind: Set(original.kind.clone()),
        event_key: Set(again),
        recipients: Set(serde_json::to_string(to).map_err(Error::internal)?),
        subject: Set(original.subject.clone()),
        body_text: Set(original.body_text.clone()),
        body_html: Set(original.body_html.clone()),
        message_id: Set(message_id),
        status: Set(MessageStatus::Queued),
        attempts: Set(0),
        next_attempt_at: Set(due_at),
        fence: Set(0),
        resend_of: Set(Some(original.id)),
        created_at: Set(now),
        ..<ActiveModel as Default>::default()
    })
}

fn sent_again_already(error: sea_orm::DbErr) -> Error {
    match Error::from(error) {
        Error::Conflict(_) => Error::conflict("message_resent_already"),
        other => other,
    }
}
