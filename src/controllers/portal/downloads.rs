//! A certificate as a file.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use loco_rs::app::AppContext;

use super::certificate::certificate_of;
use super::frame::PortalFrame;
use crate::controllers::extractors::Path;
use crate::domain::certificate::CertificateFile;
use crate::errors::{Error, Result};

pub fn routes() -> Router<AppContext> {
    Router::new().route("/portal/certificates/{no}/{file}", get(show))
}

/// `GET /portal/certificates/{no}/{certificate.pem, chain.pem, certificate.p7b, certificate.cer}`
async fn show(frame: PortalFrame, Path((no, file)): Path<(String, String)>) -> Result<impl IntoResponse> {
    let file: CertificateFile = file.parse().map_err(|_| Error::not_found("not_found"))?;
    let certificate = certificate_of(&frame, &no).await?;
    let issuers = if file.needs_issuers() { issuers(&frame, &certificate.der).await } else { Vec::new() };
    if file.needs_issuers() && issuers.is_empty() {
        return Err(Error::not_found("issuers_unknown"));
    }
    let name = file.file_name(&certificate.common_name, &certificate.serial);
    let headers = [
        (header::CONTENT_TYPE, file.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, file.content(&certificate.der, &issuers)))
}

/// Nearest first, without the root; none where the CA does not know the certificate or does not answer. The certificate
/// itself is handed out in any case.
pub async fn issuers(frame: &PortalFrame, certificate_der: &[u8]) -> Vec<Vec<u8>> {
    frame.desk.ca.issuers(certificate_der).await.unwrap_or_else(|error| {
        tracing::warn!(error.cause = %error, "the CA does not tell the issuers of a certificate");
        Vec::new()
    })
}
