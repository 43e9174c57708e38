//! The one error type of actions and controllers, and the only place that maps errors to status codes.
//!
//! An [`Error`] becomes a bare response that carries a [`Failure`]; `controllers::refusals` gives it a body. Nothing
//! internal leaves: a 500 carries a record number that the log knows.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use sea_orm::{DbErr, SqlErr};
use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::text::TextFault;

/// The code of a form whose session is over, or whose token is not the session's.
pub const FORM_EXPIRED: &str = "form_expired";

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

impl From<TextFault> for Error {
    fn from(fault: TextFault) -> Self {
        Self::internal(fault)
    }
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

/// What a failed response tells the layer that gives it a body.
#[derive(Debug, Clone)]
pub struct Failure {
    pub problems: Vec<Problem>,
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
pub fn record(fault: &dyn std::error::Error) -> Problem {
    let number = &Uuid::new_v4().simple().to_string()[..8];
    tracing::error!(error.record = number, error.cause = %fault, "a request failed");
    Problem::new("fault").with("number", number)
}
