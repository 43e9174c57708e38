//! `doctor`: opens what can be opened without making or changing anything, has it looked at, and prints a line for each
//! finding. Unlike a task it also works where the program itself would not start.

use std::path::Path;
use std::time::Duration;

use loco_rs::{config::Config, environment::Environment};
use sea_orm::DatabaseConnection;

use super::print_line;
use crate::actions::diagnose::{Patient, diagnose};
use crate::app;
use crate::ca::Authorities;
use crate::ca::embedded::EmbeddedCa;
use crate::clock::Clock;
use crate::domain::diagnosis::{Finding, Level};
use crate::domain::problem::Problem;
use crate::messages::Texts;
use crate::models::connection;
use crate::settings::Settings;
use crate::vault::Vault;

/// For the database to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Fails, hence exit status 1, when there is an error among the findings.
pub async fn doctor(environment: &Environment, t: Texts) -> loco_rs::Result<()> {
    t.check().map_err(loco_rs::Error::wrap)?;
    let findings = examine(environment).await;
    for finding in &findings {
        print_line(&format!("{:<7} {}", finding.level.as_str(), t.problem(&finding.what)))?;
    }
    let [ok, warnings, errors] =
        Level::ALL.map(|level| findings.iter().filter(|finding| finding.level == level).count());
    print_line(&format!("doctor: ok={ok} warnings={warnings} errors={errors}"))?;
    let told = Problem::new("doctor_errors").with("n", errors);
    if errors == 0 { Ok(()) } else { Err(loco_rs::Error::Message(t.problem(&told))) }
}

async fn examine(environment: &Environment) -> Vec<Finding> {
    let config = match environment.load() {
        Ok(config) => config,
        Err(error) => return vec![Finding::error(Problem::new("doctor_config").with("reason", error))],
    };
    let mut findings = Vec::new();
    let db = noted(&mut findings, database(&config, environment).await);
    match Settings::load(&config, environment) {
        Ok(settings) => {
            let named = environment.to_string();
            findings.push(Finding::ok(Problem::new("doctor_settings").with("environment", named)));
            findings.extend(examine_settings(&settings, environment, db.as_ref()).await);
        }
        Err(error) => findings.push(Finding::error(Problem::new("doctor_settings_wrong").with("reason", error))),
    }
    findings
}

async fn examine_settings(
    settings: &Settings,
    environment: &Environment,
    db: Option<&DatabaseConnection>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let clock = settings.clock_starts_at.map_or_else(Clock::system, Clock::starting_at);
    if let Err(error) = settings.agreement() {
        findings.push(Finding::error(Problem::new("doctor_settings_wrong").with("reason", error)));
    }
    let vault = noted(&mut findings, vault(settings));
    let authorities = noted(&mut findings, authorities(settings, db, clock));
    let patient = Patient {
        is_production: *environment == Environment::Production,
        settings,
        db,
        vault: vault.as_ref(),
        authorities: authorities.as_ref(),
        now: clock.now(),
    };
    findings.extend(diagnose(&patient).await);
    findings
}

/// What could be opened; a finding about what could not, or is not there yet.
fn noted<T>(findings: &mut Vec<Finding>, opened: Result<T, Finding>) -> Option<T> {
    opened.map_err(|finding| findings.push(finding)).ok()
}

/// A file of SQLite is not made.
async fn database(config: &Config, environment: &Environment) -> Result<DatabaseConnection, Finding> {
    let uri = &config.database.uri;
    let named = |code| Problem::new(code).with("place", connection::server_of(uri));
    let file = uri.strip_prefix("sqlite://").and_then(|rest| rest.split('?').next());
    if file.is_some_and(|file| !Path::new(file).exists()) {
        return Err(Finding::error(named("doctor_no_database")));
    }
    match tokio::time::timeout(PATIENCE, connection::connect(&config.database, environment)).await {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(error)) => Err(Finding::error(named("doctor_database_unreachable").with("reason", error))),
        Err(_) => Err(Finding::error(named("doctor_database_silent").with("seconds", PATIENCE.as_secs()))),
    }
}

fn vault(settings: &Settings) -> Result<Vault, Finding> {
    let file = settings.master_key_file.as_deref();
    if !Vault::is_there(file, &settings.data_dir) {
        return Err(Finding::ok(Problem::new("doctor_master_key_later")));
    }
    let wrong = |error| Finding::error(Problem::new("doctor_master_key_wrong").with("reason", error));
    Vault::load(file, &settings.data_dir).map_err(wrong)
}

/// The embedded CA is not made either: without its folder the others are asked.
fn authorities(settings: &Settings, db: Option<&DatabaseConnection>, clock: Clock) -> Result<Authorities, Finding> {
    let refused = |error: String| Finding::error(Problem::new("doctor_ca_settings").with("reason", error));
    let mut embedded = None;
    if settings.has_embedded_ca() {
        let Some(db) = db.filter(|_| settings.data_dir.join("ca").exists()) else {
            return Err(Finding::warning(Problem::new("doctor_ca_later")));
        };
        let home = app::embedded_home(settings).map_err(|error| refused(error.to_string()))?;
        let opened = EmbeddedCa::open(db.clone(), home, &settings.public_url, clock.now());
        embedded = Some(opened.map_err(|error| refused(error.to_string()))?);
    }
    let opened = app::authorities(settings, embedded.as_ref(), clock);
    opened.map(|(_, authorities)| authorities).map_err(|error| refused(error.to_string()))
}
