//! 失効の確認 `/desk/cases/{no}/revocation/new`: the exact certificate, the reason that can never be corrected, and the
//! last four digits of the old serial number.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::case::{CaseHead, CertificateFacts};
use crate::views::chrome::Chrome;
use crate::views::form::{FieldErrors, Guard};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/revocation.html")]
pub struct RevocationPage {
    pub chrome: Chrome,
    pub head: CaseHead,
    pub guard: Guard,
    pub old: CertificateFacts,
    /// Missing only for a key compromise.
    pub new: Option<CertificateFacts>,
    /// `2027/02/21`
    pub new_expires: String,
    /// What permits it: who confirmed when, or the override, or the report.
    pub authorization: String,
    /// `superseded (4)`
    pub crl_reason: String,
    /// `再発行の理由「サーバーリプレース」による`
    pub crl_reason_because: String,
    /// When it happens: at once, or with the next batch.
    pub effect: String,
    pub old_in_use: Option<OldInUse>,
    pub serial_suffix: String,
    pub errors: FieldErrors,
}

/// The old certificate was still seen in use at the last look.
#[derive(Debug, Clone)]
pub struct OldInUse {
    /// Where, and when it was seen.
    pub warning: String,
    /// The extra box must be ticked.
    pub must_tell: bool,
    pub told: bool,
}

/// `POST /desk/cases/{no}/revocation`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RevocationInput {
    pub version: i64,
    pub idem: String,
    pub serial_suffix: String,
    pub old_in_use_told: Option<String>,
}
