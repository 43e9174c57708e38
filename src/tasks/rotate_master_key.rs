//! `task rotate_master_key`: brings all sealed secrets of the database under the first key of the master key's file, and
//! names those of the settings that are not, which only their owner can write anew.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only};
use crate::{
    actions::seal_secrets::{Secrets, seal_secrets},
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    services::Services,
};

pub struct RotateMasterKey;

#[async_trait]
impl Task for RotateMasterKey {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "rotate_master_key".to_owned(),
            detail: "seals all secrets anew under the first key of REVOCATION_DESK_MASTER_KEY_FILE".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let desk = Services::of(ctx)?;
    let done = seal_secrets(&desk, Secrets::All, &Actor::system(), desk.clock.now()).await?;
    let line = format!("rotate_master_key: checked={} changed={}", done.checked, done.changed);
    let old = desk.settings.sealed.iter().filter(|secret| secret.is_old);
    let problems = old.map(|secret| Problem::new("setting_seal_old").with("key", &secret.name)).collect();
    Ok(Report { lines: vec![line], problems })
}
