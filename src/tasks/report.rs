//! What a run tells its operator: lines on stdout, the counts last; on stderr what needs a person.

use super::{Counted, print_line, told};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;

#[derive(Debug, Default)]
pub struct Report {
    /// The last one has the counts.
    pub lines: Vec<String>,
    /// Any of them makes the exit status 1.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Adds the counts of one step, or why there are none.
    pub fn add(&mut self, step: Counted, outcome: Result<Counts>) {
        match outcome {
            Ok(counts) => {
                self.lines.push(step.line(counts));
                self.problems.extend(step.complaint(counts));
            }
            Err(error) => self.fault("step_failed", error),
        }
    }

    pub fn fault(&mut self, code: &'static str, error: Error) {
        self.problems.push(Problem::new(code).with("reason", error));
    }
}

/// `revoke_due: target=12 revoked=11 failed=1 skipped=0`
pub fn line(task: &str, done: &str, counts: Counts) -> String {
    let Counts { target, done: number, failed, skipped } = counts;
    format!("{task}: target={target} {done}={number} failed={failed} skipped={skipped}")
}

/// Prints the report; an error, hence exit status 1, unless all of it worked.
pub fn tell(outcome: Result<Report>) -> loco_rs::Result<()> {
    let Report { lines, problems } = outcome.map_err(told)?;
    for line in lines {
        print_line(&line)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(told(Error::Invalid(problems))) }
}
