//! One attempt with one delivery: signed, posted, and what its answer means.

use chrono::TimeDelta;
use sea_orm::prelude::DateTimeUtc;

use crate::domain::webhook::{Answer, DeliveryStatus, Secret, Verdict, verdict};
use crate::errors::{Error, Result};
use crate::models::webhook_deliveries::{Delivery, Ending};
use crate::models::webhooks::Webhook;
use crate::services::Services;
use crate::webhooks::Parcel;

pub struct Attempt {
    pub delivery: Delivery,
    pub answer: Answer,
    pub status: Option<u16>,
}

impl Attempt {
    pub fn ending(&self, now: DateTimeUtc) -> Ending {
        let attempt = u32::try_from(self.delivery.attempts + 1).unwrap_or(u32::MAX);
        let seed = u64::try_from(self.delivery.id).unwrap_or_default();
        let (status, wait) = match verdict(self.answer, attempt, seed) {
            Verdict::Delivered => (DeliveryStatus::Delivered, TimeDelta::zero()),
            Verdict::Retry(wait) => (DeliveryStatus::Waiting, wait),
            Verdict::GivenUp => (DeliveryStatus::GivenUp, TimeDelta::zero()),
        };
        Ending { answer: self.answer, answer_status: self.status, status, next_attempt_at: now + wait }
    }
}

pub async fn attempt(desk: &Services, url: &str, secrets: &[Secret], delivery: Delivery) -> Attempt {
    let timestamp = desk.clock.now().timestamp();
    let signatures = signatures(secrets, &delivery.message_id, timestamp, &delivery.body);
    let parcel = Parcel { id: &delivery.message_id, timestamp, signatures: &signatures, body: &delivery.body };
    let (answer, status) = desk.receivers.post(url, parcel).await;
    Attempt { delivery, answer, status }
}

/// The present secret and, while receivers may still know only that one, the one before it.
pub fn secrets(desk: &Services, hook: &Webhook, now: DateTimeUtc) -> Result<Vec<Secret>> {
    let former = hook.former_secret.as_ref().filter(|_| hook.former_until.is_some_and(|until| now < until));
    let open = |sealed: &String| {
        let text = desk.vault.open(&hook.vault_row(), sealed).map_err(Error::internal)?;
        Secret::parse(&text).ok_or_else(|| Error::internal("a webhook's secret is not one"))
    };
    [Some(&hook.secret), former].into_iter().flatten().map(open).collect()
}

pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &str) -> String {
    let all: Vec<String> = secrets.iter().map(|secret| secret.sign(id, timestamp, body)).collect();
    all.join(" ")
}
