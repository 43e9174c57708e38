//! 代理申請 `/desk/reissues/new`: find the certificate, then file for a customer who cannot.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::{Empty, Link, SiteNames, StatusLabel};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/reissue_search.html")]
pub struct ReissueSearchPage {
    pub chrome: Chrome,
    pub q: String,
    /// `12件`; nothing before a search.
    pub total: String,
    pub rows: Vec<FoundCertificate>,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct FoundCertificate {
    pub href: String,
    pub ev: bool,
    /// Neither OV nor EV.
    pub other_kind: bool,
    pub reception_number: String,
    pub company: String,
    pub names: SiteNames,
    pub period: String,
    pub status: StatusLabel,
    /// The open case.
    pub case: Option<Link>,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/reissue.html")]
pub struct ReissuePage {
    pub chrome: Chrome,
    pub company: String,
    pub ev: bool,
    pub common_name: String,
    pub facts: Vec<(String, String)>,
    /// Why it cannot be reissued, and what to do instead.
    pub refusals: Vec<String>,
    pub open_case: Option<Link>,
    /// What does not refuse: a re-examination comes first.
    pub notice: Option<String>,
    /// Absent where nothing can be filed.
    pub form: Option<Box<ReissueForm>>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct ReissueForm {
    pub guard: Guard,
    pub certificate_id: i64,
    pub input: ReissueInput,
    pub reasons: Vec<Choice>,
    pub exposures: Vec<Choice>,
    pub csr_choices: Vec<Choice>,
    /// The subscriber's contacts and 「記録にない方」.
    pub callers: Vec<Choice>,
    /// `YYYY-MM-DD`
    pub first_day: String,
    pub last_day: String,
    pub limits: String,
    /// Closed days ahead: `11/28(土)、11/29(日)`.
    pub closed_days: String,
    /// By when a certificate on a compromised key is revoked.
    pub deadline: String,
    pub agreement_version: String,
    pub consented: bool,
    /// Nothing but a key compromise can be filed for this certificate.
    pub compromise_only: bool,
}

/// `GET /desk/agreement`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/agreement.html")]
pub struct AgreementPage {
    pub chrome: Chrome,
    pub version: String,
    pub sha256: String,
    pub text: String,
}

/// The address of the page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ReissueQuery {
    pub q: String,
    pub certificate: Option<i64>,
    /// Chosen at once, where the page is opened for a compromise.
    pub reason: String,
}

/// `POST /desk/reissues`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ReissueInput {
    pub certificate_id: i64,
    pub reason: String,
    /// `yes`, `no` or nothing.
    pub key_possibly_exposed: String,
    pub requested_on: String,
    /// `reuse`, `given` or `later`.
    pub csr_choice: String,
    pub csr: String,
    /// Contact id, `stranger`, or nothing.
    pub caller: String,
    pub caller_name: String,
    pub filing_ground: String,
    /// The version that the page showed, when the caller agreed.
    pub consent: String,
}
