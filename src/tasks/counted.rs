//! `task prove`, `remind`, `rescue_stuck`, `find_revoked`, `expire`, `issue_pending`, `check_installations`,
//! `read_bounces`, `run_imports`: runs that end in counts.

use async_trait::async_trait;
use chrono::NaiveDate;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};
use sea_orm::prelude::DateTimeUtc;

use super::{Report, only, today};
use crate::{
    actions::{
        check_installations::check_installations,
        expire_cases::expire_cases,
        find_revoked::find_revoked,
        issue_pending::issue_pending,
        prove::prove,
        read_bounces::read_bounces,
        record_run::{Run, record_run},
        remind::remind,
        rescue_stuck::rescue_stuck,
        run_imports::run_imports,
    },
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    models::{batch_runs::Counts, columns::RunCause, halts},
    services::Services,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Prove,
    Remind,
    RescueStuck,
    FindRevoked,
    Expire,
    IssuePending,
    CheckInstallations,
    ReadBounces,
    RunImports,
}

impl Counted {
    pub fn name(self) -> &'static str {
        match self {
            Self::Prove => "prove",
            Self::Remind => "remind",
            Self::RescueStuck => "rescue_stuck",
            Self::FindRevoked => "find_revoked",
            Self::Expire => "expire",
            Self::IssuePending => "issue_pending",
            Self::CheckInstallations => "check_installations",
            Self::ReadBounces => "read_bounces",
            Self::RunImports => "run_imports",
        }
    }

    /// What the counted things became when all went well.
    fn done(self) -> &'static str {
        match self {
            Self::Prove => "proven",
            Self::Remind => "reminded",
            Self::RescueStuck => "revoked",
            Self::FindRevoked => "found",
            Self::Expire => "expired",
            Self::IssuePending => "issued",
            Self::CheckInstallations => "looked_at",
            Self::ReadBounces => "recorded",
            Self::RunImports => "imported",
        }
    }

    /// The same for the operator and the schedule; its row is in `batch_runs` when there was something to do. Refused
    /// while the desk is halted.
    pub async fn work(
        self,
        desk: &Services,
        today: NaiveDate,
        cause: RunCause,
        actor: &Actor,
        now: DateTimeUtc,
    ) -> Result<Counts> {
        let run = Run { task: self.name(), today, cause };
        halts::refuse(&desk.db).await?;
        match self {
            Self::Prove => record_run(desk, run, prove(desk, actor, now), actor, now).await,
            Self::Remind => record_run(desk, run, remind(desk, today, now), actor, now).await,
            Self::RescueStuck => record_run(desk, run, rescue_stuck(desk, actor, now), actor, now).await,
            Self::FindRevoked => record_run(desk, run, find_revoked(desk, today, actor, now), actor, now).await,
            Self::Expire => record_run(desk, run, expire_cases(desk, actor, now), actor, now).await,
            Self::IssuePending => record_run(desk, run, issue_pending(desk, actor, now), actor, now).await,
            Self::CheckInstallations => record_run(desk, run, check_installations(desk, actor, now), actor, now).await,
            Self::ReadBounces => record_run(desk, run, read_bounces(desk, actor, now), actor, now).await,
            Self::RunImports => record_run(desk, run, Box::pin(run_imports(desk)), actor, now).await,
        }
    }

    pub(super) fn line(self, counts: Counts) -> String {
        super::line(self.name(), self.done(), counts)
    }

    /// What needs a person after a run with these counts.
    pub(super) fn complaint(self, counts: Counts) -> Option<Problem> {
        let failed = |code| (counts.failed > 0).then(|| Problem::new(code).with("failed", counts.failed));
        match self {
            Self::Prove => failed("prove_failed"),
            Self::Remind => failed("remind_failed"),
            Self::FindRevoked => failed("find_failed"),
            Self::Expire => failed("expire_failed"),
            Self::IssuePending => failed("issue_failed"),
            Self::CheckInstallations => failed("check_installations_failed"),
            Self::ReadBounces => failed("bounces_stray"),
            Self::RunImports => failed("imports_refused"),
            Self::RescueStuck => failed("rescue_failed").or_else(|| {
                (counts.skipped > 0).then(|| Problem::new("rescue_waiting").with("skipped", counts.skipped))
            }),
        }
    }
}

#[async_trait]
impl Task for Counted {
    fn task(&self) -> TaskInfo {
        let detail = match self {
            Self::Prove => "looks for the proof of what was revoked, and completes those cases",
            Self::Remind => "[as_of:YYYY-MM-DD] queues the reminders of the day",
            Self::RescueStuck => "takes up revocations that were begun and not ended",
            Self::FindRevoked => "[as_of:YYYY-MM-DD] asks the CA which due certificates it shows revoked already",
            Self::Expire => "ends cases whose source certificate has run out",
            Self::IssuePending => "issues replacements that were applied for and not issued yet",
            Self::CheckInstallations => {
                "looks which certificate the sites of waiting cases show, where that is turned on"
            }
            Self::ReadBounces => "records which mails came back",
            Self::RunImports => "carries out the rows of imports that were started",
        };
        TaskInfo { name: self.name().to_owned(), detail: detail.to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(Box::pin(self.reported(ctx, vars)).await)
    }
}

impl Counted {
    async fn reported(self, ctx: &AppContext, vars: &Vars) -> Result<Report> {
        match self {
            Self::Remind | Self::FindRevoked => only(vars, &["as_of"])?,
            Self::Prove
            | Self::RescueStuck
            | Self::Expire
            | Self::IssuePending
            | Self::CheckInstallations
            | Self::ReadBounces
            | Self::RunImports => only(vars, &[])?,
        }
        let desk = Services::of(ctx)?;
        let today = today(vars, &desk)?;
        let counts = self.work(&desk, today, RunCause::Task, &Actor::system(), desk.clock.now()).await?;
        Ok(Report { lines: vec![self.line(counts)], problems: self.complaint(counts).into_iter().collect() })
    }
}
