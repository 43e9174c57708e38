//! `task audit_verify`: whether the audit log is as it was written.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only};
use crate::{
    actions::check_audit::check_audit,
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    services::Services,
};

pub struct AuditVerify;

#[async_trait]
impl Task for AuditVerify {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "audit_verify".to_owned(),
            detail: "walks the audit log and finds edits, deletions, swaps and a cut end".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let desk = Services::of(ctx)?;
    let verdict = check_audit(&desk, &Actor::system(), desk.clock.now()).await?;
    let problem = verdict.fault.map(|fault| {
        Problem::new("audit_chain_broken").with("sequence", fault.sequence()).with("fault", fault.as_str())
    });
    let fault = verdict.fault.map_or("none", |fault| fault.as_str());
    let line = format!("audit_verify: sound={} fault={fault}", verdict.sound);
    Ok(Report { lines: vec![line], problems: problem.into_iter().collect() })
}
