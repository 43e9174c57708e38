//! `task audit_verify`: whether the audit log is as it was written.

use std::path::Path;

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only, optional};
use crate::{
    actions::{check_audit::check_audit, compare_heads::compare_heads},
    audit_heads::{self, HeadKey},
    domain::{actor::Actor, calendar::JST, problem::Problem},
    errors::Result,
    services::Services,
};

pub struct AuditVerify;

#[async_trait]
impl Task for AuditVerify {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "audit_verify".to_owned(),
            detail: "walks the audit log and finds edits, deletions, swaps and a cut end; heads:<file or folder> also \
                compares it with signed ends"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &["heads", "key"])?;
    let desk = Services::of(ctx)?;
    let verdict = check_audit(&desk, &Actor::system(), desk.clock.now()).await?;
    let (heads, cut) = compared(&desk, vars).await?;
    let broken = verdict.fault.map(|fault| {
        Problem::new("audit_chain_broken").with("sequence", fault.sequence()).with("fault", fault.as_str())
    });
    let fault = verdict.fault.map_or("none", |fault| fault.as_str());
    let line = format!("audit_verify: sound={} fault={fault} heads={heads}", verdict.sound);
    Ok(Report { lines: vec![line], problems: broken.into_iter().chain(cut).collect() })
}

/// `heads:`, a file or a folder of signed ends, against the log; `key:` is the public key as hex, else that of this
/// program's own key. How many agree, and what is wrong.
async fn compared(desk: &Services, vars: &Vars) -> Result<(usize, Option<Problem>)> {
    let Some(path) = optional(vars, "heads") else { return Ok((0, None)) };
    let public = match optional(vars, "key") {
        Some(public) => public.to_owned(),
        None => HeadKey::open(&desk.settings)?.public(),
    };
    let heads = match audit_heads::read(Path::new(path), &public)? {
        Ok(heads) => heads,
        Err(problem) => return Ok((0, Some(problem))),
    };
    let missing = compare_heads(desk, &heads).await?.map(|head| {
        let at = head.at.with_timezone(&JST).format("%Y-%m-%d %H:%M");
        Problem::new("audit_head_differs").with("sequence", head.sequence).with("at", at)
    });
    Ok((heads.len(), missing))
}
