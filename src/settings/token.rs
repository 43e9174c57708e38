//! `settings.ca_token`: the PKCS#11 token that keeps the embedded CA's keys; without, they are in files.

use std::path::PathBuf;

use serde::Deserialize;

use super::seals::{Seals, SecretName};
use super::{Secret, SettingsError, require};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaToken {
    /// The maker's library.
    pub module: PathBuf,
    /// The token's label.
    pub label: String,
    #[serde(default)]
    pub pin_file: Option<PathBuf>,
    #[serde(default)]
    pub pin_env: Option<String>,
    /// Read from `pin_file` or `pin_env`.
    #[serde(skip)]
    pub pin: Option<Secret>,
}

impl CaToken {
    pub(super) fn load(&mut self, seals: &mut Seals) -> Result<(), SettingsError> {
        let key = |field: &str| format!("ca_token.{field}");
        require("ca_token.label", (1..=32).contains(&self.label.len()), "needs 1 to 32 octets")?;
        let name = SecretName::alone("ca_token.pin");
        self.pin = Secret::read(&name, self.pin_file.as_deref(), self.pin_env.as_deref(), &key, seals)?;
        require("ca_token.pin_file", self.pin.is_some(), "or pin_env is needed")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_wrong_token_stops_the_start_and_is_named() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let right = json!({ "module": "/usr/lib/module.so", "label": "ca", "pin_file": file });
        let loaded = |token: Value| {
            let mut token: CaToken = serde_json::from_value(token).map_err(|error| error.to_string())?;
            token.load(&mut Seals::new(None, "nowhere".into())).map_err(|error| error.to_string())?;
            Ok::<_, String>(token)
        };
        assert!(loaded(right.clone()).unwrap().pin.unwrap().reveal().starts_with("[workspace]"));
        for (field, value, named) in [
            ("label", json!(""), "ca_token.label:"),
            ("label", json!("a".repeat(33)), "ca_token.label:"),
            ("pin_file", Value::Null, "ca_token.pin_file: or pin_env is needed"),
            ("pin_file", json!("/nowhere/pin"), "ca_token.pin_file: cannot read"),
            ("pin_env", json!("NO_SUCH_VARIABLE"), "ca_token.pin_file: and pin_env exclude"),
            ("pin", json!("1234"), "unknown field"),
        ] {
            let mut wrong = right.clone();
            wrong[field] = value.clone();
            let told = loaded(wrong).map(|_| ()).unwrap_err();
            assert!(told.contains(named), "{field} = {value}: {told}");
        }
    }
}
