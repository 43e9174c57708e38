//! The OCSP responder of the embedded CA, for everybody: no token (RFC 6960 appendix A, RFC 5019).

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::{
    ca::embedded::OcspAnswer,
    controllers::extractors::Path,
    errors::{Error, Result},
    services::Services,
};

/// A request about several certificates with a signature and a certificate of its own has some 3 KB.
const REQUEST_LIMIT: usize = 16 << 10;

/// Seconds for which a shared cache keeps an answer: a revocation is not to stay hidden for long.
const KEPT: u32 = 60;

/// Some write the request in an address without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Ask for the status of certificates of the embedded CA
#[utoipa::path(post, path = "/ocsp/{issuer_id}", params(("issuer_id" = String, Path)), security(()),
    request_body(content = Vec<u8>, content_type = "application/ocsp-request"),
    responses((status = 200, content_type = "application/ocsp-response", body = Vec<u8>)))]
pub async fn post(desk: Services, Path(issuer): Path<String>, body: Body) -> Result<Response> {
    // What is too long is no request: the responder says so.
    let request = to_bytes(body, REQUEST_LIMIT).await.unwrap_or_default();
    Ok(response(answer(&desk, &issuer, &request).await?.der))
}

/// Ask in the address, so that caches can answer
#[utoipa::path(get, path = "/ocsp/{issuer_id}/{request}",
    params(("issuer_id" = String, Path), ("request" = String, Path, description = "An OCSPRequest in base64")),
    security(()), responses((status = 200, content_type = "application/ocsp-response", body = Vec<u8>)))]
pub async fn get(desk: Services, Path((issuer, request)): Path<(String, String)>) -> Result<Response> {
    let request = if request.len() > REQUEST_LIMIT { Vec::new() } else { BASE64.decode(request).unwrap_or_default() };
    let OcspAnswer { der, shared } = answer(&desk, &issuer, &request).await?;
    let Some((this_update, next_update)) = shared else { return Ok(response(der)) };
    let caching = [
        (header::CACHE_CONTROL, format!("max-age={KEPT}, public, no-transform, must-revalidate")),
        (header::LAST_MODIFIED, http_date(this_update)),
        (header::EXPIRES, http_date(next_update)),
        (header::ETAG, format!("\"{}\"", hex::encode(Sha256::digest(&der)))),
    ];
    Ok((caching, response(der)).into_response())
}

async fn answer(desk: &Services, issuer: &str, request: &[u8]) -> Result<OcspAnswer> {
    let missing = || Error::not_found("ocsp_issuer_not_found");
    let ca = desk.embedded_ca.as_ref().ok_or_else(missing)?;
    let issuer = ca.issuer(issuer).ok_or_else(missing)?;
    Ok(ca.answer_ocsp(issuer, request, desk.clock.now()).await)
}

fn response(der: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("application/ocsp-response");
    ([(header::CONTENT_TYPE, kind)], der).into_response()
}

fn http_date(instant: DateTime<Utc>) -> String {
    instant.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
