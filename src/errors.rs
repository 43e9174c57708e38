//! The one error type of actions and controllers, and the only place that maps errors to status codes.
//!
//! An [`Error`] becomes a bare response that carries a [`Failure`]; the layer [`render`] turns it, and every
//! refusal of the framework (body too large, unknown route, wrong method), into a page or, below `/api/`, into
//! RFC 9457 problem+json. Nothing internal leaves: a 500 carries a record number that the log knows.

use askama::Template;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use loco_rs::app::AppContext;
use sea_orm::{DbErr, SqlErr};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    domain::problem::Problem,
    messages::Texts,
    services::Services,
    views::{
        errors::{ErrorKind, ErrorPage},
        parts::Link,
    },
};

/// The code of a form whose session is over, or whose token is not the session's.
const FORM_EXPIRED: &str = "form_expired";

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong; every problem of it, at least one.
    #[error("invalid input: {}", codes(.0))]
    Invalid(Vec<Problem>),
    /// The input is right but the state of things does not allow it (any more).
    #[error("conflict: {0}")]
    Conflict(Problem),
    #[error("not found: {0}")]
    NotFound(Problem),
    #[error("forbidden: {0}")]
    Forbidden(Problem),
    /// Nobody is logged in, or the token does not count.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The request cannot be read at all (broken JSON, broken encoding).
    #[error("malformed request: {0}")]
    Malformed(Problem),
    #[error("input too large")]
    TooLarge,
    #[error("database: {0}")]
    Database(#[source] DbErr),
    #[error("template: {0}")]
    Template(#[from] askama::Error),
    #[error("i/o: {0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub fn invalid(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }

    pub fn conflict(code: &'static str) -> Self {
        Self::Conflict(Problem::new(code))
    }

    /// `what` is the code of the sentence, such as `case_not_found`.
    pub fn not_found(what: &'static str) -> Self {
        Self::NotFound(Problem::new(what))
    }

    /// A posted form that does not belong to the session any more.
    pub fn form_expired() -> Self {
        Self::forbidden(FORM_EXPIRED)
    }

    pub fn forbidden(code: &'static str) -> Self {
        Self::Forbidden(Problem::new(code))
    }

    /// For what must not happen; `what` goes to the log only.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Database(_) | Self::Template(_) | Self::Io(_) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// What a form shows again: the problems of an [`Error::Invalid`] or [`Error::Conflict`], or the error itself.
    pub fn into_problems(self) -> Result<Vec<Problem>> {
        match self {
            Self::Invalid(problems) => Ok(problems),
            Self::Conflict(problem) => Ok(vec![problem]),
            other @ (Self::NotFound(_)
            | Self::Forbidden(_)
            | Self::Unauthenticated
            | Self::Malformed(_)
            | Self::TooLarge
            | Self::Database(_)
            | Self::Template(_)
            | Self::Io(_)
            | Self::Internal(_)) => Err(other),
        }
    }
}

fn codes(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::invalid(problem)
    }
}

/// A violated unique index is somebody else having been first, not a fault.
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::conflict("already_exists"),
            _ => Self::Database(error),
        }
    }
}

/// For tasks and start-up, which speak the framework's error.
impl From<Error> for loco_rs::Error {
    fn from(error: Error) -> Self {
        Self::wrap(error)
    }
}

/// What a failed response tells [`render`].
#[derive(Debug, Clone)]
struct Failure {
    problems: Vec<Problem>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let problems = match self {
            Self::Invalid(problems) => problems,
            Self::Conflict(problem) | Self::NotFound(problem) | Self::Forbidden(problem) | Self::Malformed(problem) => {
                vec![problem]
            }
            Self::Unauthenticated => vec![Problem::new("unauthenticated")],
            Self::TooLarge => vec![Problem::new("too_large")],
            fault @ (Self::Database(_) | Self::Template(_) | Self::Io(_) | Self::Internal(_)) => {
                vec![record(&fault)]
            }
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Failure { problems });
        response
    }
}

/// Logs a fault under a short number that can be read out on the phone.
fn record(fault: &dyn std::error::Error) -> Problem {
    let number = &Uuid::new_v4().simple().to_string()[..8];
    tracing::error!(error.record = number, error.cause = %fault, "a request failed");
    Problem::new("fault").with("number", number)
}

/// The layer that gives every failed response its body. Responses that bring their own page (a form shown again
/// with its errors) or problem document pass.
pub async fn render(State(ctx): State<AppContext>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let english = prefers_english(request.headers());
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
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let mut rendered = if path.starts_with("/api/") {
        problem_document(status, &problems, english)
    } else {
        page(&ctx, status, &problems)
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
        status if status.is_client_error() => Problem::new("malformed_request"),
        _ => record(&Error::internal(format!("bare status {status}"))),
    }
}

fn page(ctx: &AppContext, status: StatusCode, problems: &[Problem]) -> Response {
    let product = Services::of(ctx).map(|services| services.settings.desk.staff_product.clone());
    let kind = page_kind(status, problems);
    let number = problems.iter().flat_map(|problem| &problem.params).find(|(name, _)| *name == "number");
    let details = match kind {
        ErrorKind::Broken | ErrorKind::SessionExpired => Vec::new(),
        _ => problems.iter().map(|problem| Texts::JA.problem(problem)).collect(),
    };
    let page = ErrorPage {
        t: Texts::JA,
        product: product.unwrap_or_default(),
        kind,
        details,
        record_number: number.map(|(_, value)| value.clone()),
        back: Link { href: "/".to_owned(), label: Texts::JA.s("session.to_the_start").to_owned() },
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

fn problem_document(status: StatusCode, problems: &[Problem], english: bool) -> Response {
    let sentence = |problem: &Problem| if english { in_english(problem) } else { Texts::JA.problem(problem) };
    let summary = match problems {
        [only] => only.clone(),
        several => Problem::new("invalid_input").with("n", several.len()),
    };
    let errors = problems.iter().filter(|_| status == StatusCode::UNPROCESSABLE_ENTITY);
    let document = ProblemDocument {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        detail: sentence(&summary),
        code: summary.code,
        errors: errors
            .map(|problem| MemberProblem {
                field: problem.field.or_else(|| named_field(problem)),
                code: problem.code,
                detail: sentence(problem),
            })
            .collect(),
    };
    let mut response = (status, Json(document)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Whether the first language asked for is English. Everybody else gets Japanese.
fn prefers_english(headers: &HeaderMap) -> bool {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    asked.trim_start().get(..2).is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// The codes are English: `not_due due_on=2026-12-08` → `Not due (due_on: 2026-12-08).`
fn in_english(problem: &Problem) -> String {
    let mut words = problem.code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let facts: Vec<String> = problem.params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    if facts.is_empty() { format!("{words}.") } else { format!("{words} ({}).", facts.join(", ")) }
}
