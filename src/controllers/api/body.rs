//! JSON bodies: read strictly, refused by field.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use loco_rs::app::AppContext;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    domain::problem::Problem,
    errors::{Error, Result},
};

/// Longest field name or reason that a refusal repeats, in characters.
const LONGEST_ECHO: usize = 200;

/// A JSON object. Unknown members are the business of `T` (`deny_unknown_fields`).
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppContext> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, ctx: &AppContext) -> Result<Self, Response> {
        if !is_json(request.headers()) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let bytes = Bytes::from_request(request, ctx).await.map_err(|error| unreadable(&error).into_response())?;
        read(&bytes).map(Self).map_err(IntoResponse::into_response)
    }
}

/// The version of the case that a `DELETE` is meant for: `?version=3`, or a body `{"version": 3}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForVersion {
    pub version: i64,
}

impl FromRequest<AppContext> for ForVersion {
    type Rejection = Response;

    async fn from_request(request: Request, ctx: &AppContext) -> Result<Self, Response> {
        let Some(query) = request.uri().query().filter(|query| !query.is_empty()) else {
            return Body::from_request(request, ctx).await.map(|Body(version)| version);
        };
        let version = query.strip_prefix("version=").and_then(|version| version.parse().ok());
        version.map(|version| Self { version }).ok_or_else(|| {
            let problem = Problem::on("version", "field_malformed").with("field", "version").with("reason", query);
            Error::from(problem).into_response()
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Why a body could not be taken in.
pub fn unreadable(rejection: &BytesRejection) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        Error::Malformed(Problem::new("malformed_request"))
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let malformed = |error: &dyn ToString| {
        Error::Malformed(Problem::new("json_malformed").with("reason", shortened(&error.to_string())))
    };
    // A list would be taken for the members in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed(&"an object is expected"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() { member_problem(&error).into() } else { malformed(error.inner()) }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn member_problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let text = error.inner().to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    let path = error.path().to_string();
    if let Some(name) = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = if path == "." { name.to_owned() } else { format!("{path}.{name}") };
        return Problem::new("field_missing").with("field", field);
    }
    let code = if reason.starts_with("unknown field") { "field_unknown" } else { "field_malformed" };
    Problem::new(code).with("field", shortened(&path)).with("reason", shortened(reason))
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}
