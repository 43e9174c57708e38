//! 利用者と役割, APIトークン, and the page that shows a secret once.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::desk::account::SessionRow;
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Link, StatusLabel};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/users.html")]
pub struct UsersPage {
    pub chrome: Chrome,
    pub rows: Vec<UserRow>,
    /// There are more than are shown.
    pub cut: Option<String>,
}

#[derive(Debug, Clone)]
pub struct UserRow {
    pub href: String,
    pub name: String,
    pub email: String,
    pub role: String,
    /// What the log-in asks for besides the password.
    pub factor: String,
    pub status: StatusLabel,
    pub last_login: String,
    pub created: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/user.html")]
pub struct UserPage {
    pub chrome: Chrome,
    pub href: String,
    pub name: String,
    pub status: StatusLabel,
    pub facts: Vec<(String, String)>,
    /// Why nothing can be changed here.
    pub locked: Option<String>,
    /// The roles to choose from; empty where the role cannot be changed.
    pub roles: Vec<Choice>,
    pub deeds: Vec<UserDeed>,
    /// Where the user is logged in.
    pub sessions: Vec<SessionRow>,
}

/// A link to a confirmation, with what it does.
#[derive(Debug, Clone)]
pub struct UserDeed {
    /// Below the account's address.
    pub path: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub effect: &'static str,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/user_new.html")]
pub struct NewUserPage {
    pub chrome: Chrome,
    pub form: NewUserForm,
    pub roles: Vec<Choice>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewUserForm {
    pub name: String,
    pub email: String,
    pub role: String,
    pub reason: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/tokens.html")]
pub struct TokensPage {
    pub chrome: Chrome,
    pub rows: Vec<TokenRow>,
    pub cut: Option<String>,
}

#[derive(Debug, Clone)]
pub struct TokenRow {
    pub name: String,
    pub role: String,
    pub scopes: String,
    pub created: String,
    pub expires: String,
    pub status: StatusLabel,
    /// Where it is ended, while it works.
    pub revocation: Option<String>,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/token_new.html")]
pub struct NewTokenPage {
    pub chrome: Chrome,
    pub form: NewTokenForm,
    pub roles: Vec<Choice>,
    pub scopes: Vec<Choice>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NewTokenForm {
    pub name: String,
    pub role: String,
    /// `read` or `write`
    pub scope: String,
    /// Until it ends.
    pub days: String,
    pub reason: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/sso.html")]
pub struct SsoPage {
    pub chrome: Chrome,
    pub status: StatusLabel,
    pub facts: Vec<(String, String)>,
    pub may_check: bool,
}

/// A password or a token, shown this once.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/secret.html")]
pub struct SecretPage {
    pub chrome: Chrome,
    pub title: String,
    pub lead: String,
    pub label: &'static str,
    pub secret: String,
    pub facts: Vec<(String, String)>,
    pub back: Link,
}
