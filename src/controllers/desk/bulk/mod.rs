//! S6 一括失効, and the other acts on many cases of the list: choose, look, decide, see what came of it.

mod page;
mod start;
mod steps;

pub use page::show;
pub use start::{create, create_from_file, index, sample};
pub use steps::{approve, cancel, decline, execute, request};

use super::frame::Frame;
use crate::domain::bulk::{BulkKind, BulkState};
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::views::chrome::{Flash, FlashKind};
use crate::views::desk::bulk::Step;
use crate::views::parts::{StatusLabel, Tone};

fn act_href(id: i64) -> String {
    format!("/desk/bulk/{id}")
}

fn state_label(t: Texts, state: BulkState) -> StatusLabel {
    let (icon, tone) = match state {
        BulkState::Prepared => ("list-checks", Tone::Hold),
        BulkState::Running => ("refresh-cw", Tone::Work),
        BulkState::Done | BulkState::Approved => ("circle-check", Tone::Ok),
        BulkState::Requested => ("clock", Tone::Wait),
        BulkState::Declined | BulkState::Cancelled => ("ban", Tone::Hold),
    };
    StatusLabel { icon, tone, text: t.s(&format!("bulk.state.{}", state.as_str())).to_owned() }
}

/// 対象 → 事前確認 → 承認 → 実行, and which of them `state` has come to. `None`: nothing chosen yet.
fn steps(t: Texts, kind: BulkKind, state: Option<BulkState>) -> Vec<Step> {
    if kind != BulkKind::Revoke {
        return Vec::new();
    }
    let at = match state {
        None => 0,
        Some(BulkState::Prepared) => 1,
        Some(BulkState::Requested) => 2,
        Some(BulkState::Running | BulkState::Approved | BulkState::Done) => 3,
        Some(BulkState::Declined | BulkState::Cancelled) => return Vec::new(),
    };
    let step = |(place, key): (usize, &str)| Step {
        label: t.s(&format!("bulk.step.{key}")).to_owned(),
        current: place == at,
        done: place < at,
    };
    ["target", "check", "approval", "run"].into_iter().enumerate().map(step).collect()
}

/// What stands against an act, for the page that it leads back to; any other error goes on.
async fn tell(frame: &Frame, error: Error) -> Result<()> {
    let problems = error.into_problems()?;
    let text = problems.first().map(|problem| frame.t.problem(problem)).unwrap_or_default();
    frame.flashes.put(Flash { kind: FlashKind::Error, text, next_call: false }).await
}
