//! `task publish_crl`: new CRLs of the embedded CA.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only};
use crate::{actions::publish_crls::publish_crls, errors::Result, services::Services};

pub struct PublishCrl;

#[async_trait]
impl Task for PublishCrl {
    fn task(&self) -> TaskInfo {
        TaskInfo { name: "publish_crl".to_owned(), detail: "publishes new CRLs of the embedded CA".to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let desk = Services::of(ctx)?;
    let line = match publish_crls(&desk, desk.clock.now()).await {
        Ok(Some(crl)) => format!("publish_crl: number={} entries={}", crl.number, crl.entries),
        Ok(None) => "publish_crl: entries=0".to_owned(),
        Err(error) => {
            let mut report = Report::default();
            report.fault("publish_failed", error);
            return Ok(report);
        }
    };
    Ok(Report { lines: vec![line], problems: Vec::new() })
}
