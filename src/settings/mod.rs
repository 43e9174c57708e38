//! The typed settings of `config/*.yaml` (`settings:`) and of the environment, checked once at start-up.
//!
//! Owns names, units and limits of settings. Every value that a wrong setting could turn into a wrong
//! revocation has a limit here; nothing else in the program reads the environment or the file.

mod authorities;
mod mail;
mod token;

use std::{
    env, fmt, fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use loco_rs::{config::Config, environment::Environment};
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use authorities::{Authority, AuthorityKind, ProofPlaces, RATES};
pub use mail::{Bounces, Dkim, Mail};
pub use token::CaToken;

use crate::domain::call_rules::CallRules;

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

/// Who the desk is, as mails, scripts and pages name it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// The company's registered name.
    pub company: String,
    /// The company's short name, as mail subjects carry it.
    pub short_name: String,
    /// The desk's own name.
    pub service_name: String,
    /// Product name on staff pages.
    pub staff_product: String,
    /// Product name on customer pages.
    pub portal_product: String,
    /// The number that customers call.
    pub telephone: String,
    /// When it is answered, in words.
    pub hours: String,
    /// The address that customers write to.
    pub email: String,
    /// The number that customers see when the desk calls.
    pub caller_number: String,
    /// Where certificates that were logged (RFC 6962) are looked up; `{sha256}` stands for the fingerprint in hex.
    #[serde(default)]
    pub ct_search: Option<String>,
}

impl Desk {
    /// Where one certificate is looked up in the CT logs.
    pub fn ct_search_of(&self, sha256: &str) -> Option<String> {
        self.ct_search.as_ref().map(|address| address.replace("{sha256}", sha256))
    }
}

/// The subscriber agreement that customers consent to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementSource {
    pub version: String,
    /// UTF-8 text, looked up from the working folder.
    pub text_file: PathBuf,
}

/// The agreement as loaded: consent records `version` and `sha256`.
#[derive(Debug, Clone)]
pub struct Agreement {
    pub version: String,
    pub text: String,
    /// Lower-case hex of the text's SHA-256.
    pub sha256: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calls {
    /// Business days before `due_on` from which a confirmation counts.
    pub window_business_days: u32,
    /// Minutes for which a claimed case is held without input.
    pub lease_minutes: u32,
    /// Minutes after which a claim ends even with input.
    pub lease_hard_stop_minutes: u32,
    /// Business days after which a confirmation is too old to revoke on.
    pub confirmation_max_age_business_days: u32,
    /// Unanswered calls after which the customer is written to and a supervisor decides.
    pub attempts: u32,
    /// Business days over which those calls are spread at most.
    pub attempts_within_business_days: u32,
    /// Minutes between two calls at least.
    pub attempts_apart_minutes: u32,
    /// Business days before `due_on` on which the customer is reminded.
    pub reminder_business_days: Vec<u32>,
    /// Cases that one person can take on a day: above this for all who phone, the calendar calls a day crowded.
    pub cases_a_day: u32,
    /// Version of the call script in `views/`, kept with each recorded call.
    pub script_version: String,
}

impl Default for Calls {
    fn default() -> Self {
        let rules = CallRules::default();
        Self {
            window_business_days: rules.window_business_days,
            lease_minutes: rules.lease_minutes,
            lease_hard_stop_minutes: rules.lease_hard_stop_minutes,
            confirmation_max_age_business_days: rules.confirmation_max_age_business_days,
            attempts: rules.attempts,
            attempts_within_business_days: rules.attempts_within_business_days,
            attempts_apart_minutes: rules.attempts_apart_minutes,
            reminder_business_days: rules.reminder_business_days,
            cases_a_day: 20,
            script_version: "2026-11".to_owned(),
        }
    }
}

impl Calls {
    /// The rules as the file has them: those that count until an administrator changes them
    /// ([`crate::services::Services::calls_on`]).
    pub fn rules(&self) -> CallRules {
        CallRules {
            attempts: self.attempts,
            attempts_within_business_days: self.attempts_within_business_days,
            attempts_apart_minutes: self.attempts_apart_minutes,
            lease_minutes: self.lease_minutes,
            lease_hard_stop_minutes: self.lease_hard_stop_minutes,
            reminder_business_days: self.reminder_business_days.clone(),
            window_business_days: self.window_business_days,
            confirmation_max_age_business_days: self.confirmation_max_age_business_days,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Revocation {
    /// A run that would revoke more than this many certificates stops before the first.
    pub brake_limit: u32,
    /// Cases that a run takes in hand with one transaction.
    pub chunk: u32,
    /// Calls of the CA under way at the same time, for each process.
    pub parallel: u32,
    /// Chunks in hand at the same time, for each process, so that the CA has work while the database writes. On SQLite,
    /// which has one writer, it is one.
    pub chunks: u32,
}

impl Default for Revocation {
    fn default() -> Self {
        Self { brake_limit: 500, chunk: 500, parallel: 8, chunks: 3 }
    }
}

/// Cron expressions with seconds, in Asia/Tokyo; the keys are the names of the tasks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    pub revoke_due: String,
    pub prove: String,
    pub send_messages: String,
    pub send_webhooks: String,
    pub read_bounces: String,
    pub remind: String,
    pub rescue_stuck: String,
    pub expire: String,
    pub publish_crl: String,
    pub check_invariants: String,
    pub check_installations: String,
    pub export_audit_head: String,
    pub run_imports: String,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            revoke_due: "0 30 18 * * *".to_owned(),
            prove: "0 */10 * * * *".to_owned(),
            send_messages: "0 * * * * *".to_owned(),
            send_webhooks: "*/10 * * * * *".to_owned(),
            read_bounces: "20 * * * * *".to_owned(),
            remind: "0 0 9 * * *".to_owned(),
            rescue_stuck: "30 */5 * * * *".to_owned(),
            expire: "0 10 0 * * *".to_owned(),
            publish_crl: "0 0 3 * * *".to_owned(),
            check_invariants: "0 0 6 * * *".to_owned(),
            check_installations: "20 */10 * * * *".to_owned(),
            export_audit_head: "0 5 * * * *".to_owned(),
            run_imports: "40 * * * * *".to_owned(),
        }
    }
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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffAccounts {
    /// Whether nobody works at the desk with a password alone.
    pub require_second_factor: bool,
}

impl Default for StaffAccounts {
    fn default() -> Self {
        Self { require_second_factor: true }
    }
}

/// Single sign-on with OpenID Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sso {
    /// As the provider names itself; `/.well-known/openid-configuration` is looked for below it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret_file: PathBuf,
    /// PEM of a certificate authority that the provider's certificate comes from, besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl Sso {
    /// Codes and tokens travel to the issuer: without TLS only within this machine.
    fn is_safe(&self, environment: &Environment) -> bool {
        let local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| self.issuer.starts_with(start));
        self.issuer.starts_with("https://") || (local && *environment != Environment::Production)
    }
}

/// Requests within a minute, for each process (`controllers/rates.rs`).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Of one address to the portal.
    pub portal_per_minute: u32,
    /// With one token to the API.
    pub api_per_minute: u32,
    /// Of one address to the API with a token that does not count.
    pub unknown_tokens_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { portal_per_minute: 600, api_per_minute: 3000, unknown_tokens_per_minute: 60 }
    }
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

/// A value that must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// From the file or the variable of the environment that the settings name as `{name}_file` or `{name}_env`; `None` when
    /// they name neither.
    fn read(
        name: &str,
        file: Option<&Path>,
        variable: Option<&str>,
        key: &impl Fn(&str) -> String,
    ) -> Result<Option<Self>, SettingsError> {
        let [in_file, in_env] = ["file", "env"].map(|place| key(&format!("{name}_{place}")));
        let (key, text) = match (file, variable) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let reason = format!("and {name}_env exclude each other");
                return Err(SettingsError::Value { key: in_file, reason });
            }
            (Some(path), None) => {
                let read = fs::read_to_string(path).map_err(|error| SettingsError::Value {
                    key: in_file.clone(),
                    reason: format!("cannot read {}: {error}", path.display()),
                })?;
                (in_file, read)
            }
            (None, Some(variable)) => (in_env, env::var(variable).unwrap_or_default()),
        };
        let text = text.trim();
        require(&key, !text.is_empty(), "is empty")?;
        Ok(Some(Self::new(text)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Settings {
    /// Reads and checks all settings; the error names the first key that is wrong.
    pub fn load(config: &Config, environment: &Environment) -> Result<Self, SettingsError> {
        let raw = config.settings.clone().unwrap_or_default();
        let mut settings: Self = serde_path_to_error::deserialize(raw).map_err(|error| SettingsError::Value {
            key: error.path().to_string(),
            reason: error.inner().to_string(),
        })?;
        settings.mail.smtp_url = env::var("SMTP_URL").ok().filter(|url| !url.is_empty()).map(Secret::new);
        settings.mail.read_keys()?;
        let key_file = env::var_os("REVOCATION_DESK_MASTER_KEY_FILE").filter(|path| !path.is_empty());
        settings.master_key_file = key_file.map(PathBuf::from);
        authorities::load(&mut settings.authorities)?;
        if let Some(token) = &mut settings.ca_token {
            token.load()?;
        }
        settings.check(environment)?;
        Ok(settings)
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
        let path = &self.agreement.text_file;
        let text = fs::read_to_string(path).map_err(|source| SettingsError::File {
            key: "agreement.text_file",
            path: path.clone(),
            source,
        })?;
        let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(Agreement { version: self.agreement.version.clone(), text, sha256 })
    }

    fn check(&self, environment: &Environment) -> Result<(), SettingsError> {
        self.mail.check()?;
        require("public_url", is_origin(&self.public_url), "needs http://host or https://host, without a path")?;
        require("data_dir", !self.data_dir.as_os_str().is_empty(), "is empty")?;
        for (key, value) in self.texts() {
            require(key, !value.trim().is_empty(), "is empty")?;
            require(key, !value.chars().any(char::is_control), "holds a control character")?;
        }
        if let Some(problem) = self.calls.rules().check().first() {
            let key = format!("calls.{}", problem.field.unwrap_or_default());
            return Err(SettingsError::Value { key, reason: problem.to_string() });
        }
        require("calls.cases_a_day", (1..=500).contains(&self.calls.cases_a_day), "is not within 1..=500")?;
        require("revocation.brake_limit", self.revocation.brake_limit >= 1, "is below 1")?;
        require("revocation.chunk", (1..=5000).contains(&self.revocation.chunk), "is not within 1..=5000")?;
        require("revocation.parallel", (1..=256).contains(&self.revocation.parallel), "is not within 1..=256")?;
        require("revocation.chunks", (1..=16).contains(&self.revocation.chunks), "is not within 1..=16")?;
        for (key, cron) in self.schedule.entries() {
            require(&format!("schedule.{key}"), cron.split_whitespace().count() == 6, "needs six cron fields")?;
        }
        let kept_years = self.personal_data.kept_years;
        require("personal_data.kept_years", (1..=50).contains(&kept_years), "is not within 1..=50")?;
        let Limits { portal_per_minute, api_per_minute, unknown_tokens_per_minute } = self.limits;
        for (key, limit) in [
            ("limits.portal_per_minute", portal_per_minute),
            ("limits.api_per_minute", api_per_minute),
            ("limits.unknown_tokens_per_minute", unknown_tokens_per_minute),
        ] {
            require(key, (1..=1_000_000).contains(&limit), "is not within 1..=1000000")?;
        }
        require("operations.drain_seconds", self.operations.drain_seconds <= 60, "is above 60")?;
        require(
            "clock_starts_at",
            self.clock_starts_at.is_none() || *environment != Environment::Production,
            "is not allowed in production",
        )?;
        if let Some(address) = &self.desk.ct_search {
            let usable = address.starts_with("https://") && address.contains("{sha256}");
            require("desk.ct_search", usable, "has to begin with https:// and to have {sha256} in it")?;
        }
        if let Some(sso) = &self.sso {
            require("sso.issuer", sso.is_safe(environment), "needs https://")?;
            require("sso.client_id", !sso.client_id.is_empty(), "is empty")?;
        }
        require(
            "master_key_file",
            self.master_key_file.is_some() || *environment != Environment::Production,
            "is needed in production: set REVOCATION_DESK_MASTER_KEY_FILE",
        )
    }

    fn texts(&self) -> [(&'static str, &str); 13] {
        let (desk, mail) = (&self.desk, &self.mail);
        [
            ("desk.company", &desk.company),
            ("desk.short_name", &desk.short_name),
            ("desk.service_name", &desk.service_name),
            ("desk.staff_product", &desk.staff_product),
            ("desk.portal_product", &desk.portal_product),
            ("desk.telephone", &desk.telephone),
            ("desk.hours", &desk.hours),
            ("desk.email", &desk.email),
            ("desk.caller_number", &desk.caller_number),
            ("mail.from", &mail.from),
            ("mail.alarm_to", &mail.alarm_to),
            ("agreement.version", &self.agreement.version),
            ("calls.script_version", &self.calls.script_version),
        ]
    }
}

impl Schedule {
    /// Task name and cron expression.
    pub fn entries(&self) -> [(&'static str, &str); 13] {
        [
            ("revoke_due", &self.revoke_due),
            ("prove", &self.prove),
            ("send_messages", &self.send_messages),
            ("send_webhooks", &self.send_webhooks),
            ("read_bounces", &self.read_bounces),
            ("remind", &self.remind),
            ("rescue_stuck", &self.rescue_stuck),
            ("expire", &self.expire),
            ("publish_crl", &self.publish_crl),
            ("check_invariants", &self.check_invariants),
            ("check_installations", &self.check_installations),
            ("export_audit_head", &self.export_audit_head),
            ("run_imports", &self.run_imports),
        ]
    }
}

fn require(key: &str, holds: bool, reason: &str) -> Result<(), SettingsError> {
    if holds { Ok(()) } else { Err(SettingsError::Value { key: key.to_owned(), reason: reason.to_owned() }) }
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

    #[test]
    fn a_secret_does_not_reach_a_log() {
        assert_eq!(format!("{:?}", Secret::new("smtps://user:password@host")), "(secret)");
    }
}
