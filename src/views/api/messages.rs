//! The outbox.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::words;
use crate::messages::Texts;
use crate::models::messages::{self, Addressee};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageQuery {
    /// Only mails of this case.
    pub reception_number: Option<String>,
    /// Only mails that stand so.
    #[param(schema_with = words::message_status)]
    pub status: Option<String>,
    /// Number of items, 1 to 200; default 50.
    #[param(value_type = Option<u64>)]
    pub limit: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// A mail and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    pub id: i64,
    pub kind: String,
    #[schema(schema_with = words::message_status)]
    pub status: &'static str,
    pub recipients: Vec<Recipient>,
    pub subject: String,
    /// Of a mail that lets its reader into an account: a remark in its place.
    pub text: String,
    /// The header `Message-ID`.
    pub message_id: String,
    pub attempts: i32,
    pub next_attempt_at: DateTime<Utc>,
    pub last_error: Option<String>,
    pub resend_of: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Recipient {
    pub name: String,
    pub email: String,
    pub delivered_at: Option<DateTime<Utc>>,
    /// The server's words when it refused this address for good, or those of the report that came back.
    pub refused: Option<String>,
}

impl From<Addressee> for Recipient {
    fn from(addressee: Addressee) -> Self {
        Self {
            name: addressee.recipient.name().to_owned(),
            email: addressee.recipient.email().to_owned(),
            delivered_at: addressee.delivered_at,
            refused: addressee.refused,
        }
    }
}

impl Message {
    pub fn of(t: Texts, row: messages::Message, addressees: Vec<Addressee>) -> Self {
        let withheld = row.holds_secret();
        Self {
            recipients: addressees.into_iter().map(Recipient::from).collect(),
            id: row.id,
            kind: row.kind,
            status: row.status.as_str(),
            subject: row.subject,
            text: if withheld { t.s("mails.body_withheld").to_owned() } else { row.body_text },
            message_id: row.message_id,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
            resend_of: row.resend_of,
            created_at: row.created_at,
            sent_at: row.sent_at,
        }
    }
}
