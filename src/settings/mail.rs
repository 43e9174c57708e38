//! `settings.mail`: who the mails are from, the way out, and the way back.

use std::path::PathBuf;

use serde::Deserialize;

use super::seals::{Seals, SecretName};
use super::{Secret, SettingsError, require};
use crate::domain::bounce::ReturnMailbox;
use crate::domain::mail::address;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Sender address of all mails.
    pub from: String,
    /// Who is told when something needs a person.
    pub alarm_to: String,
    /// Connections to the mail server at most, for each process.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Certificate (PEM) of a CA that the mail server may prove its name to, besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Signatures of the mails; none without it.
    #[serde(default)]
    pub dkim: Option<Dkim>,
    /// Mails that come back; without it nobody knows of them.
    #[serde(default)]
    pub bounces: Option<Bounces>,
    /// From `SMTP_URL` only, so that no file and no listing of the settings shows it.
    #[serde(skip)]
    pub smtp_url: Option<Secret>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// In whose name; the domain of `mail.from` or one above it.
    pub domain: String,
    /// The public key is in the DNS at `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// PEM of the private key, RSA or Ed25519.
    pub key_file: PathBuf,
    #[serde(skip)]
    pub key: Option<Secret>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounces {
    /// The mailbox to which mails come back, with every `+` extension of it.
    pub address: String,
    /// The maildir into which the mail server delivers for it.
    pub maildir: PathBuf,
    /// Text that nobody can guess; the same on all nodes. It seals the addresses that mails come back to.
    pub key_file: PathBuf,
    #[serde(skip)]
    pub key: Option<Secret>,
}

fn default_connections() -> usize {
    8
}

/// Characters of the text in `bounces.key_file` at least.
const KEY_LENGTH: usize = 32;

impl Mail {
    pub(super) fn read_keys(&mut self, seals: &mut Seals) -> Result<(), SettingsError> {
        if let Some(dkim) = &mut self.dkim {
            let (name, key) = (SecretName::alone("mail.dkim.key"), |field: &str| format!("mail.dkim.{field}"));
            dkim.key = Secret::read(&name, Some(&dkim.key_file), None, &key, seals)?;
        }
        if let Some(bounces) = &mut self.bounces {
            let (name, key) = (SecretName::alone("mail.bounces.key"), |field: &str| format!("mail.bounces.{field}"));
            bounces.key = Secret::read(&name, Some(&bounces.key_file), None, &key, seals)?;
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        require("mail.connections", (1..=64).contains(&self.connections), "is not within 1..=64")?;
        if let Some(dkim) = &self.dkim {
            let sender = self.from.rsplit_once('@').unwrap_or_default().1.to_ascii_lowercase();
            let signs = sender == dkim.domain || sender.ends_with(&format!(".{}", dkim.domain));
            require("mail.dkim.domain", signs, "is not the domain of mail.from or one above it")?;
            let named = address(&format!("x@{}", dkim.selector)).is_ok();
            require("mail.dkim.selector", named, "is not a name that the DNS could hold")?;
        }
        if let Some(bounces) = &self.bounces {
            let fits = ReturnMailbox::parse(&bounces.address).is_ok();
            require(
                "mail.bounces.address",
                fits,
                "is not an address of 19 characters at most before the @, without +",
            )?;
            let key = bounces.key.as_ref().map_or("", |key| key.reveal());
            require("mail.bounces.key_file", key.chars().count() >= KEY_LENGTH, "holds less than 32 characters")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;

    fn checked(change: impl FnOnce(&mut Value)) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("short"), format!("{}\n", "k".repeat(31))).unwrap();
        fs::write(folder.path().join("long"), format!("{}\n", "k".repeat(32))).unwrap();
        let mut mail = json!({
            "from": "desk@mail.ca.example",
            "alarm_to": "desk-alarm@ca.example",
            "dkim": { "domain": "ca.example", "selector": "desk2026", "key_file": "long" },
            "bounces": { "address": "bounce@ca.example", "maildir": "bounces", "key_file": "long" },
        });
        change(&mut mail);
        for section in ["dkim", "bounces"] {
            if let Some(Value::String(name)) = mail.pointer_mut(&format!("/{section}/key_file")) {
                *name = folder.path().join(&name).display().to_string();
            }
        }
        let mut mail: Mail = serde_json::from_value(mail).unwrap();
        let outcome = mail.read_keys(&mut Seals::new(None, "nowhere".into())).and_then(|()| mail.check());
        let shown = format!("{mail:?}");
        assert!(!shown.contains("kkkk"), "{shown}");
        outcome.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn signatures_and_the_way_back_are_checked_at_the_start() {
        for (pointer, value, told) in [
            ("/from", "desk@ca.example", ""),
            ("/from", "desk@CA.example", ""),
            ("/from", "desk@ca.example.jp", "settings.mail.dkim.domain:"),
            ("/from", "desk@myca.example", "settings.mail.dkim.domain:"),
            ("/dkim/selector", "desk 2026", "settings.mail.dkim.selector:"),
            ("/dkim/selector", "", "settings.mail.dkim.selector:"),
            ("/dkim/key_file", "none", "settings.mail.dkim.key_file: cannot read"),
            ("/bounces/address", "bounce", "settings.mail.bounces.address:"),
            ("/bounces/address", "bounce+x@ca.example", "settings.mail.bounces.address:"),
            ("/bounces/key_file", "short", "settings.mail.bounces.key_file: holds less"),
            ("/bounces/key_file", "none", "settings.mail.bounces.key_file: cannot read"),
        ] {
            let outcome = checked(|mail| *mail.pointer_mut(pointer).unwrap() = json!(value));
            let as_told = if told.is_empty() { outcome.is_empty() } else { outcome.starts_with(told) };
            assert!(as_told, "{pointer} = {value}: {outcome}");
        }
        assert_eq!(checked(|_| {}), "");
        assert_eq!(checked(|mail| mail["connections"] = json!(64)), "");
        for connections in [0, 65] {
            let outcome = checked(|mail| mail["connections"] = json!(connections));
            assert!(outcome.starts_with("settings.mail.connections:"), "{outcome}");
        }
    }
}
