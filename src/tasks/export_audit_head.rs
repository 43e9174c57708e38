//! `task export_audit_head`: the signed end of the audit log, to its file and to stdout.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only};
use crate::{
    actions::export_head::export_head,
    audit_heads::HeadKey,
    errors::{Error, Result},
    services::Services,
};

pub struct ExportAuditHead;

#[async_trait]
impl Task for ExportAuditHead {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "export_audit_head".to_owned(),
            detail: "signs the end of the audit log, keeps it in its folder and prints it".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let desk = Services::of(ctx)?;
    let head = export_head(&desk, desk.clock.now()).await?;
    let line = serde_json::to_string(&head).map_err(Error::internal)?;
    let counts =
        format!("export_audit_head: sequence={} key={}", head.sequence, HeadKey::open(&desk.settings)?.public());
    Ok(Report { lines: vec![line, counts], problems: Vec::new() })
}
