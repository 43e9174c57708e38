//! What programs send to work a case.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::words;

/// A phone call and what came of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCall {
    #[schema(schema_with = words::call_outcome)]
    pub outcome: String,
    /// Name or role of the contact who was on the line.
    pub spoke_with: Option<String>,
    /// The checks of the script that were made.
    #[serde(default)]
    #[schema(value_type = Vec<IdentityCheck>)]
    pub identity_checks: Vec<String>,
    /// For `call_back`.
    pub call_back_at: Option<DateTime<Utc>>,
    /// For `reschedule`.
    pub requested_on: Option<NaiveDate>,
    pub note: Option<String>,
    /// Of the case as it was read.
    pub version: i64,
}

/// One check of the call script.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "the schema of a word")]
pub enum IdentityCheck {
    NameAndCompany,
    ReceptionNumberOrCommonName,
}

/// The order to revoke now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// The last four digits of the old certificate's serial number.
    pub serial_suffix: String,
    pub version: i64,
    /// That the customer was told: asked where `installation.seen` of the case is `old` and a call permits the
    /// revocation.
    #[serde(default)]
    pub old_in_use_told: bool,
}

/// A new date.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestedDate {
    pub requested_on: NaiveDate,
    pub version: i64,
}

/// An event that needs words: a withdrawal or a report of key compromise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grounded {
    /// Who asked or told, and how.
    pub ground: String,
    pub version: i64,
}

/// A hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Why, and what it waits for.
    pub note: String,
    pub version: i64,
}

/// A supervisor's word for a revocation without a recorded call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Asked of the first supervisor; the second one approves what the first one wrote.
    pub ground: Option<String>,
    pub version: i64,
}
