//! JSON bodies: read strictly, refused by field.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use loco_rs::app::AppContext;
use serde::{Deserialize, de::DeserializeOwned};

use super::json::{Unread, read};
use crate::{
    domain::problem::Problem,
    errors::{Error, Result},
};

/// A JSON object. Unknown members are the business of `T` (`deny_unknown_fields`).
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppContext> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, ctx: &AppContext) -> Result<Self, Response> {
        if !is_json(request.headers()) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let bytes = Bytes::from_request(request, ctx).await.map_err(|error| unreadable(&error).into_response())?;
        read(&bytes).map(Self).map_err(|unread| Error::from(unread).into_response())
    }
}

impl From<Unread> for Error {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Text(problem) => Self::Malformed(problem),
            Unread::Member(problem) => problem.into(),
        }
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
