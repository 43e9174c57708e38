//! Sends a receiver one delivery that tells of nothing, once, and says what came of it.

use chrono::SecondsFormat;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::send_webhooks::{secrets, signatures};
use crate::domain::actor::Actor;
use crate::domain::webhook::{Answer, DeliveryStatus, TEST};
use crate::errors::Result;
use crate::models::audit_events::{self, Act};
use crate::models::webhook_deliveries::{self, ActiveModel, Delivery};
use crate::models::{halts, transaction, webhooks};
use crate::services::Services;
use crate::webhooks::Parcel;

/// Also to a receiver that is paused. Sent first and recorded then: it is no fact that anybody waits for.
pub async fn test_webhook(desk: &Services, webhook_id: i64, actor: &Actor, now: DateTimeUtc) -> Result<Delivery> {
    halts::refuse(&desk.db).await?;
    let hook = webhooks::by_id(&desk.db, webhook_id).await?;
    let (message_id, timestamp) = (webhook_deliveries::message_id(), now.timestamp());
    let sent_at = now.to_rfc3339_opts(SecondsFormat::Micros, true);
    let body = json!({ "type": TEST, "timestamp": sent_at, "data": {} }).to_string();
    let signatures = signatures(&secrets(desk, &hook, now)?, &message_id, timestamp, &body);
    let parcel = Parcel { id: &message_id, timestamp, signatures: &signatures, body: &body };
    let (answer, status) = desk.receivers.post(&hook.url, parcel).await;

    let txn = transaction::begin(&desk.db).await?;
    let taken = answer == Answer::Taken;
    let tried = ActiveModel {
        webhook_id: Set(hook.id),
        message_id: Set(message_id),
        case_id: Set(None),
        kind: Set(TEST.to_owned()),
        body: Set(body),
        status: Set(if taken { DeliveryStatus::Delivered } else { DeliveryStatus::GivenUp }),
        attempts: Set(1),
        next_attempt_at: Set(now),
        answer: Set(Some(answer)),
        answer_status: Set(status.map(i64::from)),
        attempted_at: Set(Some(now)),
        ended_at: Set(Some(now)),
        created_at: Set(now),
        ..<ActiveModel as Default>::default()
    };
    let delivery = webhook_deliveries::insert_tried(&txn, tried).await?;
    let detail = json!({ "name": hook.name, "reply": answer.as_str(), "status": status });
    let act = Act { action: "webhook_tested", subject: hook.audit_subject(), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(delivery)
}
