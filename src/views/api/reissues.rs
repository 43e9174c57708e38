//! Applications to reissue.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{cases::CaseDetail, words};

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

/// What was filed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reissue {
    pub reception_number: String,
    pub case: CaseDetail,
}

/// A replacement that was issued elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReplacement {
    /// One PEM block.
    pub pem: String,
}
