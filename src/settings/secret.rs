//! Values that must not reach a log, from files or the environment.

use std::path::Path;
use std::{env, fmt, fs};

use super::seals::{Seals, SecretName};
use super::{SettingsError, require};

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

    /// From the file or the variable of the environment that the settings name as `…_file` or `…_env`, opened where it is
    /// sealed; `None` when they name neither.
    pub(super) fn read(
        name: &SecretName,
        file: Option<&Path>,
        variable: Option<&str>,
        key: &impl Fn(&str) -> String,
        seals: &mut Seals,
    ) -> Result<Option<Self>, SettingsError> {
        let field = name.field();
        let [in_file, in_env] = ["file", "env"].map(|place| key(&format!("{field}_{place}")));
        let (key, text) = match (file, variable) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let reason = format!("and {field}_env exclude each other");
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
        seals.open(name, &key, text).map(Some)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_does_not_reach_a_log() {
        assert_eq!(format!("{:?}", Secret::new("smtps://user:password@host")), "(secret)");
    }
}
