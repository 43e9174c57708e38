//! `task check_invariants [as_of:YYYY-MM-DD]`: what must not be, and what to do about it.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only, today};
use crate::{
    actions::check_invariants::{Finding, Severity, check_invariants},
    domain::problem::Problem,
    errors::Result,
    messages::Texts,
    services::Services,
};

pub struct CheckInvariants;

#[async_trait]
impl Task for CheckInvariants {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "check_invariants".to_owned(),
            detail: "[as_of:YYYY-MM-DD] — looks for broken promises: cases, books of the CA, audit log".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &["as_of"])?;
    let desk = Services::of(ctx)?;
    let findings = check_invariants(&desk, today(vars, &desk)?, desk.clock.now()).await?;
    let violations = findings.iter().filter(|finding| finding.severity == Severity::Violation).count();
    let warnings = findings.len() - violations;
    let mut lines: Vec<String> = findings.iter().map(sentence).collect();
    lines.push(format!("check_invariants: violations={violations} warnings={warnings}"));
    let broken = (violations > 0).then(|| Problem::new("invariants_broken").with("violations", violations));
    Ok(Report { lines, problems: broken.into_iter().collect() })
}

/// What was found, in which case, and what to do.
fn sentence(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Violation => "violation",
        Severity::Warning => "warning",
    };
    let text = Texts::JA.f(&format!("invariant.{}", finding.rule), &[("subject", &finding.subject)]);
    format!("{severity} {} {}: {text}", finding.rule, finding.subject)
}
