//! Ties a report on a delivery to its mail: the mail did not arrive, or is late.

use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::send_messages::ReturnPath;
use crate::domain::actor::Actor;
use crate::domain::bounce::{Bounce, BounceAction, Mark};
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::bounces::{self, NewBounce};
use crate::models::columns::MessageStatus;
use crate::models::messages::{self, Addressee, Message};
use crate::models::outbox::{self, Returned};
use crate::models::transaction;
use crate::services::Services;

/// What a report says, and the mark of the address to which it came.
#[derive(Debug, Clone)]
pub struct RecordBounce<'a> {
    pub mark: Mark,
    pub bounces: &'a [Bounce],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Recorded,
    /// All of it was told before.
    Known,
    /// A sender has the mail in hand, or somebody wrote about it meanwhile: nothing is recorded, tell it again later.
    TooEarly,
    /// We sent no such mail.
    Unknown,
}

/// Records what a report says of each recipient, once however often it is told. A recipient who was given up makes the
/// mail one that needs a person, as a refusal by the server does.
pub async fn record_bounce(
    desk: &Services,
    path: &ReturnPath,
    report: RecordBounce<'_>,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Outcome> {
    let txn = transaction::begin(&desk.db).await?;
    let message = match messages::by_id(&txn, report.mark.message).await {
        Ok(message) => message,
        Err(Error::NotFound(_)) => return Ok(Outcome::Unknown),
        Err(error) => return Err(error),
    };
    if !path.key.made(report.mark, &message.message_id) {
        return Ok(Outcome::Unknown);
    }
    let mut addressees = message.addressees()?;
    let mut news: Vec<&Bounce> = Vec::new();
    for bounce in report.bounces {
        let place = addressed(&addressees, bounce);
        if bounces::insert(&txn, row(&message, &addressees, place, bounce), now).await? {
            news.push(bounce);
            if let (BounceAction::Failed, Some(place)) = (bounce.action, place) {
                addressees[place].refused = Some(bounce.words.clone());
            }
        }
    }
    let Some(last) = news.last() else { return Ok(Outcome::Known) };
    let given_up = news.iter().rev().find(|bounce| bounce.action == BounceAction::Failed);
    if let Some(bounce) = given_up {
        let returned = returned(&message, &addressees, bounce)?;
        if !outbox::give_back(&txn, &message, returned, now).await? {
            return Ok(Outcome::TooEarly);
        }
    }
    let act = Act {
        action: if given_up.is_some() { "message_bounced" } else { "message_delayed" },
        subject: format!("message:{}", message.id),
        case_id: message.case_id,
        detail: json!({ "status": given_up.unwrap_or(last).status }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(Outcome::Recorded)
}

/// Which of the addressees it is about. Where the last server had another address (a mailbox that forwards), it can only
/// be the one whom the mail was for.
fn addressed(addressees: &[Addressee], bounce: &Bounce) -> Option<usize> {
    let is = |one: &Addressee, address: &String| one.recipient.email().eq_ignore_ascii_case(address);
    let named = |one: &Addressee| bounce.recipients.iter().any(|address| is(one, address));
    addressees.iter().position(named).or_else(|| (addressees.len() == 1).then_some(0))
}

fn row(message: &Message, addressees: &[Addressee], place: Option<usize>, bounce: &Bounce) -> NewBounce {
    let known = place.and_then(|place| addressees.get(place)).map(|one| one.recipient.email().to_owned());
    NewBounce {
        message_id: message.id,
        recipient: known.or_else(|| bounce.recipients.first().cloned()).unwrap_or_default(),
        action: bounce.action,
        status_code: bounce.status.clone(),
        words: bounce.words.clone(),
    }
}

fn returned(message: &Message, addressees: &[Addressee], bounce: &Bounce) -> Result<Returned> {
    let status = match message.status {
        // Who killed its sender before the end was written, or who is not through with the others.
        MessageStatus::Queued if addressees.iter().any(Addressee::is_open) => MessageStatus::Queued,
        MessageStatus::Sent | MessageStatus::Failed | MessageStatus::Queued => MessageStatus::Failed,
        MessageStatus::Cancelled => MessageStatus::Cancelled,
    };
    Ok(Returned {
        status,
        recipients: serde_json::to_string(addressees).map_err(Error::internal)?,
        error: bounce.words.clone(),
    })
}
