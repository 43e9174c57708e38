//! What stands around every request: headers, the cross-site check, the request log.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use loco_rs::{
    app::AppContext,
    controller::middleware::{MiddlewareLayer, request_id::LocoRequestId},
};
use tower_http::csrf::CsrfLayer;
use tracing::Instrument;

use super::portal;
use crate::clock::Stopwatch;
use crate::services::Services;

/// Bytes that a certificate or a CSR may have, as text, before anything parses it. For
/// `DefaultBodyLimit::max` on the routes that take one.
pub const CERTIFICATE_BODY_LIMIT: usize = 64 * 1024;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
];

/// One year.
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Sets the headers on every answer, errors included. What a handler set itself stays (the cache time of assets).
pub async fn headers(State(ctx): State<AppContext>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if Services::of(&ctx).is_ok_and(|services| services.settings.is_https()) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    response
}

/// Refuses requests that change something and come from another site, by `Sec-Fetch-Site` and `Origin`.
pub fn csrf_layer(ctx: &AppContext) -> CsrfLayer {
    let origin = Services::of(ctx).map(|services| services.settings.public_url.clone());
    match origin.map(|origin| CsrfLayer::new().add_trusted_origin(&origin)) {
        Ok(Ok(layer)) => layer,
        // The settings were checked; without its own origin the layer compares with `Host`.
        Ok(Err(_)) | Err(_) => CsrfLayer::new(),
    }
}

/// One line per request: method, path without its query (which may hold a name that was searched for) and without
/// secrets, status, time.
pub async fn log_request(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<LocoRequestId>().map(|id| id.get().to_owned()).unwrap_or_default();
    let (method, path) = (request.method().clone(), loggable(request.uri().path()).to_owned());
    let span = tracing::info_span!("request", %method, path, id);
    let watch = Stopwatch::start();
    let response = next.run(request).instrument(span.clone()).await;
    let milliseconds = watch.elapsed().as_millis();
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), milliseconds, "answered"));
    response
}

/// A link of a customer's mail lets whoever has it choose the password.
fn loggable(path: &str) -> &str {
    const LINKS: &str = "/portal/password/";
    if path.starts_with(LINKS) && path != portal::PASSWORD_REQUEST { LINKS } else { path }
}

type Wrapping = dyn Fn(Router<AppContext>) -> Router<AppContext> + Send + Sync;

/// A layer as one entry of the framework's stack.
pub struct Wrap {
    name: &'static str,
    wrap: Box<Wrapping>,
}

impl Wrap {
    pub fn boxed(
        name: &'static str,
        wrap: impl Fn(Router<AppContext>) -> Router<AppContext> + Send + Sync + 'static,
    ) -> Box<dyn MiddlewareLayer> {
        Box::new(Self { name, wrap: Box::new(wrap) })
    }
}

impl MiddlewareLayer for Wrap {
    fn name(&self) -> &'static str {
        self.name
    }

    fn config(&self) -> serde_json::Result<serde_json::Value> {
        Ok(serde_json::json!({ "enable": true }))
    }

    fn apply(&self, app: Router<AppContext>) -> loco_rs::Result<Router<AppContext>> {
        Ok((self.wrap)(app))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_link_is_not_logged() {
        for (path, logged) in [
            ("/portal/password/SeCrEt-token_1", "/portal/password/"),
            ("/portal/password/new", "/portal/password/new"),
            ("/portal/password/new/SeCrEt", "/portal/password/"),
            ("/portal/account/password", "/portal/account/password"),
            ("/desk/cases/RQ-260806-0182", "/desk/cases/RQ-260806-0182"),
        ] {
            assert_eq!(loggable(path), logged);
        }
    }
}
