//! Looks whether the program is set up as it should be: settings, keys, database, accounts, mail, CAs, machine. Changes
//! nothing, makes nothing, and says no secret.

mod accounts;
mod authorities;
mod database;
mod keys;
mod machine;
mod mail;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;

use crate::ca::Authorities;
use crate::domain::diagnosis::Finding;
use crate::domain::problem::Problem;
use crate::errors::Error;
use crate::settings::Settings;
use crate::vault::Vault;

/// What there is to look at. What could not be opened is `None`, and whoever tried has said so.
pub struct Patient<'a> {
    pub is_production: bool,
    pub settings: &'a Settings,
    pub db: Option<&'a DatabaseConnection>,
    pub vault: Option<&'a Vault>,
    pub authorities: Option<&'a Authorities>,
    pub now: DateTime<Utc>,
}

/// Everything that was looked at, in the order in which somebody would set it right.
pub async fn diagnose(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = machine::look(patient);
    findings.extend(keys::look(patient));
    if let Some(db) = patient.db {
        match database::look(patient, db).await {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(unanswered(&error)),
        }
    }
    findings.extend(mail::look(patient).await);
    if let Some(authorities) = patient.authorities {
        findings.extend(authorities::look(authorities).await);
    }
    findings
}

fn unanswered(error: &Error) -> Finding {
    Finding::error(Problem::new("doctor_database_failed").with("reason", error))
}
