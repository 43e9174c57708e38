//! 取り込み `/desk/imports`: a file is handed over; how far it has come, and which rows were refused and why.

use askama::Template;
use askama_web::WebTemplate;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::{Empty, Link, Pager, StatusLabel, Tab};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/imports.html")]
pub struct ImportsPage {
    pub chrome: Chrome,
    pub guard: Guard,
    pub kinds: Vec<Choice>,
    /// A file with the headings, for each kind.
    pub samples: Vec<Link>,
    pub hint: String,
    pub errors: FieldErrors,
    pub imports: Vec<ImportRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct ImportRow {
    pub href: String,
    pub number: String,
    pub kind: &'static str,
    pub at: String,
    pub by: String,
    pub rows: String,
    pub refused: i64,
    pub status: StatusLabel,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/import.html")]
pub struct ImportPage {
    pub chrome: Chrome,
    pub title: String,
    pub href: String,
    pub status: StatusLabel,
    pub facts: Vec<(String, String)>,
    pub progress: Progress,
    /// Rows are being carried out: the page follows. The number of the newest event.
    pub live: Option<i64>,
    pub cancel: Option<Guard>,
    /// Takes the refused rows out, with the reasons.
    pub download: Option<Guard>,
    pub note: Option<String>,
    pub tabs: Vec<Tab>,
    pub rows: Vec<RowLine>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct Progress {
    pub max: i64,
    pub value: i64,
    pub summary: String,
    pub registered: String,
    pub known: String,
    pub refused: String,
    pub waiting: String,
    pub any_refused: bool,
}

#[derive(Debug, Clone)]
pub struct RowLine {
    pub line: String,
    pub status: StatusLabel,
    /// What it became, or what was there.
    pub became: Option<Link>,
    /// Column and reason, one line each.
    pub reasons: Vec<(String, String)>,
}
