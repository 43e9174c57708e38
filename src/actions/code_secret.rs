//! The secrets of confirmation codes between the vault and the rows. What was stored before there was a vault is read as
//! it stands.

use crate::errors::{Error, Result};
use crate::services::Services;
use crate::vault::Vault;

/// The row that a secret is sealed for.
pub(super) fn customer_row(id: i64) -> String {
    format!("customers/{id}/totp_secret")
}

/// The same of a member of staff.
pub(super) fn user_row(id: i64) -> String {
    format!("users/{id}/totp_secret")
}

pub(super) fn seal(desk: &Services, row: &str, secret: &str) -> Result<String> {
    desk.vault.seal(row, secret).map_err(Error::internal)
}

pub(super) fn open(desk: &Services, row: &str, stored: &str) -> Result<String> {
    if Vault::is_sealed(stored) { desk.vault.open(row, stored).map_err(Error::internal) } else { Ok(stored.to_owned()) }
}
