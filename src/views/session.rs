//! The log-in page.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::form::FieldErrors;
use super::parts::Link;
use crate::messages::Texts;

/// `GET /login`, and `POST /login` when it was refused.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "session/login.html")]
pub struct LoginPage {
    pub t: Texts,
    pub product: String,
    pub environment: Option<String>,
    /// Tag of each other language, and the same page in it.
    pub languages: Vec<(&'static str, Link)>,
    pub csrf: String,
    pub email: String,
    /// The page that was asked for; back to it after the log-in.
    pub next: String,
    /// Why the person is here: the session ended, or they logged out.
    pub notice: Option<String>,
    pub errors: FieldErrors,
    /// To the company's own log-in, if there is one.
    pub sso: Option<String>,
    /// What the browser's passkeys are asked.
    pub passkey: Option<String>,
    /// Demonstration data only: how to log in.
    pub demonstration: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub email: String,
    pub password: String,
    #[serde(default)]
    pub next: String,
}
