//! Webhook: what one receiver was told, and how it answered.

use axum::response::Response;

use super::super::claims::NoFields;
use super::super::frame::Frame;
use super::webhooks::HREF;
use super::{label, open, saved};
use crate::actions::redeliver_webhook::redeliver_webhook;
use crate::actions::test_webhook::test_webhook;
use crate::controllers::extractors::{Form, Path};
use crate::domain::webhook::{Answer, DeliveryStatus, TEST};
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::webhook_deliveries::{self, Delivery};
use crate::models::webhooks::Webhook;
use crate::views::chrome::{Flash, FlashKind};
use crate::views::desk::settings::webhooks::DeliveryRow;
use crate::views::parts::Tone;

/// Deliveries that the page shows.
const LIMIT: usize = 50;

/// The newest first, and whether there are more.
pub(super) async fn rows(frame: &Frame, hook: &Webhook) -> Result<(Vec<DeliveryRow>, Option<String>)> {
    let mut found = webhook_deliveries::newest(&frame.desk.db, hook.id, None, LIMIT as u64 + 1).await?;
    let cut = (found.len() > LIMIT).then(|| frame.t.f("settings.cut", &[("n", &LIMIT)]));
    found.truncate(LIMIT);
    Ok((found.iter().map(|delivery| row(frame.t, delivery)).collect(), cut))
}

fn row(t: Texts, delivery: &Delivery) -> DeliveryRow {
    let (icon, tone) = match delivery.status {
        DeliveryStatus::Waiting => ("clock", Tone::Wait),
        DeliveryStatus::Delivered => ("circle-check", Tone::Ok),
        DeliveryStatus::GivenUp => ("triangle-alert", Tone::Bad),
    };
    let over = delivery.status != DeliveryStatus::Waiting && delivery.kind != TEST;
    DeliveryRow {
        at: dates::short_instant(t, delivery.created_at),
        event: delivery.kind.clone(),
        message_id: delivery.message_id.clone(),
        status: label(t, icon, tone, &format!("settings.webhooks.delivery.{}", delivery.status.as_str())),
        answer: delivery.answer.map_or_else(String::new, |answer| answered(t, answer, delivery.answer_status)),
        attempts: delivery.attempts.to_string(),
        resend: over.then(|| format!("{HREF}/{}/deliveries/{}/resend", delivery.webhook_id, delivery.id)),
        resend_label: t.f("settings.webhooks.resend_one", &[("id", &delivery.message_id)]),
    }
}

fn answered(t: Texts, answer: Answer, status: Option<i64>) -> String {
    let words = t.s(&format!("settings.webhooks.answers.{}", answer.as_str()));
    status.map_or_else(|| words.to_owned(), |status| format!("{words} ({status})"))
}

/// Sends a test and tells what came of it.
pub(super) async fn test(frame: &Frame, id: i64) -> Result<()> {
    let tried = test_webhook(&frame.desk, id, &frame.actor(), frame.now).await?;
    let Some(answer) = tried.answer else { return Ok(()) };
    let words = answered(frame.t, answer, tried.answer_status);
    let text = frame.t.f("settings.webhooks.tested", &[("answer", &words)]);
    let kind = if answer == Answer::Taken { FlashKind::Done } else { FlashKind::Error };
    frame.flashes.put(Flash { kind, text, next_call: false }).await?;
    Ok(())
}

/// `POST /desk/settings/webhooks/{id}/deliveries/{delivery}/resend`
pub async fn resend(frame: Frame, Path((id, delivery)): Path<(i64, i64)>, Form(_): Form<NoFields>) -> Result<Response> {
    open(&frame).await?;
    redeliver_webhook(&frame.desk, id, delivery, &frame.actor(), frame.now).await?;
    saved(&frame, "settings.webhooks.resent", &format!("{HREF}/{id}")).await
}
