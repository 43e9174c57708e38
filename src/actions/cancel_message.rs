//! Takes back a mail that somebody sent once more, while nobody has begun to send it.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use crate::domain::actor::Actor;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::messages::{self, Message};
use crate::models::{outbox, transaction};
use crate::services::Services;

/// The mail, cancelled. Mails that an event of a case queued are not taken back.
pub async fn cancel_message(desk: &Services, message_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<Message> {
    let txn = transaction::begin(&desk.db).await?;
    if !outbox::cancel_unbegun(&txn, message_id, now).await? {
        messages::by_id(&txn, message_id).await?;
        return Err(Error::conflict("message_not_cancellable"));
    }
    let cancelled = messages::by_id(&txn, message_id).await?;
    let act = Act {
        action: "message_cancelled",
        subject: format!("message:{message_id}"),
        case_id: cancelled.case_id,
        detail: json!({ "copy_of": cancelled.resend_of }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(cancelled)
}
