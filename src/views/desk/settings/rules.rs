//! 電話の規則, 営業時間, 有効期間の規則, 営業日, CA接続, 設置の確認.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::VersionRow;
use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::{Link, StatusLabel};

/// A setting of a few values that counts from a day on.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/dated.html")]
pub struct DatedPage {
    pub chrome: Chrome,
    pub title: &'static str,
    pub href: &'static str,
    pub guard: Guard,
    pub fields: Vec<TypedField>,
    pub effective_on: String,
    /// What is planned, where the form shows what is in force.
    pub planned: Option<String>,
    pub history: Vec<VersionRow>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct TypedField {
    pub name: &'static str,
    pub label: &'static str,
    /// Unit and limits.
    pub hint: &'static str,
    pub value: String,
    /// `type` and `inputmode` of the field.
    pub kind: &'static str,
    pub mode: &'static str,
    pub needed: bool,
}

/// As typed. Every field is text: what is no number is told beside it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CallRulesForm {
    pub version: i64,
    pub attempts: String,
    pub attempts_within_business_days: String,
    pub attempts_apart_minutes: String,
    pub lease_minutes: String,
    pub lease_hard_stop_minutes: String,
    pub reminder_business_days: String,
    pub window_business_days: String,
    pub confirmation_max_age_business_days: String,
    pub effective_on: String,
    pub reason: String,
}

impl CallRulesForm {
    /// In the order of the page.
    pub fn entries(&self) -> [(&'static str, &str); 8] {
        [
            ("attempts", &self.attempts),
            ("attempts_within_business_days", &self.attempts_within_business_days),
            ("attempts_apart_minutes", &self.attempts_apart_minutes),
            ("lease_minutes", &self.lease_minutes),
            ("lease_hard_stop_minutes", &self.lease_hard_stop_minutes),
            ("reminder_business_days", &self.reminder_business_days),
            ("window_business_days", &self.window_business_days),
            ("confirmation_max_age_business_days", &self.confirmation_max_age_business_days),
        ]
    }
}

/// As typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct HoursForm {
    pub version: i64,
    pub opens: String,
    pub closes: String,
    pub words: String,
    pub effective_on: String,
    pub reason: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/validity.html")]
pub struct ValidityPage {
    pub chrome: Chrome,
    pub guard: Guard,
    pub rules: Vec<RuleRow>,
    pub what_if: WhatIf,
    pub form: RuleForm,
    pub kinds: Vec<Choice>,
    pub history: Vec<VersionRow>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct RuleRow {
    pub from: String,
    /// The day as the forms post it.
    pub from_value: String,
    pub term: String,
    pub status: StatusLabel,
    /// Its day has not come: it can be taken away.
    pub removable: bool,
}

/// What the rules make of one reissue.
#[derive(Debug, Clone, Default)]
pub struct WhatIf {
    pub issued_on: String,
    pub entitlement_end_on: String,
    pub facts: Vec<(String, String)>,
    /// Instead of facts.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    pub version: i64,
    /// `set` or `remove`
    pub step: String,
    pub from: String,
    /// `days` or `months_less_one_day`
    pub kind: String,
    pub number: String,
    pub reason: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/calendar.html")]
pub struct CalendarPage {
    pub chrome: Chrome,
    pub hours: Link,
    pub years: Vec<HolidayYear>,
    pub closures: Vec<ClosureRow>,
    pub closure: ClosureForm,
    pub facts: Vec<(String, String)>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct HolidayYear {
    pub label: String,
    pub open: bool,
    pub days: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct ClosureRow {
    pub date: String,
    pub name: String,
    pub removal: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ClosureForm {
    pub date: String,
    pub name: String,
    pub reason: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/ca.html")]
pub struct CaPage {
    pub chrome: Chrome,
    pub status: StatusLabel,
    pub facts: Vec<(String, String)>,
    pub authorities: Vec<AuthorityRow>,
    /// 一時停止する or 再開する
    pub switch: Link,
    pub paused: bool,
    pub history: Vec<VersionRow>,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/installation.html")]
pub struct InstallationPage {
    pub chrome: Chrome,
    pub guard: Guard,
    /// 使う, 使わない
    pub switch: Vec<Choice>,
    pub fields: Vec<TypedField>,
    /// How far the looks have come, while they are on.
    pub facts: Vec<(String, String)>,
    pub history: Vec<VersionRow>,
    pub errors: FieldErrors,
}

/// One CA of the settings.
#[derive(Debug, Clone)]
pub struct AuthorityRow {
    pub name: String,
    pub kind: &'static str,
    pub issuer: String,
    pub status: StatusLabel,
    /// Calls a second; empty where there is no limit.
    pub rate: String,
    /// Where the rate is changed, for a CA outside.
    pub edit: Option<String>,
    /// For who does not see which row it is in.
    pub edit_label: String,
    /// Where the check is posted to.
    pub check: String,
    pub check_label: String,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/settings/ca_rate.html")]
pub struct CaRatePage {
    pub chrome: Chrome,
    pub name: String,
    pub href: String,
    pub guard: Guard,
    pub facts: Vec<(String, String)>,
    /// As typed.
    pub per_second: String,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct InstallationForm {
    pub version: i64,
    /// `on` or `off`
    pub on: String,
    pub ports: String,
    pub hours_between_looks: String,
    pub reason: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CaRateForm {
    pub version: i64,
    pub per_second: String,
    pub reason: String,
}
