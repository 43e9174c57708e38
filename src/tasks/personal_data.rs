//! `task erase_personal_data`, `task legal_hold`, `task release_legal_hold`, `task export_person`: data about people.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Report, only, parsed_number, required};
use crate::{
    actions::{
        erase_personal_data::erase_personal_data, export_person::export_person, place_legal_hold::place_legal_hold,
        release_legal_hold::release_legal_hold,
    },
    domain::actor::Actor,
    errors::{Error, Result},
    services::Services,
};

#[derive(Debug, Clone, Copy)]
pub enum PersonalDataTask {
    Erase,
    Hold,
    Release,
    Export,
}

impl PersonalDataTask {
    pub const ALL: [Self; 4] = [Self::Erase, Self::Hold, Self::Release, Self::Export];
}

#[async_trait]
impl Task for PersonalDataTask {
    fn task(&self) -> TaskInfo {
        let (name, detail) = match self {
            Self::Erase => ("erase_personal_data", "erases data about people whose time is over; runs by itself, too"),
            Self::Hold => {
                ("legal_hold", "subscriber:<id> reason:… — keeps what is held about an organisation's people")
            }
            Self::Release => ("release_legal_hold", "subscriber:<id> — ends the legal hold"),
            Self::Export => ("export_person", "email:… — prints what is held about a person as JSON"),
        };
        TaskInfo { name: name.to_owned(), detail: detail.to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let desk = Services::of(ctx)?;
        super::tell(match self {
            Self::Erase => erase(&desk, vars).await,
            Self::Hold => hold(&desk, vars).await,
            Self::Release => release(&desk, vars).await,
            Self::Export => export(&desk, vars).await,
        })
    }
}

fn told(line: String) -> Report {
    Report { lines: vec![line], problems: Vec::new() }
}

async fn erase(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    let erased = erase_personal_data(desk, &Actor::system(), desk.clock.now()).await?;
    Ok(told(format!(
        "erase_personal_data: cases={} contacts={} proposals={} customers={} mails={}",
        erased.cases, erased.contacts, erased.proposals, erased.customers, erased.mails
    )))
}

async fn hold(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &["subscriber", "reason"])?;
    let subscriber = parsed_number("subscriber", required(vars, "subscriber")?)?;
    let reason = required(vars, "reason")?;
    let hold = place_legal_hold(desk, subscriber, reason, &Actor::system(), desk.clock.now()).await?;
    Ok(told(format!("legal_hold: id={} subscriber={subscriber}", hold.id)))
}

async fn release(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &["subscriber"])?;
    let subscriber = parsed_number("subscriber", required(vars, "subscriber")?)?;
    release_legal_hold(desk, subscriber, &Actor::system(), desk.clock.now()).await?;
    Ok(told(format!("release_legal_hold: subscriber={subscriber}")))
}

async fn export(desk: &Services, vars: &Vars) -> Result<Report> {
    only(vars, &["email"])?;
    let held = export_person(desk, required(vars, "email")?, &Actor::system(), desk.clock.now()).await?;
    let counts: Vec<String> = held
        .as_object()
        .into_iter()
        .flatten()
        .map(|(table, rows)| format!("{table}={}", rows.as_array().map_or(0, Vec::len)))
        .collect();
    let text = serde_json::to_string_pretty(&held).map_err(Error::internal)?;
    Ok(Report { lines: vec![text, format!("export_person: {}", counts.join(" "))], problems: Vec::new() })
}
