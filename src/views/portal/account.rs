//! The pages around a customer's account: log-in, passwords, confirmation code, 「アカウント」.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::chrome::PortalChrome;
use super::qr::QrPicture;
use crate::views::form::FieldErrors;

/// `GET /portal/login`, and `POST /portal/login` when it was refused.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/login.html")]
pub struct LoginPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub login: String,
    /// The page that was asked for; back to it after the log-in.
    pub next: String,
    /// Why the person is here: the session ended.
    pub notice: Option<String>,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub login: String,
    pub password: String,
    #[serde(default)]
    pub next: String,
}

/// `/portal/login/code`: the second step.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/login_code.html")]
pub struct LoginCodePage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub errors: FieldErrors,
}

/// One of two forms: the app's code, or a recovery code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginCodeForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub recovery: Option<String>,
}

/// `/portal/password/new`: asks for a mail with a link.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/password_request.html")]
pub struct PasswordRequestPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub login: String,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequestForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub login: String,
}

/// The answer, the same for every ユーザーID.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/password_sent.html")]
pub struct PasswordSentPage {
    pub chrome: PortalChrome,
}

/// `/portal/password/{token}`
#[derive(Template, WebTemplate)]
#[template(path = "portal/password_choose.html")]
pub struct ChoosePasswordPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    /// What stands in the link.
    pub token: String,
    pub name: String,
    pub login: String,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoosePasswordForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    /// For password managers only.
    #[serde(default)]
    pub username: String,
    pub new: String,
    pub repeated: String,
}

/// A link that has run out, was used or never was.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/password_dead.html")]
pub struct DeadLinkPage {
    pub chrome: PortalChrome,
}

/// `/portal/account`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/account.html")]
pub struct AccountPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub facts: Vec<(String, String)>,
    /// `未使用の予備のコード　7個`, where a confirmation code is asked for.
    pub recovery_left: Option<String>,
}

/// `/portal/account/password`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/account_password.html")]
pub struct AccountPasswordPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub login: String,
    pub errors: FieldErrors,
}

/// `/portal/account/code`: the app gets its secret.
#[derive(Template, WebTemplate)]
#[template(path = "portal/account_code.html")]
pub struct EnrolPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    /// In groups of four.
    pub secret: String,
    pub qr: Option<QrPicture>,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub code: String,
}

/// The recovery codes, shown once.
#[derive(Template, WebTemplate)]
#[template(path = "portal/account_recovery.html")]
pub struct RecoveryPage {
    pub chrome: PortalChrome,
    pub codes: Vec<String>,
}

/// `/portal/account/code/off`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/account_code_off.html")]
pub struct CodeOffPage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub login: String,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeOffForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    #[serde(default)]
    pub username: String,
    pub current: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountPasswordForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    #[serde(default)]
    pub username: String,
    pub current: String,
    pub new: String,
    pub repeated: String,
}
