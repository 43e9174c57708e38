//! A bar on stderr while a long run goes on; nothing when stderr is not a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::models::batch_runs::Counts;

pub struct Progress(ProgressBar);

impl Progress {
    pub fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub fn show(&self, counts: Counts) {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        self.0.set_length(unsigned(counts.target));
        self.0.set_position(unsigned(counts.done + counts.failed + counts.skipped));
        let failed = if counts.failed > 0 { format!("failed={}", counts.failed) } else { String::new() };
        self.0.set_message(failed);
    }

    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
