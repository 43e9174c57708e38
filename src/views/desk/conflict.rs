//! 409: somebody else changed the case meanwhile. Both values, and everything that was typed, ready to send again.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};

use super::case::CaseHead;
use crate::messages::dates;
use crate::views::chrome::Chrome;
use crate::views::form::Guard;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/conflict.html")]
pub struct ConflictPage {
    pub chrome: Chrome,
    pub head: CaseHead,
    /// Who was first, and when.
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
    pub rows: Vec<ConflictRow>,
    /// What was typed, as text to read and to copy.
    pub typed: Vec<(String, String)>,
    /// Sends the same input again on the version shown here; nothing where the new state no longer allows it.
    pub again: Option<Resubmission>,
}

impl ConflictPage {
    fn changed_at_label(&self) -> String {
        dates::time(self.changed_at)
    }
}

#[derive(Debug, Clone)]
pub struct ConflictRow {
    pub label: String,
    /// The value the page had shown when the person began.
    pub before: String,
    pub now: String,
}

#[derive(Debug, Clone)]
pub struct Resubmission {
    pub action: String,
    pub guard: Guard,
    /// Every field of the refused form, by name.
    pub fields: Vec<(String, String)>,
}
