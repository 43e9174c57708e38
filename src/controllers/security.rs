//! What stands around every request: headers, the cross-site check, the request log.

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use loco_rs::{app::AppContext, controller::middleware::MiddlewareLayer};
use tower_http::csrf::CsrfLayer;
use tracing::Instrument;
use uuid::Uuid;

use super::portal;
use crate::clock::Stopwatch;
use crate::models::batch_runs;
use crate::services::Services;

/// Bytes that a certificate or a CSR may have, as text, before anything parses it. For
/// `DefaultBodyLimit::max` on the routes that take one.
pub const CERTIFICATE_BODY_LIMIT: usize = 64 * 1024;

/// The same for what brings many rows at once.
pub const IMPORT_BODY_LIMIT: usize = 8 * 1024 * 1024;

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

/// Names a request in the log, in the answer and, when it comes from a proxy, in the proxy's log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One year, for this host and those below it (ASVS 3.4.1).
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

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
/// secrets, status, time. Also counts it. The answer names the request as the log does.
pub async fn log_request(State(ctx): State<AppContext>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let (method, path) = (request.method().clone(), loggable(request.uri().path()).to_owned());
    // The template, so that no number of a case becomes a label.
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let node = batch_runs::node_name();
    let span = tracing::info_span!("request", %method, path, request.id = id, node);
    let watch = Stopwatch::start();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (took, status) = (watch.elapsed(), response.status().as_u16());
    if let Ok(services) = Services::of(&ctx) {
        services.metrics.request(known(&method), &route, status, took);
    }
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status, milliseconds, "answered"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A proxy's name for the request, when it is one, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fits = |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    given.filter(fits).map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// Whatever a client calls its method, there are not more labels than these.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
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
    fn a_request_is_named_by_the_proxy_only_when_it_gives_a_name() {
        for (given, kept) in [
            ("a1b2c3d4", true),
            ("0d9c2f6e-6a57-4c40-9d5c-0f5f6f6a2b11", true),
            ("short", false),
            ("tanaka@example.jp", false),
            ("a1b2c3d4 e5f6", false),
            (&"a".repeat(65), false),
        ] {
            let headers = HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(given).unwrap())]);
            assert_eq!(request_id(&headers) == given, kept, "{given}");
        }
        assert_eq!(request_id(&HeaderMap::new()).len(), 36);
    }

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
