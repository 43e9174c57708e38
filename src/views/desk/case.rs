//! S3 案件詳細 `/desk/cases/{no}`: hold the call and decide.
//!
//! Left: whom to phone and why, what to say, both certificates, the history. Right: the one thing to do now.

use askama::Template;
use askama_web::WebTemplate;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::validity_picture::ValidityPicture;
use crate::domain::call::CallOutcome;
use crate::domain::text::script::Step;
use crate::messages::{Texts, dates};
use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::installation::Sites;
use crate::views::parts::{Link, Pill, Serial, StatusLabel, Tab};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/case.html")]
pub struct CasePage {
    pub chrome: Chrome,
    pub head: CaseHead,
    pub lease: LeaseBanner,
    /// The menu その他の操作: what this person may do in this state.
    pub actions: Vec<ActionLink>,
    /// Lines that need attention: a mail bounced, validation data is old, the old certificate is still in use.
    pub warnings: Vec<Warning>,
    /// Successors of the contact that wait for the desk.
    pub handovers: Vec<Link>,
    /// Who asked and why, where the desk filed for the customer.
    pub filed_for: Vec<(String, String)>,
    /// Other live certificates on a compromised key.
    pub same_key: Vec<SameKeyRow>,
    pub callee: Option<Callee>,
    pub other_contacts: Vec<OtherContact>,
    pub script: Option<Script>,
    pub certificates: CertificatePair,
    pub picture: Option<ValidityPicture>,
    pub history_tabs: Vec<Tab>,
    pub history: Vec<HistoryEntry>,
    pub side: Side,
}

impl CasePage {
    fn has_errors(&self) -> bool {
        match &self.side {
            Side::Call(form) => !form.errors.is_empty(),
            Side::Panel(_) => false,
        }
    }
}

/// What needs attention, and where to act on it.
#[derive(Debug, Clone)]
pub struct Warning {
    pub text: String,
    pub link: Link,
}

/// A live certificate on the compromised key.
#[derive(Debug, Clone)]
pub struct SameKeyRow {
    pub common_name: String,
    pub company: String,
    pub serial: Serial,
    /// `2027/04/03`
    pub last_day: String,
    /// Its open case.
    pub case: Option<Link>,
    /// Where a case is filed for it, for those who may.
    pub file: Option<Link>,
}

/// Title line of every page of a case.
#[derive(Debug, Clone)]
pub struct CaseHead {
    pub reception_number: String,
    pub ev: bool,
    pub company: String,
    pub status: StatusLabel,
    pub pills: Vec<Pill>,
    /// Where the person came from.
    pub back: Link,
}

impl CaseHead {
    /// `/desk/cases/RQ-260806-0182`
    pub fn href(&self) -> String {
        format!("/desk/cases/{}", self.reception_number)
    }
}

/// Who holds the case, and until when (`10:39`).
#[derive(Debug, Clone)]
pub enum LeaseBanner {
    None,
    Mine { until: String, guard: Guard },
    Other { name: String, until: String, release: Option<Guard> },
}

#[derive(Debug, Clone)]
pub struct ActionLink {
    pub icon: &'static str,
    pub href: String,
    pub label: String,
}

/// Whom to phone. The number can be dialled only by the person who holds the case.
#[derive(Debug, Clone)]
pub struct Callee {
    pub role: String,
    pub name: String,
    /// Furigana, department: joined by ／.
    pub details: Vec<String>,
    /// `03-0000-4182`
    pub phone: String,
    pub extension: Option<String>,
    /// `+81300004182` for the holder, else nothing.
    pub dial: Option<String>,
    /// `EV証明書のため申請責任者に確認します…`
    pub why: String,
    /// Source, verifier and date of the number.
    pub phone_source: String,
    pub hours: String,
}

/// Shown folded and marked 確認には使えません.
#[derive(Debug, Clone)]
pub struct OtherContact {
    pub role: String,
    pub name: String,
    pub phone: String,
    pub note: String,
}

/// What to say, with the case's facts.
#[derive(Debug, Clone)]
pub struct Script {
    pub ev: bool,
    pub steps: Vec<Step>,
    /// A situation and what to say in it.
    pub situations: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct CertificatePair {
    /// `再発行の理由: サーバーリプレース`
    pub reason: String,
    pub old: CertificateFacts,
    pub new: Option<CertificateFacts>,
    /// What the sites show, where somebody looks.
    pub sites: Option<Sites>,
    /// The old certificate in the CT logs.
    pub ct_log: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    pub common_name: String,
    /// DNS names other than the common name.
    pub other_names: Vec<String>,
    pub organization: String,
    /// `2026/03/02 – 2027/04/03`
    pub period: String,
    /// `残り 131日`, and why it was shortened.
    pub remaining: String,
    pub serial: Serial,
    pub issuer: String,
    /// `RSA 2048`
    pub key: String,
    pub status: StatusLabel,
    pub sha256: String,
}

/// One row of the comparison: equal values are merged, differing ones are bold.
pub struct CompareRow<'a> {
    pub label: &'static str,
    pub old: &'a str,
    pub new: Option<&'a str>,
}

impl CompareRow<'_> {
    pub fn same(&self) -> bool {
        self.new == Some(self.old)
    }
}

impl CertificatePair {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn rows<'a>(&'a self, t: &Texts) -> Vec<CompareRow<'a>> {
        let row = |key: &str, value: fn(&CertificateFacts) -> &str| CompareRow {
            label: t.s(key),
            old: value(&self.old),
            new: self.new.as_ref().map(value),
        };
        vec![
            row("cert.organization", |facts| &facts.organization),
            row("cert.issuer", |facts| &facts.issuer),
            row("cert.key", |facts| &facts.key),
        ]
    }

    pub fn same_names(&self) -> bool {
        self.new
            .as_ref()
            .is_none_or(|new| new.common_name == self.old.common_name && new.other_names == self.old.other_names)
    }
}

#[derive(Debug, Clone)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub icon: &'static str,
    /// 電話, メール, 自動, 変更: says the icon to a screen reader.
    pub kind: String,
    pub title: String,
    /// Behind the title, in plain weight.
    pub text: String,
    /// Who: a name, ポータル, 自動.
    pub by: String,
    /// Second line: the note of the call, the CA's words.
    pub note: String,
    /// The exact text of a mail, the proof.
    pub link: Option<Link>,
}

impl HistoryEntry {
    fn at_label(&self) -> String {
        dates::history(self.at)
    }

    fn at_machine(&self) -> String {
        dates::machine(self.at)
    }
}

/// The right column: exactly one of them.
#[derive(Debug, Clone)]
pub enum Side {
    /// The case is mine and waits for its call.
    Call(Box<CallForm>),
    /// Everything else: a heading, facts, and the next step if there is one.
    Panel(SidePanel),
}

/// The form of one call. Shown again with everything typed when it was refused (422) or the lease was lost (409).
#[derive(Debug, Clone)]
pub struct CallForm {
    /// When somebody can be called back, e.g. `09:00–18:00`.
    pub hours: String,
    pub guard: Guard,
    /// Address of the case, without a slash at the end.
    pub case_href: String,
    pub attempt_no: u32,
    pub started_at: DateTime<Utc>,
    pub outcomes: Vec<Choice>,
    pub identity_checks: Vec<Choice>,
    /// The subscriber's contacts with their roles and 「記録にない方」.
    pub spoke_with: Vec<Choice>,
    pub call_back_on: String,
    pub call_back_time: String,
    pub requested_on: String,
    /// Limits for the date fields, `YYYY-MM-DD`.
    pub first_day: String,
    pub last_day: String,
    pub note: String,
    pub errors: FieldErrors,
    /// The lease ran out: the text stays, and もう一度確保する posts this same form to `…/claim`.
    pub lease_lost: Option<String>,
}

impl CallForm {
    fn started_label(&self) -> String {
        dates::time(self.started_at)
    }

    fn started_machine(&self) -> String {
        self.started_at.to_rfc3339()
    }

    /// The results in the order of the keys 1–8. Key compromise is a page of its own: it needs no call.
    pub fn outcome_choices(t: Texts, chosen: Option<CallOutcome>) -> Vec<Choice> {
        CallOutcome::ALL
            .into_iter()
            .filter(|outcome| *outcome != CallOutcome::KeyCompromise)
            .map(|outcome| {
                let label = t.s(&format!("outcome.{}", outcome.as_str()));
                Choice::new(outcome.as_str(), label, chosen == Some(outcome))
            })
            .collect()
    }

    /// Both checks of the script; `given` are the values of the boxes that were ticked.
    pub fn identity_choices(t: Texts, given: &[String]) -> Vec<Choice> {
        ["name_and_company", "reception_number_or_common_name"]
            .into_iter()
            .map(|check| {
                Choice::new(check, t.s(&format!("identity.{check}")), given.iter().any(|value| value == check))
            })
            .collect()
    }
}

/// `POST /desk/cases/{no}/calls`, and `POST …/claim` after a lost lease.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CallInput {
    pub version: i64,
    pub idem: String,
    pub outcome: String,
    pub identity_checks: Vec<String>,
    /// Contact id, `stranger`, or nothing.
    pub spoke_with: String,
    pub call_back_on: String,
    pub call_back_time: String,
    pub requested_on: String,
    pub note: String,
    /// The button: `revoke` goes on to the confirmation page, `record` stays.
    pub then: String,
}

#[derive(Debug, Clone)]
pub struct SidePanel {
    pub heading: String,
    pub note: Option<SideNote>,
    pub facts: Vec<(String, String)>,
    pub steps: Vec<SideStep>,
}

#[derive(Debug, Clone)]
pub struct SideNote {
    /// `ok`, `warn`, `err` or nothing.
    pub css: &'static str,
    pub icon: &'static str,
    pub text: String,
}

/// A button of the side panel: a link, or a form that posts nothing but its guard.
#[derive(Debug, Clone)]
pub struct SideStep {
    pub href: String,
    pub label: String,
    pub icon: &'static str,
    /// `pri`, `dng`, `qt`
    pub css: &'static str,
    pub post: Option<Guard>,
}

impl SidePanel {
    /// Nobody holds the case: 対応する claims it.
    pub fn claim(t: Texts, case_href: &str, guard: Guard) -> Self {
        Self {
            heading: t.s("case.result").to_owned(),
            note: Some(SideNote { css: "", icon: "lock", text: t.s("side.claim.note").to_owned() }),
            facts: Vec::new(),
            steps: vec![SideStep {
                href: format!("{case_href}/claim"),
                label: t.s("side.claim.button").to_owned(),
                icon: "phone-call",
                css: "pri",
                post: Some(guard),
            }],
        }
    }

    /// Only a sentence: held by another, before its day, not this person's role.
    pub fn message(t: Texts, text: String) -> Self {
        Self {
            heading: t.s("case.result").to_owned(),
            note: Some(SideNote { css: "", icon: "circle-alert", text }),
            facts: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The call is confirmed and the certificate may be revoked now, or by the next batch.
    pub fn confirmed(t: Texts, case_href: &str, facts: Vec<(String, String)>) -> Self {
        Self {
            heading: t.s("side.confirmed.heading").to_owned(),
            note: Some(SideNote { css: "ok", icon: "circle-check", text: t.s("side.confirmed.note").to_owned() }),
            facts,
            steps: vec![SideStep {
                href: format!("{case_href}/revocation/new"),
                label: t.s("side.confirmed.button").to_owned(),
                icon: "ban",
                css: "pri",
                post: None,
            }],
        }
    }
}
