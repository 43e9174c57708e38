//! `settings.authorities`: the certificate authorities that the desk works with, how each is reached and how much it may
//! be asked.
//!
//! Secrets come from files or the environment only; what is read here never shows them.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::seals::{Seals, SecretName};
use super::{Secret, SettingsError, require};

/// What kind of CA it is, and so which protocol it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKind {
    /// The one inside this program; it needs nothing but a name.
    Embedded,
    Cfssl,
    Vault,
    StepCa,
    Ejbca,
    Acme,
    Cmp,
}

impl AuthorityKind {
    pub const ALL: [Self; 7] =
        [Self::Embedded, Self::Cfssl, Self::Vault, Self::StepCa, Self::Ejbca, Self::Acme, Self::Cmp];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Cfssl => "cfssl",
            Self::Vault => "vault",
            Self::StepCa => "step_ca",
            Self::Ejbca => "ejbca",
            Self::Acme => "acme",
            Self::Cmp => "cmp",
        }
    }
}

/// One CA. Which fields mean what for which kind is in `docs/CONNECTORS.md`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// For people, and as the key of what is changed while the program runs.
    pub name: String,
    pub kind: AuthorityKind,
    /// PEM: the certificate that signs, then its chain.
    #[serde(default)]
    pub issuer_file: Option<PathBuf>,
    #[serde(default)]
    pub url: Option<String>,
    /// Who we are there: a provisioner, a mount, an account, a reference value.
    #[serde(default)]
    pub account: Option<String>,
    /// What the CA is to issue by: a profile or a role.
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    #[serde(default)]
    pub secret_env: Option<String>,
    /// PEM: our own certificate and its key, for TLS or for signing what we send.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// PEM: roots that the server's certificate may chain to, besides the public ones.
    #[serde(default)]
    pub trust_file: Option<PathBuf>,
    /// Whether the CA may be on a private network, and without TLS.
    #[serde(default)]
    pub allow_private: bool,
    /// Seconds for one answer.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
    /// Calls a second at most, for each process. An administrator may change it while the program runs.
    #[serde(default = "default_rate")]
    pub per_second: u32,
    /// Calls under way at the same time, for each process.
    #[serde(default = "default_connections")]
    pub connections: u32,
    /// After so many failures in a row the CA is left alone…
    #[serde(default = "default_failures")]
    pub failures: u32,
    /// … for so many seconds; then one call tries.
    #[serde(default = "default_rest")]
    pub rest_seconds: u32,
    /// Where the world sees its revocations.
    #[serde(default)]
    pub proof: ProofPlaces,
    /// Read from `secret_file` or `secret_env`.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// Read from `key_file`.
    #[serde(skip)]
    pub key: Option<Secret>,
}

/// Addresses (`https://…`) or, for CRLs, files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProofPlaces {
    pub crls: Vec<String>,
    pub ocsp: Option<String>,
}

fn default_timeout() -> u32 {
    20
}

fn default_rate() -> u32 {
    10
}

fn default_connections() -> u32 {
    4
}

fn default_failures() -> u32 {
    5
}

fn default_rest() -> u32 {
    30
}

/// Calls a second that can be set.
pub const RATES: std::ops::RangeInclusive<u32> = 1..=1000;

/// Reads the secrets and checks everything that can be checked without asking.
pub(super) fn load(authorities: &mut [Authority], seals: &mut Seals) -> Result<(), SettingsError> {
    let mut names = HashSet::new();
    for (at, authority) in authorities.iter_mut().enumerate() {
        let key = |field: &str| format!("authorities[{at}].{field}");
        authority.check(&key)?;
        require(&key("name"), names.insert(authority.name.clone()), "is there twice")?;
        authority.read_secrets(&key, seals)?;
        require(
            &key("secret_file"),
            authority.secret.is_some() || !authority.needs_secret(),
            "or secret_env is needed",
        )?;
    }
    let embedded = authorities.iter().filter(|authority| authority.kind == AuthorityKind::Embedded).count();
    require("authorities", embedded <= 1, "has two embedded CAs")
}

impl Authority {
    fn check(&self, key: &impl Fn(&str) -> String) -> Result<(), SettingsError> {
        require(&key("name"), is_name(&self.name), "needs 1 to 40 of a-z, 0-9 and -")?;
        require(&key("timeout_seconds"), (1..=60).contains(&self.timeout_seconds), "is not within 1..=60")?;
        require(&key("per_second"), RATES.contains(&self.per_second), "is not within 1..=1000")?;
        require(&key("connections"), (1..=64).contains(&self.connections), "is not within 1..=64")?;
        require(&key("failures"), (1..=100).contains(&self.failures), "is not within 1..=100")?;
        require(&key("rest_seconds"), (1..=3600).contains(&self.rest_seconds), "is not within 1..=3600")?;
        let lone = |mine: bool| mine || self.kind != AuthorityKind::Embedded;
        require(&key("url"), lone(self.url.is_none()), "is not for the embedded CA")?;
        require(&key("issuer_file"), lone(self.issuer_file.is_none()), "is not for the embedded CA")?;
        if self.kind == AuthorityKind::Embedded {
            return Ok(());
        }
        require(&key("issuer_file"), self.issuer_file.is_some(), "is needed")?;
        let url = self.url.as_deref().unwrap_or_default();
        require(&key("url"), self.may_be_asked_at(url), "needs https://host/…, or http:// with allow_private")?;
        let pair = self.certificate_file.is_some() == self.key_file.is_some();
        require(&key("key_file"), pair, "and certificate_file go together")?;
        let certified = self.certificate_file.is_some() || self.kind != AuthorityKind::Ejbca;
        require(&key("certificate_file"), certified, "is needed")?;
        let account = self.account.is_some() || self.kind != AuthorityKind::StepCa;
        require(&key("account"), account, "is needed")?;
        let seen = !self.proof.crls.is_empty() || self.proof.ocsp.is_some();
        require(&key("proof"), seen, "needs a CRL or an OCSP responder: what nobody can see is not proven")?;
        let ocsp =
            self.proof.ocsp.as_deref().is_none_or(|url| url.starts_with("http://") || url.starts_with("https://"));
        require(&key("proof.ocsp"), ocsp, "needs http://… or https://…")
    }

    fn may_be_asked_at(&self, url: &str) -> bool {
        let rest = match url.strip_prefix("http://") {
            Some(rest) => self.allow_private.then_some(rest),
            None => url.strip_prefix("https://"),
        };
        rest.is_some_and(|rest| {
            !rest.is_empty()
                && !rest.starts_with('/')
                && !rest.contains(|c: char| matches!(c, '?' | '#' | '@') || c.is_whitespace() || c.is_control())
        })
    }

    fn needs_secret(&self) -> bool {
        match self.kind {
            AuthorityKind::Vault | AuthorityKind::StepCa | AuthorityKind::Acme => true,
            AuthorityKind::Cmp => self.certificate_file.is_none(),
            AuthorityKind::Embedded | AuthorityKind::Cfssl | AuthorityKind::Ejbca => false,
        }
    }

    fn read_secrets(&mut self, key: &impl Fn(&str) -> String, seals: &mut Seals) -> Result<(), SettingsError> {
        let name = |secret| SecretName::of_authority(&self.name, secret);
        let (file, variable) = (self.secret_file.as_deref(), self.secret_env.as_deref());
        let secret = Secret::read(&name("secret"), file, variable, key, seals)?;
        self.key = Secret::read(&name("key"), self.key_file.as_deref(), None, key, seals)?;
        self.secret = secret;
        Ok(())
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn vault() -> Value {
        json!({
            "name": "vault",
            "kind": "vault",
            "issuer_file": "issuer.pem",
            "url": "https://vault.example/",
            "secret_file": concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "proof": { "crls": ["https://vault.example/v1/pki/crl"] },
        })
    }

    fn loaded(list: Vec<Value>) -> Result<Vec<Authority>, String> {
        let mut read: Vec<Authority> = list
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
        load(&mut read, &mut Seals::new(None, "nowhere".into())).map_err(|error| error.to_string())?;
        Ok(read)
    }

    #[test]
    fn a_wrong_authority_stops_the_start_and_is_named() {
        assert!(loaded(vec![vault(), json!({ "name": "own", "kind": "embedded" })]).is_ok());
        for (field, value, named) in [
            ("name", json!(""), "authorities[0].name:"),
            ("name", json!("Vault"), "authorities[0].name:"),
            ("name", json!("a".repeat(41)), "authorities[0].name:"),
            ("kind", json!("other"), "unknown variant"),
            ("issuer_file", Value::Null, "authorities[0].issuer_file: is needed"),
            ("url", Value::Null, "authorities[0].url:"),
            ("url", json!("http://vault.example/"), "authorities[0].url:"),
            ("url", json!("https://me:secret@vault.example/"), "authorities[0].url:"),
            ("url", json!("https:///v1"), "authorities[0].url:"),
            ("url", json!("ftp://vault.example/"), "authorities[0].url:"),
            ("timeout_seconds", json!(0), "authorities[0].timeout_seconds:"),
            ("timeout_seconds", json!(61), "authorities[0].timeout_seconds:"),
            ("per_second", json!(0), "authorities[0].per_second:"),
            ("per_second", json!(1001), "authorities[0].per_second:"),
            ("connections", json!(0), "authorities[0].connections:"),
            ("connections", json!(65), "authorities[0].connections:"),
            ("failures", json!(0), "authorities[0].failures:"),
            ("rest_seconds", json!(0), "authorities[0].rest_seconds:"),
            ("certificate_file", json!("own.pem"), "authorities[0].key_file:"),
            ("secret_file", Value::Null, "authorities[0].secret_file: or secret_env"),
            ("secret_file", json!("/nowhere/token"), "authorities[0].secret_file: cannot read"),
            ("secret_env", json!("NO_SUCH_VARIABLE"), "authorities[0].secret_file: and secret_env"),
            ("proof", json!({}), "authorities[0].proof:"),
            ("proof", json!({ "ocsp": "ldap://x" }), "authorities[0].proof.ocsp:"),
            ("password", json!("typed into the file"), "unknown field"),
        ] {
            let mut wrong = vault();
            wrong[field] = value.clone();
            let told = loaded(vec![wrong]).map(|_| ()).unwrap_err();
            assert!(told.contains(named), "{field} = {value}: {told}");
        }
    }

    #[test]
    fn each_kind_says_what_it_needs() {
        for (kind, change, named) in [
            ("ejbca", json!({}), "certificate_file: is needed"),
            ("step_ca", json!({}), "account: is needed"),
            ("acme", json!({ "secret_file": null }), "secret_file: or secret_env"),
            ("cmp", json!({ "secret_file": null }), "secret_file: or secret_env"),
            ("embedded", json!({}), "url: is not for the embedded CA"),
        ] {
            let mut wrong = vault();
            wrong["kind"] = json!(kind);
            wrong.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let told = loaded(vec![wrong]).map(|_| ()).unwrap_err();
            assert!(told.contains(named), "{kind}: {told}");
        }
    }

    #[test]
    fn names_are_told_apart_and_one_ca_is_inside() {
        assert!(loaded(vec![vault(), vault()]).unwrap_err().contains("is there twice"));
        let own = |name: &str| json!({ "name": name, "kind": "embedded" });
        assert!(loaded(vec![own("a"), own("b")]).unwrap_err().contains("two embedded"));
    }

    #[test]
    fn the_secret_is_read_and_not_shown() {
        let read = loaded(vec![vault()]).unwrap();
        assert!(read[0].secret.as_ref().unwrap().reveal().starts_with("[workspace]"));
        assert!(format!("{read:?}").contains("secret: Some((secret))"));
    }
}
