//! 申請の一覧, 申請状況 and the forms that lead on from it, with their confirmation and conflict pages.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};

use super::business_months::BusinessMonths;
use super::chrome::PortalChrome;
use crate::messages::{Texts, dates};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Link, Serial, SiteNames, StatusLabel};

/// `GET /portal/requests`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/index.html")]
pub struct RequestsPage {
    pub chrome: PortalChrome,
    /// Nothing on the pages of older requests.
    pub open: Option<Vec<RequestRow>>,
    pub closed: Vec<RequestRow>,
    /// Address of the requests before these.
    pub older: Option<String>,
}

#[derive(Debug, Clone)]
pub struct RequestRow {
    pub reception_number: String,
    pub ev: bool,
    pub names: SiteNames,
    pub status: StatusLabel,
    pub filed_on: String,
    /// The day, or that a compromise takes none.
    pub requested_on: String,
}

/// `GET /portal/requests/{no}`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/show.html")]
pub struct RequestPage {
    pub chrome: PortalChrome,
    pub head: RequestHead,
    pub status: StatusLabel,
    /// `2026年11月25日(水) 10:00までに失効します`
    pub urgent: Option<String>,
    /// What happens next, in sentences.
    pub next: Vec<String>,
    pub todo: Vec<Todo>,
    pub facts: Vec<Fact>,
    pub replacement: Replacement,
    pub changes: Vec<Change>,
    /// Until when, or that it is too late.
    pub deadline: Option<String>,
    pub history: Vec<HistoryEntry>,
}

#[derive(Debug, Clone)]
pub struct Todo {
    pub text: String,
    pub link: Option<Link>,
}

#[derive(Debug, Clone)]
pub struct Fact {
    pub label: String,
    pub value: String,
    /// Why the value is another than expected.
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct Replacement {
    pub status: StatusLabel,
    pub issued: Option<IssuedCertificate>,
}

#[derive(Debug, Clone)]
pub struct IssuedCertificate {
    pub period: String,
    pub serial: Serial,
    pub downloads: Vec<Link>,
}

/// One thing that the customer may do now.
#[derive(Debug, Clone)]
pub struct Change {
    pub icon: &'static str,
    pub link: Link,
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub icon: &'static str,
    pub text: String,
    /// Who did it, where that says something: 窓口, or a customer's name.
    pub by: String,
}

impl HistoryEntry {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn when(&self, t: &Texts) -> String {
        format!("{} {}", dates::table(*t, dates::day_of(self.at)), dates::time(self.at))
    }

    fn machine_time(&self) -> String {
        dates::machine(self.at)
    }
}

/// Which request a page is about.
#[derive(Debug, Clone)]
pub struct RequestHead {
    pub reception_number: String,
    pub ev: bool,
    pub names: SiteNames,
}

impl RequestHead {
    pub fn href(&self) -> String {
        format!("/portal/requests/{}", self.reception_number)
    }
}

/// What all forms carry besides their own fields.
#[derive(Debug, Clone)]
pub struct FormFrame {
    pub head: RequestHead,
    pub csrf: String,
    /// The version of the case that the page shows.
    pub version: i64,
    pub errors: FieldErrors,
}

/// 失効希望日の変更
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/requested_on.html")]
pub struct RequestedOnPage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    /// `2026年12月8日(火)`
    pub current: String,
    pub hint: String,
    pub requested_on: String,
    pub first_day: String,
    pub last_day: String,
    pub months: BusinessMonths,
}

/// お電話の時間帯
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/call_band.html")]
pub struct CallBandPage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    pub lead: String,
    pub bands: Vec<Choice>,
}

/// 担当者の変更
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/contact.html")]
pub struct ContactPage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    /// Changes under way; their roles are not offered again.
    pub under_way: Vec<Vec<String>>,
    pub late: Option<String>,
    pub roles: Vec<RoleChoice>,
    pub name: String,
    pub name_kana: String,
    pub department: String,
    pub email: String,
    pub phone: String,
}

#[derive(Debug, Clone)]
pub struct RoleChoice {
    pub choice: Choice,
    pub note: String,
}

/// 鍵の漏えいの報告
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/key_compromise.html")]
pub struct KeyCompromisePage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    pub consequences: Vec<String>,
    pub ground: String,
}

/// 新しいCSRの提出
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/csr.html")]
pub struct CsrPage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    pub csr: String,
}

/// 確認: everything as it will be done. `hidden` carries what was typed.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/confirm.html")]
pub struct ConfirmPage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    pub title: String,
    /// What it means; shown before the values.
    pub consequences: Option<Consequences>,
    pub rows: Vec<Fact>,
    pub hidden: Vec<(String, String)>,
    pub action: String,
    pub button: String,
    /// Cannot be undone.
    pub grave: bool,
    /// Leads back to the form with what was typed; nothing where there was no form.
    pub has_form: bool,
}

#[derive(Debug, Clone)]
pub struct Consequences {
    pub heading: String,
    pub sentences: Vec<String>,
}

impl ConfirmPage {
    fn heading(&self) -> String {
        self.chrome.t.f("request.form.confirm_title", &[("title", &self.title)])
    }

    fn lead(&self) -> String {
        self.chrome.t.f("request.form.confirm_lead", &[("button", &self.button)])
    }
}

/// 409: the request changed while the form was open.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/requests/conflict.html")]
pub struct ConflictPage {
    pub chrome: PortalChrome,
    pub form: FormFrame,
    /// Who was first, and when.
    pub changed: Option<String>,
    pub rows: Vec<ConflictRow>,
    pub typed: Vec<(String, String)>,
    pub hidden: Vec<(String, String)>,
    /// Where the same input goes on from the state as it is; nothing where that no longer allows it.
    pub again: Option<String>,
}

#[derive(Debug, Clone)]
pub struct ConflictRow {
    pub label: String,
    pub before: String,
    pub now: String,
}
