//! Webhooks as a program enters and watches them.

use axum::http::Method;
use revocation_desk::models::idempotency_keys;
use revocation_desk::webhooks::Receivers;
use sea_orm::EntityTrait;
use serde_json::json;

use super::desk::{Desk, assert_refused};
use crate::receiver::Receiver;

#[tokio::test]
async fn a_program_enters_a_receiver_and_reads_its_deliveries() {
    let (desk, receiver) = (Desk::open().await, Receiver::open().await);
    desk.app.change_services(|services| services.receivers = Receivers::new(true));
    let new = json!({ "name": "監視", "url": receiver.url, "events": ["case.filed"], "reason": "連携" });

    let made = desk.admin.post("/api/v1/webhooks", new).await;

    let hook = made.assert_status(201).json();
    assert!(hook["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!((&hook["state"], &hook["events"]), (&"on".into(), &json!(["case.filed"])));
    let place = made.location().to_owned();
    desk.admin.get(&place).await.assert_status(200).assert_lacks("whsec_");
    desk.admin.get("/api/v1/webhooks").await.assert_status(200).assert_lacks("whsec_");
    let tested = desk.admin.post(&format!("{place}/test"), json!({})).await.assert_status(200).json();
    assert_eq!((&tested["status"], &tested["answer_status"]), (&"delivered".into(), &204.into()));
    let reason = || json!({ "reason": "保守" });
    let paused = desk.admin.post(&format!("{place}/pause"), reason()).await.assert_status(200).json();
    assert_eq!(paused["state"], "paused");
    let resumed = desk.admin.post(&format!("{place}/resume"), reason()).await.assert_status(200).json();
    assert_eq!(resumed["state"], "on");
    let listed = desk.admin.get(&format!("{place}/deliveries?limit=1")).await.assert_status(200).json();
    assert_eq!(listed["items"][0]["event"], "webhook.test");
    let resend = format!("{place}/deliveries/{}/resend", listed["items"][0]["id"]);
    let refused = desk.admin.post(&resend, json!({})).await;
    assert_refused(&refused, 409, "webhook_delivery_waits", &[]);
    desk.admin.post(&format!("{place}/removal"), reason()).await.assert_status(204);
    assert_refused(&desk.admin.get(&place).await, 404, "webhook_not_found", &[]);
}

#[tokio::test]
async fn every_problem_of_a_receiver_is_named() {
    let desk = Desk::open().await;
    let inside = json!({ "name": "", "url": "https://10.0.0.1/", "events": [], "reason": "" });
    for code in ["text_missing", "webhook_url_not_public", "webhook_events_missing", "change_reason_missing"] {
        let refused = desk.admin.post("/api/v1/webhooks", inside.clone()).await;
        assert_refused(&refused, 422, code, &["name", "url", "events", "reason"]);
    }
    let unknown = json!({ "name": "x", "url": "https://hooks.example", "events": ["case.gone"], "reason": "x" });
    let refused = desk.admin.post("/api/v1/webhooks", unknown).await;
    assert_refused(&refused, 422, "webhook_event_unknown", &["events"]);
}

/// What is kept under a key for a week would be a secret in the clear.
#[tokio::test]
async fn an_answer_with_a_secret_is_not_kept_under_its_key() {
    let desk = Desk::open().await;
    let new = json!({ "name": "監視", "url": "https://hooks.example/in", "events": ["case.filed"], "reason": "連携" });
    let call = async || {
        let key = [("idempotency-key", "hook-1")];
        desk.admin.call(Method::POST, "/api/v1/webhooks", Some(new.clone()), &key).await
    };

    let first = call().await;
    let second = call().await;

    first.assert_status(201);
    assert_refused(&second, 409, "idempotency_key_unanswered", &[]);
    assert_eq!(desk.admin.get("/api/v1/webhooks").await.json()["items"].as_array().unwrap().len(), 1);
    let kept = idempotency_keys::Entity::find().all(&desk.app.ctx.db).await.unwrap();
    assert!(kept.iter().all(|row| row.body.is_none()), "{kept:?}");
}
