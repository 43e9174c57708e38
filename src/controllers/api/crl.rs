//! The CRLs and certificates of the embedded CA, for everybody: no token.

use std::{io, path::Path, time::UNIX_EPOCH};

use axum::{
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    controllers::extractors,
    errors::{Error, Result},
    services::Services,
};

/// A CRL is replaced as a whole; nobody should sit on an old one for long.
const CACHING: &str = "public, max-age=60";

/// Fetch a CRL of the embedded CA, DER
#[utoipa::path(get, path = "/crl/{issuer_id}.crl", params(("issuer_id" = String, Path)), security(()),
    responses((status = 200, content_type = "application/pkix-crl", body = Vec<u8>), (status = 304)))]
pub async fn show(
    desk: Services,
    extractors::Path(name): extractors::Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let ca = desk.embedded_ca.as_ref().ok_or_else(missing)?;
    let (id, ending) = name.rsplit_once('.').ok_or_else(missing)?;
    let issuer = ca.issuer(id).ok_or_else(missing)?;
    match ending {
        "crl" => newest_crl(&ca.crl_file(issuer), &headers).await,
        // The address of the issuer in certificates (RFC 5280, 4.2.2.1).
        "crt" => {
            Ok(([(header::CONTENT_TYPE, "application/pkix-cert")], issuer.certificate.der.clone()).into_response())
        }
        _ => Err(missing()),
    }
}

async fn newest_crl(file: &Path, headers: &HeaderMap) -> Result<Response> {
    let facts = tokio::fs::metadata(file).await.map_err(unread)?;
    // The file is replaced in one step and never changed: its time and size tell one CRL from the next.
    let written = facts.modified()?.duration_since(UNIX_EPOCH).map_err(Error::internal)?;
    let tag = format!("\"{:x}-{:x}\"", written.as_nanos(), facts.len());
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let kept: [(HeaderName, String); 2] = [(header::ETAG, tag), (header::CACHE_CONTROL, CACHING.to_owned())];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let bytes = tokio::fs::read(file).await.map_err(unread)?;
    Ok((kept, [(header::CONTENT_TYPE, "application/pkix-crl")], bytes).into_response())
}

fn unread(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound { missing() } else { error.into() }
}

fn missing() -> Error {
    Error::not_found("crl_not_found")
}
