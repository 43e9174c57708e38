//! What programs send to be registered: applications, certificates, imports, receivers of webhooks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::words;

/// An application to reissue a certificate and to revoke it on a date.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReissue {
    pub certificate_id: i64,
    #[schema(schema_with = words::reissue_reason)]
    pub reason: String,
    /// For lost or damaged keys: whether a third party may have obtained the key. True means key compromise.
    pub key_possibly_exposed: Option<bool>,
    /// The day on which the source certificate shall be revoked. Key compromise takes none.
    pub requested_on: Option<NaiveDate>,
    /// A PEM block; `reuse` for the CSR of the source certificate; or, with key compromise only, `later`: the replacement
    /// is issued when the CSR follows, the revocation does not wait for it.
    pub csr: String,
    pub consent: Consent,
}

/// Agreement to the subscriber agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The version in force.
    pub version: String,
}

/// A replacement that was issued elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReplacement {
    /// One PEM block.
    pub pem: String,
}

/// A certificate of any CA to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    pub subscriber_id: i64,
    /// One PEM block.
    pub pem: String,
    /// Of the application that it was issued on; a new number when absent.
    pub reception_number: Option<String>,
    /// Last day that the order pays for; the certificate's own when absent.
    pub entitlement_end_on: Option<NaiveDate>,
    /// Last day on which the validation data may be used again, when known.
    pub validation_expires_on: Option<NaiveDate>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    #[schema(schema_with = words::import_kind)]
    pub kind: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImportRows {
    /// 1 to 1,000.
    pub rows: Vec<NewImportRow>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImportRow {
    /// Your own number of the row, 1 or more.
    pub row: i64,
    /// By the names that the columns of a CSV have, and written as there: `2026-11-24`, `true`. Line breaks of PEM as they
    /// are.
    pub values: BTreeMap<String, String>,
}

/// A receiver to be told of events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    pub name: String,
    /// `https://…`
    pub url: String,
    #[schema(schema_with = words::webhook_events)]
    pub events: Vec<String>,
    /// For the audit log.
    pub reason: String,
}

/// Why something is done, for the audit log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub reason: String,
}
