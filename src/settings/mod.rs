//! The typed settings of `config/*.yaml` (`settings:`) and of the environment, checked once at start-up.
//!
//! Owns names, units and limits of settings. Every value that a wrong setting could turn into a wrong
//! revocation has a limit here; nothing else in the program reads the environment or the file.

mod access;
mod authorities;
mod batch;
mod calls;
mod desk;
mod mail;
mod seals;
mod secret;
mod token;

use std::{env, io, path::PathBuf};

use chrono::{DateTime, Utc};
use loco_rs::{config::Config, environment::Environment};
use serde::Deserialize;

pub use access::{Limits, Sso, StaffAccounts};
pub use authorities::{Authority, AuthorityKind, ProofPlaces, RATES};
pub use batch::{Revocation, Schedule};
pub use calls::Calls;
pub use desk::{Agreement, AgreementSource, Desk};
pub use mail::{Bounces, Dkim, Mail};
pub use seals::{SealedSecret, SecretName};
pub use secret::Secret;
pub use token::CaToken;

use seals::Seals;

/// Why the program refuses to start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("settings.{key}: {reason}")]
    Value { key: String, reason: String },
    #[error("settings.{key}: cannot read {path}: {source}", path = .path.display())]
    File { key: &'static str, path: PathBuf, source: io::Error },
}

/// Everything below `settings:`, plus the secrets of the environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where browsers reach the program, without a trailing slash (`PUBLIC_URL`).
    pub public_url: String,
    /// Keys of the embedded CA, development mail, evidence, the default database (`DATA_DIR`).
    pub data_dir: PathBuf,
    pub desk: Desk,
    pub mail: Mail,
    pub agreement: AgreementSource,
    #[serde(default)]
    pub calls: Calls,
    #[serde(default)]
    pub revocation: Revocation,
    #[serde(default)]
    pub schedule: Schedule,
    #[serde(default)]
    pub installation: Installation,
    #[serde(default)]
    pub webhooks: Webhooks,
    #[serde(default)]
    pub operations: Operations,
    #[serde(default)]
    pub personal_data: PersonalData,
    #[serde(default)]
    pub staff: StaffAccounts,
    /// The company's own log-in, if there is one.
    #[serde(default)]
    pub sso: Option<Sso>,
    /// From `REVOCATION_DESK_MASTER_KEY_FILE` only. Without it, development and tests make a key for themselves.
    #[serde(skip)]
    pub master_key_file: Option<PathBuf>,
    /// Which secrets lay sealed in their files and variables.
    #[serde(skip)]
    pub sealed: Vec<SealedSecret>,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub audit: Audit,
    /// Empty: the embedded CA alone.
    #[serde(default)]
    pub authorities: Vec<Authority>,
    /// Where the embedded CA's keys are, if not in files.
    #[serde(default)]
    pub ca_token: Option<CaToken>,
    /// Runs the whole program from another instant on; development and tests only.
    #[serde(default)]
    pub clock_starts_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// Whether `/_health`, `/_readiness` and `/metrics` answer other machines than this one.
    pub open_to_network: bool,
    /// How long a process that was asked to end goes on serving, unready, so that a proxy sends nothing more to it.
    pub drain_seconds: u32,
}

/// How long data about people is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonalData {
    /// Years after the certificates of a case have run out, a contact was replaced, or an account was closed.
    pub kept_years: u32,
}

impl Default for PersonalData {
    fn default() -> Self {
        Self { kept_years: 2 }
    }
}

/// How customers' sites are looked at. Whether they are is the administrators' to say, at `/desk/settings/installation`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Installation {
    /// Whether private addresses and this machine's own may be connected to, for customers inside the same network.
    pub allow_private: bool,
}

/// How receivers of webhooks are reached. Which there are is the administrators' to say, at `/desk/settings/webhooks`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// Whether they may be on private networks, on this machine and without TLS.
    pub allow_private: bool,
}

/// Ends of the audit log that are signed and kept outside the database (`audit_heads.rs`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// The folder they go to, best one that this program can only add to; `audit-heads` in the data folder when not said.
    pub heads_dir: Option<PathBuf>,
    /// The Ed25519 key that signs them, as PKCS#8 in PEM; made as `audit-head.key` in the data folder when not said.
    pub key_file: Option<PathBuf>,
}

impl Settings {
    /// Reads and checks all settings; the error names the first key that is wrong.
    pub fn load(config: &Config, environment: &Environment) -> Result<Self, SettingsError> {
        let raw = config.settings.clone().unwrap_or_default();
        let mut settings: Self = serde_path_to_error::deserialize(raw).map_err(|error| SettingsError::Value {
            key: error.path().to_string(),
            reason: error.inner().to_string(),
        })?;
        let key_file = env::var_os("REVOCATION_DESK_MASTER_KEY_FILE").filter(|path| !path.is_empty());
        settings.master_key_file = key_file.map(PathBuf::from);
        settings.read_secrets()?;
        settings.check(environment)?;
        Ok(settings)
    }

    fn read_secrets(&mut self) -> Result<(), SettingsError> {
        let mut seals = Seals::new(self.master_key_file.clone(), self.data_dir.clone());
        if let Some(url) = env::var("SMTP_URL").ok().filter(|url| !url.is_empty()) {
            const KEY: &str = "mail.smtp_url";
            self.mail.smtp_url = Some(seals.open(&SecretName::alone(KEY), KEY, &url)?);
        }
        self.mail.read_keys(&mut seals)?;
        authorities::load(&mut self.authorities, &mut seals)?;
        if let Some(token) = &mut self.ca_token {
            token.load(&mut seals)?;
        }
        if let Some(sso) = &mut self.sso {
            sso.load(&mut seals)?;
        }
        self.sealed = seals.met;
        Ok(())
    }

    /// Whether the CA inside this program is one of the desk's.
    pub fn has_embedded_ca(&self) -> bool {
        let mut kinds = self.authorities.iter().map(|authority| authority.kind);
        self.authorities.is_empty() || kinds.any(|kind| kind == AuthorityKind::Embedded)
    }

    /// Whether browsers reach us over TLS; decides cookie names and flags.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub fn agreement(&self) -> Result<Agreement, SettingsError> {
        self.agreement.load()
    }

    fn check(&self, environment: &Environment) -> Result<(), SettingsError> {
        self.mail.check()?;
        require("public_url", is_origin(&self.public_url), "needs http://host or https://host, without a path")?;
        require("data_dir", !self.data_dir.as_os_str().is_empty(), "is empty")?;
        self.desk.check()?;
        for (key, value) in [
            ("mail.from", &self.mail.from),
            ("mail.alarm_to", &self.mail.alarm_to),
            ("agreement.version", &self.agreement.version),
        ] {
            is_a_line(key, value)?;
        }
        self.calls.check()?;
        self.revocation.check()?;
        self.schedule.check()?;
        let kept_years = self.personal_data.kept_years;
        require("personal_data.kept_years", (1..=50).contains(&kept_years), "is not within 1..=50")?;
        self.limits.check()?;
        require("operations.drain_seconds", self.operations.drain_seconds <= 60, "is above 60")?;
        require(
            "clock_starts_at",
            self.clock_starts_at.is_none() || *environment != Environment::Production,
            "is not allowed in production",
        )?;
        if let Some(sso) = &self.sso {
            sso.check(environment)?;
        }
        require(
            "master_key_file",
            self.master_key_file.is_some() || *environment != Environment::Production,
            "is needed in production: set REVOCATION_DESK_MASTER_KEY_FILE",
        )
    }
}

fn require(key: &str, holds: bool, reason: &str) -> Result<(), SettingsError> {
    if holds { Ok(()) } else { Err(SettingsError::Value { key: key.to_owned(), reason: reason.to_owned() }) }
}

/// Text that mails carry in a header.
fn is_a_line(key: &str, value: &str) -> Result<(), SettingsError> {
    require(key, !value.trim().is_empty(), "is empty")?;
    require(key, !value.chars().any(char::is_control), "holds a control character")
}

fn is_origin(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && !host.contains(|c: char| c == '/' || c == '?' || c == '#' || c == '@' || c.is_whitespace())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;

    fn load(environment: &Environment, change: impl FnOnce(&mut Value)) -> Result<Settings, SettingsError> {
        let mut config = Config::from_folder(&Environment::Test, Path::new("config")).unwrap();
        change(config.settings.as_mut().unwrap());
        Settings::load(&config, environment)
    }

    #[test]
    fn the_shipped_settings_are_valid_and_equal_the_defaults() {
        let shipped = load(&Environment::Test, |_| {}).unwrap();
        let bare = load(&Environment::Test, |settings| {
            for section in [
                "calls",
                "revocation",
                "schedule",
                "installation",
                "webhooks",
                "operations",
                "personal_data",
                "authorities",
            ] {
                settings.as_object_mut().unwrap().remove(section);
            }
        })
        .unwrap();
        assert_eq!(format!("{shipped:?}"), format!("{bare:?}"));
    }

    #[test]
    fn a_wrong_setting_stops_the_start_and_is_named() {
        for (pointer, value, named) in [
            ("/public_url", json!("desk.example"), "settings.public_url:"),
            ("/public_url", json!("https://desk.example/"), "settings.public_url:"),
            ("/desk/telephone", json!(""), "settings.desk.telephone: is empty"),
            ("/desk/ct_search", json!("https://ct.example/"), "settings.desk.ct_search:"),
            ("/desk/ct_search", json!("http://ct.example/{sha256}"), "settings.desk.ct_search:"),
            ("/desk/telephone", json!(120), "settings.desk.telephone: invalid type"),
            ("/desk/company", json!("a\r\nBcc: x"), "settings.desk.company: holds a control character"),
            ("/mail/connections", json!(0), "settings.mail.connections:"),
            ("/mail/connections", json!(65), "settings.mail.connections:"),
            ("/calls/lease_minutes", json!(0), "settings.calls.lease_minutes:"),
            ("/calls/lease_hard_stop_minutes", json!(14), "settings.calls.lease_hard_stop_minutes:"),
            ("/calls/window_business_days", json!(-1), "settings.calls.window_business_days:"),
            ("/calls/reminder_business_days", json!([5, 0]), "settings.calls.reminder_business_days:"),
            ("/calls/cases_a_day", json!(0), "settings.calls.cases_a_day:"),
            ("/revocation/brake_limit", json!(0), "settings.revocation.brake_limit:"),
            ("/revocation/chunk", json!(0), "settings.revocation.chunk:"),
            ("/revocation/parallel", json!(257), "settings.revocation.parallel:"),
            ("/revocation/chunks", json!(17), "settings.revocation.chunks:"),
            ("/operations/drain_seconds", json!(61), "settings.operations.drain_seconds:"),
            ("/personal_data/kept_years", json!(0), "settings.personal_data.kept_years:"),
            ("/schedule/prove", json!("* * * * *"), "settings.schedule.prove:"),
        ] {
            let refused = load(&Environment::Test, |settings| {
                let (section, name) = pointer.rsplit_once('/').unwrap();
                settings.pointer_mut(section).unwrap()[name] = value.clone();
            });
            let told = refused.map(|_| ()).unwrap_err().to_string();
            assert!(told.starts_with(named), "{pointer} = {value}: {told}");
        }
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        let refused = load(&Environment::Test, |settings| settings["calls"]["lease_minute"] = json!(20));
        let told = refused.map(|_| ()).unwrap_err().to_string();
        assert!(told.starts_with("settings.calls.lease_minute: unknown field"), "{told}");
    }

    #[test]
    fn production_runs_on_the_real_clock() {
        let shift = |settings: &mut Value| settings["clock_starts_at"] = json!("2026-11-24T01:00:00Z");
        assert!(load(&Environment::Development, shift).is_ok());
        let told = load(&Environment::Production, shift).map(|_| ()).unwrap_err().to_string();
        assert!(told.starts_with("settings.clock_starts_at:"), "{told}");
    }
}
