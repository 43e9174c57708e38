//! Secrets of the settings that lie sealed in their files and variables (`sealed:v1.…`), opened with the master key.
//!
//! What is sealed for one setting opens for no other: the setting's name is authenticated.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::authorities::is_name;
use super::{Secret, SettingsError};
use crate::domain::problem::Problem;
use crate::vault::{Vault, VaultError};

/// How a text begins that holds an envelope in place of the secret.
const MARK: &str = "sealed:";
/// What may be sealed besides the secrets of the authorities.
const ALONE: [&str; 5] = ["ca_token.pin", "mail.smtp_url", "mail.dkim.key", "mail.bounces.key", "sso.client_secret"];
/// Of one authority: `authorities.<name>.secret`.
const OF_AUTHORITY: [&str; 2] = ["secret", "key"];

/// A secret of the settings: `authorities.ejbca.key` stays what it is when the list changes its order, and whether it is
/// in a file or in a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName(String);

/// A secret that lay sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    pub name: SecretName,
    /// Under a master key that seals nothing new.
    pub is_old: bool,
}

/// Opens what is sealed. The master key is read for the first envelope; none is made for it.
#[derive(Debug)]
pub(super) struct Seals {
    master_key_file: Option<PathBuf>,
    data_dir: PathBuf,
    vault: Option<Vault>,
    pub met: Vec<SealedSecret>,
}

impl SecretName {
    pub(super) fn of_authority(authority: &str, secret: &str) -> Self {
        Self(format!("authorities.{authority}.{secret}"))
    }

    pub(super) fn alone(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// What stands in the file or the variable from then on.
    pub fn seal(&self, vault: &Vault, secret: &str) -> Result<String, VaultError> {
        Ok(format!("{MARK}{}", vault.seal(&self.row(), secret)?))
    }

    pub fn is_sealed(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// The last part, as the settings name it: `pin` of `ca_token.pin` is in `pin_file`.
    pub(super) fn field(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }

    fn row(&self) -> String {
        format!("settings/{self}")
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SecretName {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let of_authority = text.strip_prefix("authorities.").and_then(|rest| rest.split_once('.'));
        let known = of_authority.is_some_and(|(name, secret)| is_name(name) && OF_AUTHORITY.contains(&secret));
        if known || ALONE.contains(&text) {
            return Ok(Self(text.to_owned()));
        }
        let names = format!("authorities.<name>.{}, {}", OF_AUTHORITY.join("|"), ALONE.join(", "));
        Err(Problem::on("key", "setting_not_sealed").with("value", text).with("known", names))
    }
}

impl Seals {
    pub fn new(master_key_file: Option<PathBuf>, data_dir: PathBuf) -> Self {
        Self { master_key_file, data_dir, vault: None, met: Vec::new() }
    }

    /// The secret in `text`, which may be the secret itself. `key` names the setting that leads to it.
    pub fn open(&mut self, name: &SecretName, key: &str, text: &str) -> Result<Secret, SettingsError> {
        let Some(envelope) = text.strip_prefix(MARK) else { return Ok(Secret::new(text)) };
        let refused = |error: VaultError| SettingsError::Value {
            key: key.to_owned(),
            reason: format!("is sealed, and does not open as {name}: {error}"),
        };
        let vault = self.vault(key)?;
        let secret = vault.open(&name.row(), envelope).map_err(refused)?;
        let is_old = vault.rewrap(&name.row(), envelope).map_err(refused)?.is_some();
        self.met.push(SealedSecret { name: name.clone(), is_old });
        Ok(Secret::new(secret))
    }

    fn vault(&mut self, key: &str) -> Result<Vault, SettingsError> {
        if let Some(vault) = &self.vault {
            return Ok(vault.clone());
        }
        let refused = |reason: String| SettingsError::Value { key: key.to_owned(), reason };
        let file = self.master_key_file.as_deref();
        if !Vault::is_there(file, &self.data_dir) {
            return Err(refused("is sealed, and there is no master key to open it".to_owned()));
        }
        let vault = Vault::load(file, &self.data_dir).map_err(|error| refused(format!("is sealed: {error}")))?;
        self.vault = Some(vault.clone());
        Ok(vault)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// A folder whose master keys are these, the first one sealing.
    fn seals(folder: &Path, keys: &[u8]) -> Seals {
        let file = folder.join("keys");
        let lines: Vec<String> = keys.iter().map(|byte| STANDARD.encode([*byte; 32])).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        Seals::new(Some(file), folder.to_owned())
    }

    fn name(text: &str) -> SecretName {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_setting_and_key_only_and_tells_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let mut old = seals(folder.path(), &[1]);
        let sealed = name("authorities.ejbca.secret").seal(&old.vault("k").unwrap(), "hunter2").unwrap();
        assert!(SecretName::is_sealed(&sealed) && !sealed.contains("hunter2"));
        let changed = format!("{}A", sealed.strip_suffix(|_: char| true).unwrap());
        let changed = if changed == sealed { format!("{sealed}A") } else { changed };
        for (case, keys, setting, text, opens) in [
            ("as sealed", vec![1], "authorities.ejbca.secret", sealed.as_str(), Ok(false)),
            ("with a newer key before it", vec![2, 1], "authorities.ejbca.secret", &sealed, Ok(true)),
            ("under another key", vec![2], "authorities.ejbca.secret", &sealed, Err("which is not there")),
            ("for another authority", vec![1], "authorities.vault.secret", &sealed, Err("does not open")),
            ("for the key", vec![1], "authorities.ejbca.key", &sealed, Err("does not open")),
            ("for another setting", vec![1], "sso.client_secret", &sealed, Err("does not open")),
            ("changed", vec![1], "authorities.ejbca.secret", &changed, Err("does not open")),
            ("cut", vec![1], "authorities.ejbca.secret", "sealed:v1", Err("does not open")),
        ] {
            let mut seals = seals(folder.path(), &keys);
            match (seals.open(&name(setting), "authorities[0].secret_file", text), opens) {
                (Ok(secret), Ok(is_old)) => {
                    assert_eq!(secret.reveal(), "hunter2", "{case}");
                    assert_eq!(seals.met, [SealedSecret { name: name(setting), is_old }], "{case}");
                }
                (Err(error), Err(told)) => {
                    let error = error.to_string();
                    let named = error.starts_with("settings.authorities[0].secret_file:") && error.contains(setting);
                    assert!(named && error.contains(told) && !error.contains("hunter2"), "{case}: {error}");
                }
                (opened, _) => panic!("{case}: {opened:?}"),
            }
        }
    }

    #[test]
    fn a_plain_secret_needs_no_master_key_and_an_envelope_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut seals = Seals::new(None, folder.path().to_owned());
        assert_eq!(seals.open(&name("ca_token.pin"), "k", "1234").unwrap().reveal(), "1234");
        let error = seals.open(&name("ca_token.pin"), "ca_token.pin_file", "sealed:v1.a.b.c").unwrap_err();
        assert!(error.to_string().contains("there is no master key"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let missing = Seals::new(Some(folder.path().join("none")), folder.path().to_owned());
        let error = { missing }.open(&name("ca_token.pin"), "ca_token.pin_file", "sealed:v1.a.b.c").unwrap_err();
        assert!(error.to_string().starts_with("settings.ca_token.pin_file: is sealed: cannot read"), "{error}");
    }

    #[test]
    fn only_secrets_of_the_settings_have_a_name() {
        for (text, known) in [
            ("authorities.ejbca.secret", true),
            ("authorities.ejbca-2.key", true),
            ("ca_token.pin", true),
            ("mail.smtp_url", true),
            ("mail.dkim.key", true),
            ("mail.bounces.key", true),
            ("sso.client_secret", true),
            ("authorities.ejbca", false),
            ("authorities.ejbca.url", false),
            ("authorities.EJBCA.secret", false),
            ("authorities..secret", false),
            ("authorities.a.b.secret", false),
            ("authorities[0].secret", false),
            ("settings.ca_token.pin", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<SecretName>().is_ok(), known, "{text}");
        }
    }
}
