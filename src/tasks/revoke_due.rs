//! `task revoke_due [as_of:YYYY-MM-DD] [dry_run:true]`: the daily run by hand.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};
use serde_json::Value;

use super::{Counted, Progress, Report, flag, line, only, stop_on_signal, today};
use crate::{
    actions::{
        follow_up::FollowUp,
        revoke_due::RevokeDue,
        run_revocations::{RevocationRun, run_revocations},
    },
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    models::{
        batch_runs::{BatchRun, Counts},
        case_chunks::count_due,
        columns::{RunCause, RunStatus},
    },
    services::Services,
};

pub struct RevokeDueTask;

#[async_trait]
impl Task for RevokeDueTask {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "revoke_due".to_owned(),
            detail: "[as_of:YYYY-MM-DD] [dry_run:true] — revokes what is confirmed and due, proves it, sends the mails"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &["as_of", "dry_run"])?;
    let desk = Services::of(ctx)?;
    let dry_run = flag(vars, "dry_run")?;
    let (stop, progress) = (stop_on_signal(), Progress::start());
    let input = RevokeDue {
        today: today(vars, &desk)?,
        cause: RunCause::Task,
        dry_run,
        brake_lifted: false,
        stop: &stop,
        progress: &|counts| progress.show(counts),
    };
    let outcome = run_revocations(&desk, input, &Actor::system(), desk.clock.now()).await;
    progress.end();
    report(&desk, outcome?).await
}

async fn report(desk: &Services, outcome: RevocationRun) -> Result<Report> {
    let mut report = Report::default();
    if let Some(follow_up) = outcome.follow_up {
        report.add(Counted::RescueStuck, outcome.rescued);
        report.add(Counted::FindRevoked, outcome.found);
        tell_follow_up(&mut report, follow_up);
    }
    if let Some(run) = outcome.run {
        let left = count_due(&desk.db, run.business_date).await?;
        tell_run(&mut report, &run, left, desk.settings.revocation.brake_limit);
    }
    Ok(report)
}

fn tell_follow_up(report: &mut Report, follow_up: FollowUp) {
    if let Err(error) = follow_up.published {
        report.fault("publish_failed", error);
    }
    report.add(Counted::Prove, follow_up.proven);
    match follow_up.sent {
        Ok(counts) => {
            report.lines.push(line("send_messages", "sent", counts));
            if counts.failed > 0 {
                report.problems.push(Problem::new("mails_failed").with("failed", counts.failed));
            }
        }
        Err(error) => report.fault("mails_not_sent", error),
    }
}

/// `left`: the cases of its day that are still due.
fn tell_run(report: &mut Report, run: &BatchRun, left: u64, limit: u32) {
    let counts = Counts { target: run.target, done: run.done, failed: run.failed, skipped: run.skipped };
    let mut complain = |problem| report.problems.push(problem);
    match run.status {
        RunStatus::Braked => complain(Problem::new("run_braked").with("due", run.target).with("limit", limit)),
        RunStatus::Interrupted | RunStatus::Running => {
            complain(Problem::new("run_interrupted").with("left", left));
        }
        RunStatus::Finished | RunStatus::Failed => {}
    }
    if run.dry_run && run.target > i64::from(limit) {
        complain(Problem::new("run_would_brake").with("due", run.target).with("limit", limit));
    }
    for (number, code) in failures(run) {
        complain(Problem::new("run_case_failed").with("reception_number", number).with("code", code));
    }
    let done = if run.dry_run { "would_revoke" } else { "revoked" };
    report.lines.push(line("revoke_due", done, counts));
}

/// Reception number and cause of each case that failed.
fn failures(run: &BatchRun) -> Vec<(String, String)> {
    let entries: Vec<Value> = serde_json::from_str(&run.detail).unwrap_or_default();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let failed = entries.iter().filter(|entry| entry["result"] == "failed");
    failed.map(|entry| (text(entry, "reception_number"), text(entry, "code"))).collect()
}
