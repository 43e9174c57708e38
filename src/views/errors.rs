//! The pages of refusal and failure. They work without a session.

use askama::Template;
use askama_web::WebTemplate;

use super::parts::Link;
use crate::messages::Texts;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "errors/error.html")]
pub struct ErrorPage {
    pub t: Texts,
    pub product: String,
    pub kind: ErrorKind,
    /// What exactly was refused, in words (the sentences of the problems).
    pub details: Vec<String>,
    /// For the administrator: the request id in the log.
    pub record_number: Option<String>,
    pub back: Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: not readable as what it should be.
    BadRequest,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    WrongMethod,
    /// 409
    Conflict,
    /// 413
    TooLarge,
    /// 422
    Refused,
    /// 429
    TooMany,
    /// 403 on a form whose session is over.
    SessionExpired,
    /// 500
    Broken,
}

impl ErrorKind {
    pub const ALL: [Self; 10] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::NotFound,
        Self::WrongMethod,
        Self::Conflict,
        Self::TooLarge,
        Self::Refused,
        Self::TooMany,
        Self::SessionExpired,
        Self::Broken,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::WrongMethod => "wrong_method",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::TooMany => "too_many",
            Self::SessionExpired => "session_expired",
            Self::Broken => "broken",
        }
    }
}

impl ErrorPage {
    fn title(&self) -> &'static str {
        self.t.s(&format!("error.{}.title", self.kind.as_str()))
    }

    /// One sentence on what happened and what to do.
    fn text(&self) -> String {
        let number = self.record_number.as_deref().unwrap_or("-");
        self.t.f(&format!("error.{}.text", self.kind.as_str()), &[("record_number", &number)])
    }
}
