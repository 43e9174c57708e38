//! Gives every failed response its body: a page, or below `/api/`, `/crl/` and `/ocsp/` RFC 9457 problem+json.
//!
//! Covers our own refusals ([`Failure`]) and those of the framework (body too large, unknown route, wrong method).

use askama::Template;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use loco_rs::app::AppContext;
use serde::Serialize;

use super::{language, portal};
use crate::{
    domain::problem::Problem,
    errors::{Error, FORM_EXPIRED, Failure, record},
    messages::Texts,
    services::Services,
    views::{
        errors::{ErrorKind, ErrorPage},
        parts::Link,
    },
};

/// The layer that gives every failed response its body. Responses that bring their own page (a form shown again
/// with its errors) or problem document pass.
pub async fn render(State(ctx): State<AppContext>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (accepted, remembered) = (language::accepted(request.headers()), language::remembered(request.headers()));
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is_finished(&response) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let problems = match parts.extensions.remove::<Failure>() {
        Some(failure) => failure.problems,
        None => vec![framework_problem(status)],
    };
    if let Ok(services) = Services::of(&ctx) {
        for problem in &problems {
            services.metrics.error(problem.code);
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let mut rendered = if ["/api/", "/crl/", "/ocsp/"].iter().any(|programs| path.starts_with(programs)) {
        problem_document(status, &problems, Texts::of(accepted))
    } else {
        page(&ctx, &path, status, &problems, Texts::of(remembered))
    };
    rendered.headers_mut().extend(parts.headers);
    rendered
}

fn is_finished(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let json = kind.starts_with("application/json") && response.status() == StatusCode::SERVICE_UNAVAILABLE;
    kind.starts_with("text/html") || kind.starts_with("application/problem+json") || json
}

/// What the framework means by a bare status.
fn framework_problem(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::new("not_found"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new("method_not_allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new("too_large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new("unsupported_media_type"),
        StatusCode::FORBIDDEN => Problem::new("cross_site_request"),
        StatusCode::TOO_MANY_REQUESTS => Problem::new("too_many_requests"),
        status if status.is_client_error() => Problem::new("malformed_request"),
        _ => record(&Error::internal(format!("bare status {status}"))),
    }
}

/// `asked`: the language of the staff pages; the portal has only one.
fn page(ctx: &AppContext, path: &str, status: StatusCode, problems: &[Problem], asked: Texts) -> Response {
    let names = Services::of(ctx).map(|services| services.settings.desk.clone()).ok();
    let (t, product, href, label) = if path == "/portal" || path.starts_with("/portal/") {
        (Texts::JA, names.map(|names| names.portal_product), portal::HOME, "portal.to_the_start")
    } else {
        (asked, names.map(|names| names.staff_product), "/", "session.to_the_start")
    };
    let kind = page_kind(status, problems);
    let number = problems.iter().flat_map(|problem| &problem.params).find(|(name, _)| *name == "number");
    let details = match kind {
        ErrorKind::Broken | ErrorKind::SessionExpired => Vec::new(),
        _ => problems.iter().map(|problem| t.problem(problem)).collect(),
    };
    let page = ErrorPage {
        t,
        product: product.unwrap_or_default(),
        kind,
        details,
        record_number: number.map(|(_, value)| value.clone()),
        back: Link { href: href.to_owned(), label: t.s(label).to_owned() },
    };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(error.cause = %error, "the error page failed");
            (status, Html(String::new())).into_response()
        }
    }
}

fn page_kind(status: StatusCode, problems: &[Problem]) -> ErrorKind {
    match status {
        StatusCode::FORBIDDEN if problems.iter().any(|problem| problem.code == FORM_EXPIRED) => {
            ErrorKind::SessionExpired
        }
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => ErrorKind::Forbidden,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorKind::WrongMethod,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::TooLarge,
        StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::Refused,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::TooMany,
        status if status.is_client_error() => ErrorKind::BadRequest,
        _ => ErrorKind::Broken,
    }
}

/// RFC 9457.
#[derive(Serialize)]
struct ProblemDocument<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    errors: Vec<MemberProblem<'a>>,
}

#[derive(Serialize)]
struct MemberProblem<'a> {
    field: Option<&'a str>,
    code: &'static str,
    detail: String,
}

/// Members that only the sender knows (unknown ones, paths into lists) stand among the facts of the problem.
fn named_field(problem: &Problem) -> Option<&str> {
    problem.params.iter().find(|(name, _)| *name == "field").map(|(_, field)| field.as_str())
}

fn problem_document(status: StatusCode, problems: &[Problem], t: Texts) -> Response {
    let summary = match problems {
        [only] => only.clone(),
        several => Problem::new("invalid_input").with("n", several.len()),
    };
    let errors = problems.iter().filter(|_| status == StatusCode::UNPROCESSABLE_ENTITY);
    let document = ProblemDocument {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        detail: t.problem(&summary),
        code: summary.code,
        errors: errors
            .map(|problem| MemberProblem {
                field: problem.field.or_else(|| named_field(problem)),
                code: problem.code,
                detail: t.problem(problem),
            })
            .collect(),
    };
    let mut response = (status, Json(document)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(t.lang()));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
