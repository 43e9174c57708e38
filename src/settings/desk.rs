//! Who the desk is, and what its customers agree to.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{SettingsError, is_a_line, require};

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

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        for (key, value) in [
            ("desk.company", &self.company),
            ("desk.short_name", &self.short_name),
            ("desk.service_name", &self.service_name),
            ("desk.staff_product", &self.staff_product),
            ("desk.portal_product", &self.portal_product),
            ("desk.telephone", &self.telephone),
            ("desk.hours", &self.hours),
            ("desk.email", &self.email),
            ("desk.caller_number", &self.caller_number),
        ] {
            is_a_line(key, value)?;
        }
        if let Some(address) = &self.ct_search {
            let usable = address.starts_with("https://") && address.contains("{sha256}");
            require("desk.ct_search", usable, "has to begin with https:// and to have {sha256} in it")?;
        }
        Ok(())
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

impl AgreementSource {
    pub(super) fn load(&self) -> Result<Agreement, SettingsError> {
        let path = &self.text_file;
        let text = fs::read_to_string(path).map_err(|source| SettingsError::File {
            key: "agreement.text_file",
            path: path.clone(),
            source,
        })?;
        let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(Agreement { version: self.version.clone(), text, sha256 })
    }
}
