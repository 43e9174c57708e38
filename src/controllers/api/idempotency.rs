//! `Idempotency-Key`: a write that is sent twice is carried out once.
//!
//! Owns which answers are kept: successes. A refusal changed nothing, so its key is free again. After a fault or a crash
//! nobody knows what was done, so the key stays taken and the caller has to look; so it does after an answer that holds a
//! secret.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use loco_rs::app::AppContext;
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::{Instrument, Span};

use super::body::unreadable;
use crate::{
    controllers::extractors::ApiCaller,
    domain::problem::Problem,
    errors::{Error, Result},
    models::idempotency_keys::{self, KeptAnswer, NewKey, Taken},
    services::Services,
};

const HEADER: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;

/// Marks an answer that must not be kept: its key stays taken, and whoever asks again has to look.
#[derive(Debug, Clone, Copy)]
pub struct HoldsSecret;

impl HoldsSecret {
    pub fn mark(mut response: Response) -> Response {
        response.extensions_mut().insert(Self);
        response
    }
}

/// The layer around the API's routes. Reads, and writes without a key, pass.
pub async fn once(State(ctx): State<AppContext>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    answer_once(&ctx, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer_once(ctx: &AppContext, request: Request, next: Next) -> Result<Response> {
    let desk = Services::of(ctx)?;
    let key = key_of(request.headers())?;
    let (mut parts, body) = request.into_parts();
    let caller = ApiCaller::from_request_parts(&mut parts, ctx).await?;
    let body =
        Bytes::from_request(Request::from_parts(parts.clone(), body), ctx).await.map_err(|error| unreadable(&error))?;
    let request_hash = hash(&parts, &body);
    let new = NewKey { actor: caller.actor().key(), key, request_hash: request_hash.clone() };
    match idempotency_keys::take(&desk.db, new, desk.clock.now()).await? {
        Taken::Now(id) => carry_out(desk.db, id, Request::from_parts(parts, Body::from(body)), next).await,
        Taken::Before(kept) => repeat(&kept, &request_hash),
        Taken::JustReleased => Err(Error::conflict("idempotency_key_unanswered")),
    }
}

fn key_of(headers: &HeaderMap) -> Result<String> {
    let key = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::new("idempotency_key_malformed").with("max", LONGEST_KEY).into());
    }
    Ok(key.to_owned())
}

/// What makes two requests the same one.
fn hash(parts: &Parts, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{} {}\n", parts.method, parts.uri));
    digest.update(body);
    hex::encode(digest.finalize())
}

/// On a task of its own: a caller who hangs up must not break the work off between the act and its kept answer.
async fn carry_out(db: DatabaseConnection, id: i64, request: Request, next: Next) -> Result<Response> {
    let work = async move { settle(&db, id, next.run(request).await).await };
    tokio::spawn(work.instrument(Span::current())).await.map_err(Error::internal)?
}

async fn settle(db: &DatabaseConnection, id: i64, response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_client_error() {
        idempotency_keys::release(db, id).await?;
    }
    if !status.is_success() || response.extensions().get::<HoldsSecret>().is_some() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let kept = Kept {
        location: parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    let kept = serde_json::to_string(&kept).map_err(Error::internal)?;
    idempotency_keys::keep(db, id, status.as_u16(), kept).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// What of an answer is kept besides its status.
#[derive(Serialize, Deserialize)]
struct Kept {
    location: Option<String>,
    body: String,
}

fn repeat(kept: &KeptAnswer, request_hash: &str) -> Result<Response> {
    if kept.request_hash != request_hash {
        return Err(Error::conflict("idempotency_key_reused"));
    }
    let (Some(status), Some(body)) = (kept.status, kept.body.as_deref()) else {
        return Err(Error::conflict("idempotency_key_unanswered"));
    };
    let status = u16::try_from(status).ok().and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or_else(|| Error::internal("a kept answer without a valid status"))?;
    let kept: Kept = serde_json::from_str(body).map_err(Error::internal)?;
    let mut response = (status, [("idempotency-replayed", "true")], kept.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    if let Some(location) = kept.location {
        headers.insert(header::LOCATION, location.parse().map_err(Error::internal)?);
    }
    Ok(response)
}
