//! `task check_overdue`: for an outside monitor or cron. Asks the database; needs no running server.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only};
use crate::{
    actions::raise_alarms::find_alarms,
    domain::{
        alarm::{Alarm, AlarmKind},
        problem::Problem,
    },
    errors::Result,
    services::Services,
};

pub struct CheckOverdue;

#[async_trait]
impl Task for CheckOverdue {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "check_overdue".to_owned(),
            detail: "fails when confirmed cases are past their run, or something else needs a person at once"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

/// One line: `check_overdue: overdue=2 oldest_seconds=5400 alarms=overdue,mail_stuck`.
async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let desk = Services::of(ctx)?;
    let now = desk.clock.now();
    let alarms = find_alarms(&desk, now).await?;
    let overdue = alarms.iter().find(|alarm| alarm.kind == AlarmKind::Overdue);
    let cases = overdue.map_or(0, |alarm| alarm.count);
    let oldest = overdue.map_or(0, |alarm| (now - alarm.instant).num_seconds());
    let names: Vec<&str> = alarms.iter().map(|Alarm { kind, .. }| kind.as_str()).collect();
    let names = names.join(",");
    let line = format!("check_overdue: overdue={cases} oldest_seconds={oldest} alarms={names}");
    let problem = (!alarms.is_empty()).then(|| Problem::new("alarms_raised").with("alarms", names));
    Ok(Report { lines: vec![line], problems: problem.into_iter().collect() })
}
