//! S6 一括失効 `/desk/bulk` and the other acts on many cases: which cases, what it would come to, what it came to.

use askama::Template;
use askama_web::WebTemplate;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::installation::Cell;
use crate::views::parts::{Empty, Link, Pager, SiteNames, StatusLabel};

/// 対象: the file, the way to the list, and the revocations so far.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/bulk_start.html")]
pub struct BulkStartPage {
    pub chrome: Chrome,
    pub steps: Vec<Step>,
    /// For those who work on cases.
    pub upload: Option<Guard>,
    pub limit: usize,
    pub errors: FieldErrors,
    pub acts: Vec<ActRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

/// One of 対象, 事前確認, 承認, 実行.
#[derive(Debug, Clone)]
pub struct Step {
    pub label: String,
    pub current: bool,
    pub done: bool,
}

#[derive(Debug, Clone)]
pub struct ActRow {
    pub href: String,
    pub number: String,
    pub at: String,
    pub by: String,
    pub ground: String,
    /// `52件（対象外3件）`
    pub cases: String,
    pub status: StatusLabel,
}

/// One act: its preview, its approval, its outcome.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/bulk.html")]
pub struct BulkPage {
    pub chrome: Chrome,
    pub title: String,
    pub href: String,
    pub back: Link,
    pub status: StatusLabel,
    pub steps: Vec<Step>,
    pub facts: Vec<(String, String)>,
    /// What the page is for, in a sentence or two.
    pub notes: Vec<Note>,
    pub form: BulkForm,
    /// Takes the act back.
    pub cancel: Option<Guard>,
    pub errors: FieldErrors,
    /// Cases for which the act is possible or was done, then the others.
    pub lists: Vec<CaseTable>,
}

#[derive(Debug, Clone)]
pub struct Note {
    pub warns: bool,
    pub text: String,
    pub link: Option<Link>,
}

/// What can be done on the page.
#[derive(Debug, Clone)]
pub enum BulkForm {
    /// Look only.
    Nothing,
    /// Which day; the answer is a preview.
    Day { day: String, first_day: String, confirm: Option<Confirm> },
    /// Which colleague; the answer is a preview.
    Colleague { colleagues: Vec<Choice>, confirm: Option<Confirm> },
    /// Nothing to choose.
    Ready(Confirm),
    /// Ask for the approval.
    Request { guard: Guard, ground: String, button: String },
    /// Approve somebody else's request, or decline it.
    Approve { guard: Guard, count: String, ground: String, label: String, button: String },
}

/// The button that carries the act out.
#[derive(Debug, Clone)]
pub struct Confirm {
    pub guard: Guard,
    /// The day or the colleague that the preview was made for.
    pub parameter: String,
    pub button: String,
}

#[derive(Debug, Clone)]
pub struct CaseTable {
    pub id: &'static str,
    pub title: String,
    pub rows: Vec<BulkRow>,
}

#[derive(Debug, Clone)]
pub struct BulkRow {
    pub reception_number: String,
    pub ev: bool,
    pub company: String,
    pub names: SiteNames,
    pub requested: String,
    pub installation: Cell,
    pub status: StatusLabel,
    pub verdict: StatusLabel,
    /// Why not.
    pub reason: String,
}
