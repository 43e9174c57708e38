//! Webhooks: the receivers and what they were told.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::webhook::Answer;
use crate::models::webhook_deliveries::Delivery;
use crate::models::webhooks;

/// A receiver.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    pub id: i64,
    pub name: String,
    pub url: String,
    pub events: Vec<String>,
    /// `on`, `resting` (it failed, and is left alone for a while), `paused`, or `gone` (it answered 410).
    pub state: &'static str,
    pub failing_since: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl Webhook {
    pub fn of(row: webhooks::Webhook, now: DateTime<Utc>) -> Self {
        let state = row.standing(now).as_str();
        let events = row.events().map(|event| event.to_string()).collect();
        let webhooks::Webhook { id, name, url, failing_since, created_at, .. } = row;
        Self { id, name, url, events, state, failing_since, created_at }
    }
}

/// A receiver with its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookWithSecret {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// `whsec_…`: shown this once.
    pub secret: String,
}

/// What a receiver was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDelivery {
    pub id: i64,
    /// `webhook-id` of the request.
    pub message_id: String,
    pub event: String,
    /// `waiting`, `delivered` or `given_up`
    pub status: &'static str,
    pub attempts: i64,
    /// What the last attempt came to.
    pub answer: Option<&'static str>,
    pub answer_status: Option<i64>,
    pub attempted_at: Option<DateTime<Utc>>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl From<Delivery> for WebhookDelivery {
    fn from(row: Delivery) -> Self {
        Self {
            id: row.id,
            message_id: row.message_id,
            event: row.kind,
            status: row.status.as_str(),
            attempts: row.attempts,
            answer: row.answer.map(Answer::as_str),
            answer_status: row.answer_status,
            attempted_at: row.attempted_at,
            next_attempt_at: row.ended_at.is_none().then_some(row.next_attempt_at),
            created_at: row.created_at,
        }
    }
}
