//! `task import_holidays file:… [dry_run:true]`: the Cabinet Office's holidays.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, flag, only, read_file};
use crate::{
    actions::import_holidays::{ImportHolidays as Input, import_holidays},
    domain::actor::Actor,
    errors::Result,
    services::Services,
};

pub struct ImportHolidays;

#[async_trait]
impl Task for ImportHolidays {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "import_holidays".to_owned(),
            detail: "file:syukujitsu.csv [dry_run:true] — takes over the Cabinet Office's holidays".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &["file", "dry_run"])?;
    let desk = Services::of(ctx)?;
    let file = read_file(vars).await?;
    let input = Input { file: &file, dry_run: flag(vars, "dry_run")?, reason: None };
    let days = import_holidays(&desk, input, &Actor::system(), desk.clock.now()).await?;
    Ok(Report { lines: vec![format!("import_holidays: days={days}")], problems: Vec::new() })
}
