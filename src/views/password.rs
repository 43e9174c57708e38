//! The page on which a member of staff chooses a password.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::form::FieldErrors;
use crate::messages::Texts;

/// `GET /password`, and `POST /password` when it was refused.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "session/password.html")]
pub struct PasswordPage {
    pub t: Texts,
    pub product: String,
    pub csrf: String,
    pub user_name: String,
    pub errors: FieldErrors,
}

impl PasswordPage {
    fn lead(&self) -> String {
        self.t.f("password.lead", &[("name", &self.user_name)])
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub current: String,
    pub new: String,
    pub repeated: String,
}
