//! A call comes in `/desk/calls/incoming`: who it may be, and the cases it may be about.

use askama::Template;
use askama_web::WebTemplate;

use crate::views::chrome::Chrome;
use crate::views::parts::StatusLabel;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/incoming.html")]
pub struct IncomingPage {
    pub chrome: Chrome,
    /// As the telephone showed it or the agent typed it.
    pub number: String,
    pub people: Vec<CallerRow>,
    pub cases: Vec<IncomingCase>,
    /// Why nobody is shown.
    pub nothing: Option<String>,
}

#[derive(Debug, Clone)]
pub struct CallerRow {
    /// Organisation, name, role, and whether the record is a former one.
    pub who: String,
    pub department: String,
    pub phone: String,
}

#[derive(Debug, Clone)]
pub struct IncomingCase {
    pub reception_number: String,
    pub ev: bool,
    pub company: String,
    pub common_name: String,
    pub requested: String,
    pub status: StatusLabel,
}
