//! The second step of the log-in of staff, and the page that asks for a proof once more.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::form::FieldErrors;
use crate::messages::Texts;

/// `/login/code`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "session/code.html")]
pub struct CodePage {
    pub t: Texts,
    pub product: String,
    pub csrf: String,
    /// The account has an authenticator app.
    pub by_code: bool,
    /// What the browser's passkeys are asked.
    pub passkey: Option<String>,
    pub errors: FieldErrors,
}

/// One of two forms: the app's code, or a recovery code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffCodeForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub recovery: Option<String>,
}

/// What a script fills in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub answer: String,
    #[serde(default)]
    pub next: String,
}

/// In place of what a form was sent to, until its sender has proven who they are.
#[derive(Template, WebTemplate)]
#[template(path = "session/proof.html")]
pub struct ProofPage {
    pub t: Texts,
    pub product: String,
    pub name: String,
    /// For password managers.
    pub login: String,
    /// Where the form was sent to, and where it is sent again.
    pub action: String,
    /// The form as it was sent.
    pub fields: Vec<(String, String)>,
    pub by_code: bool,
    /// The account has come by the company's own log-in before.
    pub by_sso: bool,
    pub passkey: Option<String>,
    pub back: String,
    pub errors: FieldErrors,
}

impl ProofPage {
    fn lead(&self) -> String {
        self.t.f("proof.lead", &[("name", &self.name)])
    }
}

/// In between: browsers do not follow a form to another host.
#[derive(Template, WebTemplate)]
#[template(path = "session/leave.html")]
pub struct LeavePage {
    pub t: Texts,
    pub product: String,
    pub name: String,
    pub back: String,
    /// At the company's own log-in.
    pub url: String,
}

impl LeavePage {
    fn lead(&self) -> String {
        self.t.f("leave.lead", &[("name", &self.name)])
    }
}
