//! 個人設定 `/desk/preferences`: language and keys, and the list of all keys.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/preferences.html")]
pub struct PreferencesPage {
    pub chrome: Chrome,
    /// Each in its own words; the value is its tag.
    pub languages: Vec<Choice>,
    pub single_keys: bool,
    pub errors: FieldErrors,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreferencesForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    #[serde(default)]
    pub language: String,
    /// A box: absent when it is not ticked.
    pub single_keys: Option<String>,
}
