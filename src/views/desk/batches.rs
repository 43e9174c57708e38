//! S4 失効バッチ `/desk/batches`: what the machine did, and what needs a person.

use askama::Template;
use askama_web::WebTemplate;
use serde::Serialize;

use crate::views::chrome::Chrome;
use crate::views::form::Guard;
use crate::views::parts::{Empty, Link, Pager, Serial, StatusLabel};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/batches.html")]
pub struct BatchesPage {
    pub chrome: Chrome,
    /// When the next runs are due: `失効 11/24(火) 18:30／…`
    pub schedule: String,
    /// Ring the batch by hand, for those who may.
    pub run_now: Option<Guard>,
    pub runs: Vec<RunRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct RunRow {
    pub started: String,
    pub number: String,
    pub href: String,
    pub trigger: String,
    pub selected: u64,
    pub done: u64,
    pub failed: u64,
    pub took: String,
    pub status: StatusLabel,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/batch.html")]
pub struct BatchPage {
    pub chrome: Chrome,
    pub number: String,
    pub href: String,
    pub status: StatusLabel,
    pub trigger: String,
    /// `revoke_due` and the like, in words.
    pub task: String,
    pub done: u64,
    /// 失効済み, or what else this task counts as done.
    pub done_label: &'static str,
    pub skipped: u64,
    pub progress: RunProgress,
    /// The run goes on: the page follows it.
    pub live: bool,
    pub dry_run: bool,
    /// The run stopped before its first revocation because there were too many: a supervisor may let it go on.
    pub brake: Option<Brake>,
    /// A person has stopped it.
    pub paused: Option<String>,
    pub controls: Vec<Control>,
    pub failures: Vec<Failure>,
}

#[derive(Debug, Clone)]
pub struct Brake {
    pub text: String,
    /// For supervisors.
    pub release: Option<Guard>,
}

/// A button that does something with the run.
#[derive(Debug, Clone)]
pub struct Control {
    pub href: String,
    pub icon: &'static str,
    pub label: String,
    pub guard: Guard,
}

#[derive(Debug, Clone)]
pub struct Failure {
    pub at: String,
    pub reception_number: String,
    pub common_name: String,
    pub serial: Serial,
    pub cause: String,
    pub detail: String,
    pub code: String,
    /// What happens by itself, or what a person has to do.
    pub next_step: String,
    pub action: Option<Link>,
}

/// How far a run has come, as the page shows it and as its events tell it.
#[derive(Debug, Clone, Serialize)]
pub struct RunProgress {
    pub value: u64,
    pub max: u64,
    pub failed: u64,
    pub texts: RunTexts,
}

/// What stands where: the names are those of the page's places.
#[derive(Debug, Clone, Serialize)]
pub struct RunTexts {
    /// `37／52件（71%）`
    pub summary: String,
    pub done: String,
    pub running: String,
    pub waiting: String,
    pub skipped: String,
    pub failed: String,
    /// Processes that take part.
    pub workers: String,
    /// `開始 10:00:04／終了 10:02:15／2分11秒`
    pub times: String,
    /// `毎秒12件　残り約3分10秒`
    pub pace: String,
}
