//! Sends a mail once more, to the same people and in the same words.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::columns::MessageStatus;
use crate::models::messages::{self, ActiveModel, Addressee, Message};
use crate::models::transaction;
use crate::services::Services;

/// The new mail, queued. Refused for a mail with a secret, while the mail is still on its way, and for a mail that
/// was sent again already: its copy is the one to send once more.
pub async fn resend_message(desk: &Services, message_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<Message> {
    let txn = transaction::begin(&desk.db).await?;
    let original = messages::by_id(&txn, message_id).await?;
    if original.holds_secret() {
        return Err(Error::conflict("message_holds_secret"));
    }
    if original.status == MessageStatus::Queued {
        return Err(Error::conflict("message_still_queued"));
    }
    let copy = copy_of(&original, now)?.insert(&txn).await.map_err(sent_again_already)?;
    let act = Act {
        action: "message_resent",
        subject: format!("message:{}", original.id),
        case_id: original.case_id,
        detail: json!({ "copy": copy.id }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(copy)
}

/// Its own Message-ID: receivers drop a second mail with the same one.
fn copy_of(original: &Message, now: DateTimeUtc) -> Result<ActiveModel> {
    let anew = |addressee: Addressee| Addressee { delivered_at: None, refused: None, ..addressee };
    let addressees: Vec<Addressee> = original.addressees()?.into_iter().map(anew).collect();
    let message_id = format!("<again-{}.{}", original.id, original.message_id.trim_start_matches('<'));
    Ok(ActiveModel {
        case_id: Set(original.case_id),
        kind: Set(original.kind.clone()),
        event_key: Set(format!("again-{}", original.id)),
        recipients: Set(serde_json::to_string(&addressees).map_err(Error::internal)?),
        subject: Set(original.subject.clone()),
        body_text: Set(original.body_text.clone()),
        body_html: Set(original.body_html.clone()),
        message_id: Set(message_id),
        status: Set(MessageStatus::Queued),
        attempts: Set(0),
        next_attempt_at: Set(now),
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
