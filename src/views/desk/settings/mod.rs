//! 設定 `/desk/settings`: the overview, and the page that every change passes, with the difference and the reason.

pub mod accounts;
pub mod rules;
pub mod webhooks;

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::{FieldErrors, Guard};
use crate::views::parts::{Link, StatusLabel};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/index.html")]
pub struct SettingsPage {
    pub chrome: Chrome,
    pub sections: Vec<Section>,
}

/// One area of the settings.
#[derive(Debug, Clone)]
pub struct Section {
    pub href: &'static str,
    pub icon: &'static str,
    pub title: &'static str,
    /// What is set there.
    pub what: &'static str,
    /// How it stands now.
    pub facts: Vec<String>,
    /// What needs an administrator.
    pub warning: Option<String>,
}

/// The difference, what it does, and the reason asked for. The next step stores it.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/confirm.html")]
pub struct ConfirmPage {
    pub chrome: Chrome,
    pub title: String,
    /// Where the change was begun.
    pub back: Link,
    /// Where it is posted to.
    pub action: String,
    pub guard: Guard,
    /// The change itself.
    pub hidden: Vec<(&'static str, String)>,
    /// What it does, and from when.
    pub effect: String,
    pub warnings: Vec<String>,
    pub changes: Vec<ChangeRow>,
    /// More rows than are shown.
    pub cut: Option<String>,
    pub reason: String,
    pub button: Button,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct ChangeRow {
    pub label: String,
    pub before: String,
    pub after: String,
}

impl ChangeRow {
    pub fn new(label: impl Into<String>, before: impl Into<String>, after: impl Into<String>) -> Self {
        Self { label: label.into(), before: before.into(), after: after.into() }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Button {
    pub icon: &'static str,
    pub label: &'static str,
    /// It takes something away from somebody.
    pub danger: bool,
}

/// What a confirmation posts where the address says what is changed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ReasonForm {
    #[serde(default)]
    pub version: i64,
    #[serde(default)]
    pub reason: String,
}

/// One change of a setting that was stored.
#[derive(Debug, Clone)]
pub struct VersionRow {
    pub at: String,
    pub by: String,
    pub effective_on: String,
    pub reason: String,
    pub status: StatusLabel,
}
