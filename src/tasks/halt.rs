//! `task halt`, `task reconcile`, `task release`: the desk stands still, is compared with the CA, and goes on.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Progress, Report, flag, only, print_line, required};
use crate::{
    actions::{
        halt_desk::{HaltDesk, halt_desk},
        reconcile::{Reconciled, reconcile},
        release_desk::release_desk,
    },
    domain::{
        actor::{Actor, Identity},
        halt::HaltCause,
        problem::Problem,
        role::Permission,
    },
    errors::{Error, Result},
    models::{halts, users},
    services::Services,
};

/// Findings read at a time.
const PAGE: u64 = 500;

#[derive(Debug, Clone, Copy)]
pub enum HaltTask {
    Halt,
    Reconcile,
    Release,
}

#[async_trait]
impl Task for HaltTask {
    fn task(&self) -> TaskInfo {
        let (name, detail) = match self {
            Self::Halt => ("halt", "reason:… [restored:true] — nothing is revoked, mailed or recorded from here on"),
            Self::Reconcile => {
                ("reconcile", "after a restore: takes over what the CA knows, voids what may be outdated")
            }
            Self::Release => ("release", "by:<e-mail of a supervisor> reason:… — ends the halt"),
        };
        TaskInfo { name: name.to_owned(), detail: detail.to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let desk = Services::of(ctx)?;
        let outcome = match self {
            Self::Halt => halt(&desk, vars).await,
            Self::Reconcile => Box::pin(reconciled(&desk, vars)).await,
            Self::Release => release(&desk, vars).await,
        };
        super::tell(outcome)
    }
}

async fn halt(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &["reason", "restored"])?;
    let cause = if flag(vars, "restored")? { HaltCause::Restored } else { HaltCause::Ordered };
    let input = HaltDesk { cause, reason: required(vars, "reason")?.to_owned(), lost_sequence: None };
    let halt = halt_desk(desk, input, &Actor::system(), desk.clock.now()).await?;
    Ok(Report { lines: vec![format!("halt: id={} cause={}", halt.id, halt.cause.as_str())], problems: Vec::new() })
}

async fn reconciled(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let progress = Progress::start();
    let outcome = reconcile(desk, &|counts| progress.show(counts), &Actor::system(), desk.clock.now()).await;
    progress.end();
    let Reconciled { halt_id, cases, crl_entries, mails, findings, unanswered } = outcome?;
    list_cases(desk, halt_id).await?;
    let mut lines: Vec<String> =
        findings.iter().map(|(finding, n)| format!("reconcile: {}={n}", finding.as_str())).collect();
    lines
        .push(format!("reconcile: cases={cases} crl_entries={crl_entries} mails_held={mails} unanswered={unanswered}"));
    let silent = (unanswered > 0).then(|| Problem::new("reconcile_silent").with("n", unanswered));
    Ok(Report { lines, problems: silent.into_iter().collect() })
}

/// `confirmation_voided RQ-260806-0182`, one line each; for millions of them as well.
async fn list_cases(desk: &Services, halt_id: i64) -> Result<()> {
    let mut after = 0;
    loop {
        let noted = halts::list(&desk.db, halt_id, after, PAGE).await?;
        let Some((last, ..)) = noted.last() else { return Ok(()) };
        after = *last;
        for (_, finding, number) in &noted {
            print_line(&format!("{} {number}", finding.as_str())).map_err(Error::internal)?;
        }
    }
}

async fn release(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &["by", "reason"])?;
    let (by, reason) = (required(vars, "by")?, required(vars, "reason")?);
    let user = users::Entity::find_by_email(&desk.db, by).await?;
    let supervisor = user
        .filter(|user| user.disabled_at.is_none() && user.role.may(Permission::Supervise))
        .ok_or_else(|| Problem::on("by", "releaser_unknown").with("email", by))?;
    let identity = Identity::Staff { id: supervisor.id, name: supervisor.name, role: supervisor.role };
    let halt = release_desk(desk, reason, &Actor::new(identity, None), desk.clock.now()).await?;
    Ok(Report { lines: vec![format!("release: id={}", halt.id)], problems: Vec::new() })
}
