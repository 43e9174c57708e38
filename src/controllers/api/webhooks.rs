//! Webhooks: receivers of what happens to cases, and what they were told.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    body::Body,
    idempotency::HoldsSecret,
    lists::{after_id, created, cut, limit},
};
use crate::{
    actions::{
        create_webhook::{self, create_webhook},
        pause_webhook::pause_webhook,
        redeliver_webhook::redeliver_webhook,
        remove_webhook::remove_webhook,
        resume_webhook::resume_webhook,
        rotate_webhook_secret::rotate_webhook_secret,
        test_webhook::test_webhook,
    },
    controllers::extractors::{ApiCaller, Path, Query},
    domain::role::Permission,
    errors::Result,
    models::{webhook_deliveries, webhooks},
    services::Services,
    views::api::{
        Page, PageQuery,
        registrations::{NewWebhook, Reason},
        webhooks::{Webhook, WebhookDelivery, WebhookWithSecret},
    },
};

/// Add a receiver
///
/// The answer holds its secret, this once: under an `Idempotency-Key` it is not answered again.
#[utoipa::path(post, path = "/webhooks", request_body = NewWebhook, responses((status = 201, body = WebhookWithSecret)))]
pub async fn create(desk: Services, caller: ApiCaller, Body(new): Body<NewWebhook>) -> Result<Response> {
    caller.require(Permission::Administer)?;
    let events = new.events.iter().map(|event| event.parse()).collect::<Result<_, _>>()?;
    let new = create_webhook::NewWebhook { name: new.name, url: new.url, events, reason: new.reason };
    let now = desk.clock.now();
    let (hook, secret) = create_webhook(&desk, new, &caller.actor(), now).await?;
    let place = format!("/api/v1/webhooks/{}", hook.id);
    let body = WebhookWithSecret { webhook: Webhook::of(hook, now), secret };
    Ok(HoldsSecret::mark(created(&place, body)))
}

/// List receivers
#[utoipa::path(get, path = "/webhooks", responses((status = 200, body = Page<Webhook>)))]
pub async fn list(desk: Services, caller: ApiCaller) -> Result<Json<Page<Webhook>>> {
    caller.require(Permission::Administer)?;
    let now = desk.clock.now();
    let items = webhooks::all(&desk.db).await?.into_iter().map(|hook| Webhook::of(hook, now)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Show a receiver
#[utoipa::path(get, path = "/webhooks/{id}", params(("id" = i64, Path)), responses((status = 200, body = Webhook)))]
pub async fn show(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<Webhook>> {
    caller.require(Permission::Administer)?;
    Ok(Json(Webhook::of(webhooks::by_id(&desk.db, id).await?, desk.clock.now())))
}

/// Remove a receiver
///
/// With its secret and what waits for it.
#[utoipa::path(post, path = "/webhooks/{id}/removal", params(("id" = i64, Path)), request_body = Reason,
    responses((status = 204)))]
pub async fn remove(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(Reason { reason }): Body<Reason>,
) -> Result<StatusCode> {
    caller.require(Permission::Administer)?;
    remove_webhook(&desk, id, &reason, &caller.actor(), desk.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pause a receiver
///
/// What happens meanwhile waits.
#[utoipa::path(post, path = "/webhooks/{id}/pause", params(("id" = i64, Path)), request_body = Reason,
    responses((status = 200, body = Webhook)))]
pub async fn pause(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Json<Webhook>> {
    caller.require(Permission::Administer)?;
    let now = desk.clock.now();
    Ok(Json(Webhook::of(pause_webhook(&desk, id, &reason, &caller.actor(), now).await?, now)))
}

/// Resume a receiver
#[utoipa::path(post, path = "/webhooks/{id}/resume", params(("id" = i64, Path)), request_body = Reason,
    responses((status = 200, body = Webhook)))]
pub async fn resume(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Json<Webhook>> {
    caller.require(Permission::Administer)?;
    let now = desk.clock.now();
    Ok(Json(Webhook::of(resume_webhook(&desk, id, &reason, &caller.actor(), now).await?, now)))
}

/// Give a receiver a new secret
///
/// The former one signs beside it for 24 hours. Under an `Idempotency-Key` the secret is not answered again.
#[utoipa::path(post, path = "/webhooks/{id}/secret", params(("id" = i64, Path)), request_body = Reason,
    responses((status = 200, body = WebhookWithSecret)))]
pub async fn rotate(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Response> {
    caller.require(Permission::Administer)?;
    let now = desk.clock.now();
    let (hook, secret) = rotate_webhook_secret(&desk, id, &reason, &caller.actor(), now).await?;
    Ok(HoldsSecret::mark(Json(WebhookWithSecret { webhook: Webhook::of(hook, now), secret }).into_response()))
}

/// Send a receiver a test
#[utoipa::path(post, path = "/webhooks/{id}/test", params(("id" = i64, Path)),
    responses((status = 200, body = WebhookDelivery)))]
pub async fn test(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<WebhookDelivery>> {
    caller.require(Permission::Administer)?;
    Ok(Json(test_webhook(&desk, id, &caller.actor(), desk.clock.now()).await?.into()))
}

/// List what a receiver was told, newest first
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", params(("id" = i64, Path), PageQuery),
    responses((status = 200, body = Page<WebhookDelivery>)))]
pub async fn deliveries(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<WebhookDelivery>>> {
    caller.require(Permission::Administer)?;
    let (before, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let hook = webhooks::by_id(&desk.db, id).await?;
    let mut rows = webhook_deliveries::newest(&desk.db, hook.id, before, limit + 1).await?;
    let next = cut(&mut rows, limit, |row| row.id.to_string());
    Ok(Json(Page { items: rows.into_iter().map(WebhookDelivery::from).collect(), next }))
}

/// Send a delivery once more
///
/// With the same `webhook-id`.
#[utoipa::path(post, path = "/webhooks/{id}/deliveries/{delivery}/resend",
    params(("id" = i64, Path), ("delivery" = i64, Path)), responses((status = 204)))]
pub async fn resend(desk: Services, caller: ApiCaller, Path((id, delivery)): Path<(i64, i64)>) -> Result<StatusCode> {
    caller.require(Permission::Administer)?;
    redeliver_webhook(&desk, id, delivery, &caller.actor(), desk.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
