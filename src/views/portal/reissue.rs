//! The application in its steps: 再発行 理由入力, CSR入力, 内容確認, 申請完了.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::business_months::BusinessMonths;
use super::chrome::{PortalChrome, Step};
use super::reissue_picture::ReissuePicture;
use crate::views::form::{Choice, FieldErrors};

/// The certificate that the application is about, on top of each step.
#[derive(Debug, Clone)]
pub struct Target {
    pub reception_number: String,
    pub common_name: String,
    pub ev: bool,
    /// `2026/09/14 – 2027/04/01`
    pub validity: String,
    /// `残り128日`
    pub remaining: String,
    /// Why the application would have to wait.
    pub notice: Option<String>,
}

/// Who is phoned before the certificate is revoked, as far as customers see it.
#[derive(Debug, Clone)]
pub struct Callee {
    /// `申請責任者（EV証明書）`
    pub role: String,
    pub name: String,
    /// `電話番号 末尾4182`
    pub phone: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/reissue/reason.html")]
pub struct ReasonPage {
    pub chrome: PortalChrome,
    pub action: String,
    pub target: Target,
    pub errors: FieldErrors,
    pub reasons: Vec<Choice>,
    /// Whether a third party may have obtained the lost key: yes, no.
    pub exposed: Vec<Choice>,
    pub requested_on: DateField,
    pub months: BusinessMonths,
    pub callee: Option<Callee>,
}

/// A date as typed. What is no date stands in a plain field, because a date field would not show it.
#[derive(Debug, Clone)]
pub struct DateField {
    pub value: String,
    pub is_date: bool,
    pub min: String,
    pub max: String,
    /// On which day the call is really made, and why.
    pub explanations: Vec<String>,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/reissue/csr.html")]
pub struct CsrPage {
    pub chrome: PortalChrome,
    pub action: String,
    pub target: Target,
    pub errors: FieldErrors,
    /// The box for the CSR of the source certificate; `None` where it is not offered.
    pub reuse: Option<ReuseBox>,
    /// Why it is not offered.
    pub no_reuse: Option<String>,
    /// The box for a CSR that follows; `None` unless a key is compromised.
    pub later: Option<bool>,
    /// As typed, never a private key.
    pub csr: String,
    pub read: Option<CsrRead>,
}

#[derive(Debug, Clone)]
pub struct ReuseBox {
    pub checked: bool,
    /// `ECDSA P-256`
    pub key: String,
}

/// What a CSR says.
#[derive(Debug, Clone)]
pub struct CsrRead {
    pub common_name: String,
    pub key: String,
    pub signature: String,
    pub key_sha256: String,
    pub differences: Vec<Difference>,
}

/// What the CSR asks for and the replacement will not have.
#[derive(Debug, Clone)]
pub struct Difference {
    pub field: String,
    pub requested: String,
    pub source: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/reissue/confirm.html")]
pub struct ConfirmPage {
    pub chrome: PortalChrome,
    pub action: String,
    /// The steps to go back to.
    pub reason_href: String,
    pub csr_href: String,
    pub target: Target,
    pub errors: FieldErrors,
    /// Which state of the draft this page shows.
    pub draft: String,
    pub reason: String,
    pub reason_note: Option<String>,
    pub date: ConfirmDate,
    pub csr: ConfirmCsr,
    pub validity: NewValidity,
    pub agreement: AgreementText,
    /// What is final about it, with the day.
    pub warning: String,
}

/// When it is revoked and who is phoned before.
#[derive(Debug, Clone)]
pub struct ConfirmDate {
    pub text: String,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct ConfirmCsr {
    pub text: String,
    pub key: String,
    pub read: Option<CsrRead>,
}

impl ConfirmCsr {
    /// Whether the differences already say where the information comes from.
    fn differs(&self) -> bool {
        self.read.as_ref().is_some_and(|read| !read.differences.is_empty())
    }
}

#[derive(Debug, Clone)]
pub struct NewValidity {
    /// `2026/11/24 – 2027/04/01`
    pub text: String,
    pub note: String,
    pub picture: Option<ReissuePicture>,
}

#[derive(Debug, Clone)]
pub struct AgreementText {
    pub version: String,
    pub paragraphs: Vec<String>,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/reissue/done.html")]
pub struct DonePage {
    pub chrome: PortalChrome,
    pub reception_number: String,
    pub common_name: String,
    pub ev: bool,
    pub date: ConfirmDate,
    /// Who is phoned, from which number; nobody is asked first where a key is compromised.
    pub call: Option<String>,
    /// Masked addresses.
    pub mailed_to: Vec<String>,
    pub replacement: ReplacementStatus,
    /// What to do now, in this order.
    pub next: Vec<String>,
    pub request_href: String,
}

#[derive(Debug, Clone)]
pub struct ReplacementStatus {
    pub text: String,
    pub note: String,
    pub link: Option<crate::views::parts::Link>,
    /// It may be another one soon.
    pub may_change: bool,
}

/// What 理由入力 posts. Buttons beside the date post `pick` or `months`, 戻る posts `go`.
#[derive(Debug, Default, Deserialize)]
pub struct ReasonForm {
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub key_possibly_exposed: String,
    #[serde(default)]
    pub requested_on: String,
    #[serde(default)]
    pub pick: String,
    #[serde(default)]
    pub months: String,
    #[serde(default)]
    pub go: String,
}

/// What 内容確認 posts.
#[derive(Debug, Deserialize)]
pub struct ConfirmForm {
    #[serde(default)]
    pub draft: String,
    #[serde(default)]
    pub agreement_version: String,
    #[serde(default)]
    pub consent: String,
}
