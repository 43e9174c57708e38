//! The database: its tables, the role that the program works with, its clock, what is sealed in it, and its calendar.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

use super::{Patient, accounts};
use crate::actions::code_secret::{customer_row, user_row};
use crate::clock::Clock;
use crate::domain::calendar::jst_date;
use crate::domain::diagnosis::{self, Finding, Level};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::{audit_events, customers, database_role, halts, holidays, instant, schema, users};
use crate::settings::Settings;
use crate::vault::Vault;

pub async fn look(patient: &Patient<'_>, db: &DatabaseConnection) -> Result<Vec<Finding>> {
    if !schema::is_ours(db).await? {
        return Ok(vec![Finding::error(Problem::new("doctor_not_migrated"))]);
    }
    let mut findings = vec![Finding::ok(Problem::new("doctor_migrated"))];
    if db.get_database_backend() == DbBackend::Sqlite && patient.is_production {
        findings.push(Finding::warning(Problem::new("doctor_sqlite")));
    }
    findings.extend(role(patient, db).await?);
    findings.push(clock(patient, db).await?);
    if let Some(vault) = patient.vault {
        findings.extend(seals(patient.settings, vault, db).await?);
    }
    findings.extend(accounts::look(patient, db).await?);
    let missing = holidays::calendar(db).await?.coverage_warning(jst_date(patient.now));
    findings.push(match missing {
        Some(year) => Finding::warning(Problem::new("doctor_holidays_missing").with("year", year)),
        None => Finding::ok(Problem::new("doctor_holidays")),
    });
    findings.extend(halts::current(db).await?.map(|_| Finding::warning(Problem::new("doctor_halted"))));
    Ok(findings)
}

/// PostgreSQL only: a SQLite file has no roles.
async fn role(patient: &Patient<'_>, db: &impl ConnectionTrait) -> Result<Vec<Finding>> {
    let Some(role) = database_role::read(db).await? else { return Ok(Vec::new()) };
    let weak = |found: bool, code| found.then(|| Finding::for_production(patient.is_production, Problem::new(code)));
    let mut findings = Vec::new();
    findings.extend(weak(role.rewrites_log, "doctor_role_rewrites"));
    if !role.has_wall {
        findings.push(Finding::warning(Problem::new("doctor_no_wall")));
    }
    if role.lacking > 0 {
        findings.push(Finding::error(Problem::new("doctor_role_lacks").with("n", role.lacking)));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(Problem::new("doctor_role")));
    }
    Ok(findings)
}

/// Against the server's clock and against what was recorded: a clock that was set back makes due what was done.
async fn clock(patient: &Patient<'_>, db: &impl ConnectionTrait) -> Result<Finding> {
    let ours = Clock::system().now();
    let off = (instant::of_leases(db, Clock::system()).await? - ours).abs();
    let (last, _) = audit_events::head(db).await?;
    let recorded = audit_events::numbered(db, last).await?.map_or(DateTime::<Utc>::UNIX_EPOCH, |event| event.at);
    let behind = recorded - patient.now;
    if diagnosis::clock(behind.max(TimeDelta::zero())) != Level::Ok {
        return Ok(Finding::error(Problem::new("doctor_clock_behind").with("seconds", behind.num_seconds())));
    }
    let code = match diagnosis::clock(off) {
        Level::Ok => "doctor_clock",
        Level::Warning | Level::Error => "doctor_clock_off",
    };
    Ok(Finding { level: diagnosis::clock(off), what: Problem::new(code).with("seconds", off.num_seconds()) })
}

/// Whether everything that is sealed opens, and under which key it is.
async fn seals(settings: &Settings, vault: &Vault, db: &impl ConnectionTrait) -> Result<Vec<Finding>> {
    let mut sealed: Vec<(String, String)> = Vec::new();
    for customer in customers::with_code(db).await? {
        sealed.extend(customer.totp_secret.map(|stored| (customer_row(customer.id), stored)));
    }
    for user in users::with_code(db).await? {
        sealed.extend(user.totp_secret.map(|stored| (user_row(user.id), stored)));
    }
    let number = |found: &dyn Fn(&(String, String)) -> bool| sealed.iter().filter(|one| found(one)).count();
    let closed = number(&|(row, stored)| Vault::is_sealed(stored) && vault.open(row, stored).is_err());
    let old = number(&|(row, stored)| matches!(vault.rewrap(row, stored), Ok(Some(_))));
    let bare = number(&|(_, stored)| !Vault::is_sealed(stored));
    let mut findings = Vec::new();
    if closed > 0 {
        findings.push(Finding::error(Problem::new("doctor_seals_closed").with("n", closed)));
    }
    if bare > 0 {
        findings.push(Finding::warning(Problem::new("doctor_seals_bare").with("n", bare)));
    }
    if old > 0 {
        findings.push(Finding::warning(Problem::new("doctor_seals_old").with("n", old)));
    } else if vault.has_old_keys() && !settings.sealed.iter().any(|secret| secret.is_old) {
        findings.push(Finding::warning(Problem::new("doctor_master_keys_left")));
    }
    if closed == 0 {
        findings.push(Finding::ok(Problem::new("doctor_seals").with("n", sealed.len())));
    }
    Ok(findings)
}
