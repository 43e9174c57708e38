//! Commands of the operator: parse the arguments, call an action, print what came of it. No rules.

mod audit_verify;
mod check_invariants;
mod check_overdue;
mod counted;
mod create_token;
mod create_user;
mod demo;
pub mod doctor;
mod export_audit_head;
mod halt;
mod import_file;
mod import_holidays;
mod invite_customer;
mod personal_data;
mod progress;
mod publish_crl;
mod report;
mod revoke_due;
mod rotate_master_key;
mod seal_secret;
mod send_messages;
mod send_webhooks;

use std::{
    io::{self, Write},
    str::FromStr,
};

use chrono::NaiveDate;
use loco_rs::task::{Tasks, Vars};
use tokio_util::sync::CancellationToken;

pub use self::counted::Counted;
use self::progress::Progress;
use self::report::{Report, line, tell};
use crate::{
    domain::{calendar::jst_date, import::ImportKind, problem::Problem},
    errors::{Error, Result},
    messages::Texts,
    services::Services,
};

pub fn register(tasks: &mut Tasks) {
    tasks.register(audit_verify::AuditVerify);
    tasks.register(export_audit_head::ExportAuditHead);
    tasks.register(check_invariants::CheckInvariants);
    tasks.register(check_overdue::CheckOverdue);
    for counted in [
        Counted::Prove,
        Counted::Remind,
        Counted::RescueStuck,
        Counted::FindRevoked,
        Counted::Expire,
        Counted::IssuePending,
        Counted::CheckInstallations,
        Counted::ReadBounces,
        Counted::RunImports,
    ] {
        tasks.register(counted);
    }
    for task in [halt::HaltTask::Halt, halt::HaltTask::Reconcile, halt::HaltTask::Release] {
        tasks.register(task);
    }
    for kind in ImportKind::ALL {
        tasks.register(import_file::ImportFileTask(kind));
    }
    tasks.register(import_holidays::ImportHolidays);
    for task in personal_data::PersonalDataTask::ALL {
        tasks.register(task);
    }
    tasks.register(publish_crl::PublishCrl);
    tasks.register(revoke_due::RevokeDueTask);
    tasks.register(rotate_master_key::RotateMasterKey);
    tasks.register(seal_secret::SealSecret);
    tasks.register(create_token::CreateToken);
    tasks.register(create_user::CreateUser);
    tasks.register(invite_customer::InviteCustomerTask);
    tasks.register(demo::Demo);
    tasks.register(send_messages::SendMessages);
    tasks.register(send_webhooks::SendWebhooks);
}

/// The argument `name:value`, which must be there.
fn required<'a>(vars: &'a Vars, name: &'static str) -> Result<&'a str> {
    optional(vars, name).ok_or_else(|| Problem::on(name, "argument_missing").with("name", name).into())
}

fn optional<'a>(vars: &'a Vars, name: &str) -> Option<&'a str> {
    vars.cli.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// Refuses arguments that the task does not take: a misspelt `dry_run` must not become a real run.
fn only(vars: &Vars, known: &[&str]) -> Result<()> {
    let Some(name) = vars.cli.keys().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let code = if known.is_empty() { "argument_not_taken" } else { "argument_unknown" };
    Err(Problem::new(code).with("name", name).with("known", known.join(", ")).into())
}

/// `name:true` or `name:false`; absent is false.
fn flag(vars: &Vars, name: &'static str) -> Result<bool> {
    match vars.cli.get(name).map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(value) => Err(Problem::on(name, "argument_not_a_flag").with("name", name).with("value", value).into()),
    }
}

/// The day that counts as today: `as_of:YYYY-MM-DD`, or today in Japan.
fn today(vars: &Vars, desk: &Services) -> Result<NaiveDate> {
    match vars.cli.get("as_of") {
        None => Ok(jst_date(desk.clock.now())),
        Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| Problem::on("as_of", "argument_not_a_date").with("name", "as_of").with("value", text).into()),
    }
}

/// A number that names a row.
fn parsed_number(name: &'static str, text: &str) -> Result<i64> {
    text.parse().map_err(|_| Problem::on(name, "argument_not_a_number").with("name", name).with("value", text).into())
}

/// The content of `file:…`.
async fn read_file(vars: &Vars) -> Result<Vec<u8>> {
    let path = required(vars, "file")?;
    tokio::fs::read(path).await.map_err(|error| {
        Problem::on("file", "argument_file_unreadable").with("path", path).with("reason", error).into()
    })
}

/// Set by the first SIGINT or SIGTERM: what runs is finished, nothing more is begun.
fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        asked_to_end().await;
        token.cancel();
    });
    stop
}

async fn asked_to_end() {
    use tokio::signal;
    #[cfg(unix)]
    if let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    if signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// An argument that becomes a value of the domain.
fn parsed<T: FromStr<Err = Problem>>(text: &str) -> Result<T> {
    Ok(text.parse::<T>()?)
}

/// What went wrong, in words, as the framework's error: it ends the process with status 1.
fn told(error: Error) -> loco_rs::Error {
    match error.into_problems() {
        Ok(problems) => {
            let sentences: Vec<_> = problems.iter().map(|problem| Texts::JA.problem(problem)).collect();
            loco_rs::Error::Message(sentences.join("\n"))
        }
        Err(fault) => loco_rs::Error::wrap(fault),
    }
}

/// One line on stdout, which belongs to results; logs go to stderr.
fn print_line(line: &str) -> loco_rs::Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
