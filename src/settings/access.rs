//! How staff get in, and how often anybody may ask.

use std::path::PathBuf;

use loco_rs::environment::Environment;
use serde::Deserialize;

use super::seals::{Seals, SecretName};
use super::{Secret, SettingsError, require};

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
    /// Read from `client_secret_file`.
    #[serde(skip)]
    pub client_secret: Option<Secret>,
}

impl Sso {
    pub(super) fn load(&mut self, seals: &mut Seals) -> Result<(), SettingsError> {
        let (name, key) = (SecretName::alone("sso.client_secret"), |field: &str| format!("sso.{field}"));
        self.client_secret = Secret::read(&name, Some(&self.client_secret_file), None, &key, seals)?;
        Ok(())
    }

    pub(super) fn check(&self, environment: &Environment) -> Result<(), SettingsError> {
        require("sso.issuer", self.is_safe(environment), "needs https://")?;
        require("sso.client_id", !self.client_id.is_empty(), "is empty")
    }

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

impl Limits {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let Limits { portal_per_minute, api_per_minute, unknown_tokens_per_minute } = *self;
        for (key, limit) in [
            ("limits.portal_per_minute", portal_per_minute),
            ("limits.api_per_minute", api_per_minute),
            ("limits.unknown_tokens_per_minute", unknown_tokens_per_minute),
        ] {
            require(key, (1..=1_000_000).contains(&limit), "is not within 1..=1000000")?;
        }
        Ok(())
    }
}
