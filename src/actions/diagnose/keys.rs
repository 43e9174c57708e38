//! Files with secrets: whether they are there and whom they are open to; the age of the master key; the folder of the
//! audit log's signed ends; secrets of the settings that lie sealed.

use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::Patient;
use crate::audit_heads;
use crate::domain::diagnosis::{self, Finding, HEADS_OLD, Level, MASTER_KEY_OLD};
use crate::domain::problem::Problem;
use crate::settings::Settings;
use crate::vault;

pub fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(folder(&patient.settings.data_dir));
    let configured = configured(patient.settings);
    let own = own(patient.settings).into_iter().filter(|path| path.exists());
    let mut looked_at = 0;
    for path in configured.into_iter().chain(own) {
        looked_at += 1;
        findings.extend(secret(&path));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(Problem::new("doctor_files_closed").with("n", looked_at)));
    }
    findings.extend(sealed(patient.settings));
    findings.extend(age(patient));
    findings.extend(heads(patient));
    findings
}

/// What the settings name.
fn configured(settings: &Settings) -> Vec<PathBuf> {
    let mail = &settings.mail;
    let mut files: Vec<PathBuf> = settings.master_key_file.iter().cloned().collect();
    files.extend(settings.audit.key_file.clone());
    files.extend(mail.dkim.as_ref().map(|dkim| dkim.key_file.clone()));
    files.extend(mail.bounces.as_ref().map(|bounces| bounces.key_file.clone()));
    files.extend(settings.sso.as_ref().map(|sso| sso.client_secret_file.clone()));
    files.extend(settings.ca_token.as_ref().and_then(|token| token.pin_file.clone()));
    for authority in &settings.authorities {
        files.extend(authority.secret_file.clone());
        files.extend(authority.key_file.clone());
    }
    files
}

/// What the program makes for itself.
fn own(settings: &Settings) -> Vec<PathBuf> {
    let data_dir = &settings.data_dir;
    let mut files = vec![data_dir.join(vault::OWN_KEY), data_dir.join(audit_heads::KEY_FILE)];
    files.extend(["root.key.pem", "issuing.key.pem"].map(|name| data_dir.join("ca").join(name)));
    files
}

fn secret(path: &Path) -> Option<Finding> {
    let named = |code| Problem::new(code).with("path", path.display());
    match fs::metadata(path) {
        Err(error) => Some(Finding::error(named("doctor_file_missing").with("reason", error))),
        Ok(found) => match diagnosis::secret_file(mode(&found)) {
            Level::Ok => None,
            level => {
                Some(Finding { level, what: named("doctor_file_open").with("mode", format!("{:04o}", mode(&found))) })
            }
        },
    }
}

/// Mails of the development and the database may lie in it.
fn folder(path: &Path) -> Option<Finding> {
    let mode = mode(&fs::metadata(path).ok()?);
    let open = Problem::new("doctor_folder_open").with("path", path.display()).with("mode", format!("{mode:04o}"));
    (mode & 0o077 != 0).then(|| Finding::warning(open))
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

fn age(patient: &Patient<'_>) -> Option<Finding> {
    let path = patient.settings.master_key_file.as_deref()?;
    let written: DateTime<Utc> = fs::metadata(path).ok()?.modified().ok()?.into();
    let days = (patient.now - written).num_days();
    (patient.now - written > MASTER_KEY_OLD)
        .then(|| Finding::warning(Problem::new("doctor_master_key_old").with("days", days)))
}

/// What did not open has stopped the settings.
fn sealed(settings: &Settings) -> Vec<Finding> {
    let old = settings.sealed.iter().filter(|secret| secret.is_old);
    let mut findings: Vec<Finding> =
        old.map(|secret| Finding::warning(Problem::new("doctor_setting_seal_old").with("key", &secret.name))).collect();
    if !settings.sealed.is_empty() {
        findings.push(Finding::ok(Problem::new("doctor_settings_sealed").with("n", settings.sealed.len())));
    }
    findings
}

/// Ends that nobody writes or copies tell nothing when the log was cut.
fn heads(patient: &Patient<'_>) -> Vec<Finding> {
    let folder = audit_heads::folder(patient.settings);
    let mut findings = Vec::new();
    if patient.settings.audit.heads_dir.is_none() && patient.is_production {
        findings.push(Finding::warning(Problem::new("doctor_heads_inside").with("path", folder.display())));
    }
    let newest = newest(&folder);
    findings.push(match newest {
        Some(at) if patient.now - at <= HEADS_OLD => {
            Finding::ok(Problem::new("doctor_heads").with("at", at.to_rfc3339()))
        }
        Some(at) => Finding::warning(Problem::new("doctor_heads_old").with("at", at.to_rfc3339())),
        None => Finding::for_production(
            patient.is_production,
            Problem::new("doctor_no_heads").with("path", folder.display()),
        ),
    });
    findings
}

/// When a file of the folder was written last.
fn newest(folder: &Path) -> Option<DateTime<Utc>> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let heads = entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "jsonl"));
    heads.filter_map(|entry| Some(entry.metadata().ok()?.modified().ok()?.into())).max()
}
