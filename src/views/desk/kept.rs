//! What was typed before a log-in, or before a proof at the company's own `/desk/kept`.

use askama::Template;
use askama_web::WebTemplate;

use crate::views::chrome::Chrome;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/kept.html")]
pub struct KeptPage {
    pub chrome: Chrome,
    pub title: String,
    pub lead: String,
    /// The form waited for a proof, not for a log-in.
    pub is_proven: bool,
    /// Labels and words of what a person filled in.
    pub typed: Vec<(String, String)>,
    /// Continuing records nothing yet.
    pub is_call: bool,
    pub back: String,
    pub action: String,
    pub csrf: String,
    /// Every field of the form, by name.
    pub fields: Vec<(String, String)>,
}
