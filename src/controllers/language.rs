//! In which language a request is answered: staff get what they chose, and before that the log-in page's; programs get
//! what `Accept-Language` asks for. The portal is Japanese.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header, request::Parts},
    response::AppendHeaders,
};

use crate::{domain::language::Language, messages::Texts, services::Services};

/// Remembers the log-in page's language, also for pages that know of no session. Holds nothing personal.
const COOKIE: &str = "desk_language";

/// One year.
const SECONDS: u32 = 365 * 24 * 60 * 60;

/// The texts for somebody who need not be logged in.
pub struct PageTexts(pub Texts);

impl<S: Send + Sync> FromRequestParts<S> for PageTexts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Texts::of(remembered(&parts.headers))))
    }
}

/// The texts for the program that is asking.
pub struct ApiTexts(pub Texts);

impl<S: Send + Sync> FromRequestParts<S> for ApiTexts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Texts::of(accepted(&parts.headers))))
    }
}

/// What `Accept-Language` asks for.
pub fn accepted(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::accepted(asked.unwrap_or_default())
}

/// What the cookie says; without one Japanese.
pub fn remembered(headers: &HeaderMap) -> Language {
    let values = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let found = cookies.find(|(name, _)| *name == COOKIE);
    found.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
}

/// The header that makes the browser remember.
pub fn remember(language: Option<Language>, services: &Services) -> AppendHeaders<Option<(HeaderName, String)>> {
    let secure = if services.settings.is_https() { "; Secure" } else { "" };
    AppendHeaders(language.map(|language| {
        let value = language.as_str();
        (header::SET_COOKIE, format!("{COOKIE}={value}; Path=/; Max-Age={SECONDS}; SameSite=Lax; HttpOnly{secure}"))
    }))
}
