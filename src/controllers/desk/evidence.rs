//! The proof of a revocation, byte for byte as it was fetched.

use axum::http::header;
use axum::response::IntoResponse;

use super::frame::Frame;
use crate::controllers::extractors::Path;
use crate::errors::{Error, Result};
use crate::models::columns::EvidenceKind;
use crate::models::evidence;

/// `GET /desk/evidence/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>) -> Result<impl IntoResponse> {
    let document =
        evidence::document(&frame.desk.db, id).await?.ok_or_else(|| Error::not_found("evidence_not_found"))?;
    let (media_type, ending) = match document.kind {
        EvidenceKind::Crl => ("application/pkix-crl", "crl"),
        EvidenceKind::Ocsp => ("application/ocsp-response", "ors"),
    };
    let name = format!("attachment; filename=\"evidence-{id}.{ending}\"");
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, document.bytes))
}
