//! S2 失効待ち一覧 `/desk/cases`: find and plan. Filters live in the address; paging is by keyset.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::Choice;
use crate::views::parts::{Empty, Pager, Pill, SiteNames, StatusLabel, Tab, query};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/cases.html")]
pub struct CasesPage {
    pub chrome: Chrome,
    /// Number of the newest event when the page was made.
    pub news: i64,
    /// `243件`
    pub total: String,
    /// Built-in views: すべて, 今週まで, 期限超過, EV, 担当者変更待ち, …
    pub tabs: Vec<Tab>,
    pub filter: CaseFilter,
    pub validations: Vec<Choice>,
    pub states: Vec<Choice>,
    pub rows: Vec<CaseRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct CaseRow {
    pub reception_number: String,
    pub ev: bool,
    /// `11/24(火)`
    pub requested: String,
    /// 本日, 翌営業日
    pub requested_note: String,
    pub requested_pill: Option<Pill>,
    pub company: String,
    pub names: SiteNames,
    pub callee_name: String,
    pub callee_role: String,
    /// `2027/03/12`
    pub source_expires: String,
    /// `残り108日`
    pub source_remaining: String,
    /// Expiry of the new certificate, or that it is not issued yet.
    pub replacement: String,
    pub status: StatusLabel,
    pub status_note: String,
    pub holder: Option<String>,
}

/// The filter form; also what the tabs and the pager carry on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CaseFilter {
    pub view: String,
    /// Requested dates, `YYYY-MM-DD`, both included.
    pub from: String,
    pub to: String,
    /// `ov`, `ev` or nothing.
    pub validation: String,
    /// A stored state, or nothing for all before revocation.
    pub state: String,
    pub q: String,
    /// Keyset cursors; at most one is set.
    pub after: String,
    pub before: String,
}

impl CaseFilter {
    /// The list with the same filter, from a cursor on.
    pub fn page_after(&self, cursor: &str) -> String {
        self.address(&[("after", cursor)])
    }

    pub fn page_before(&self, cursor: &str) -> String {
        self.address(&[("before", cursor)])
    }

    fn address(&self, cursor: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("view", self.view.as_str()),
            ("from", &self.from),
            ("to", &self.to),
            ("validation", &self.validation),
            ("state", &self.state),
            ("q", &self.q),
        ];
        pairs.extend_from_slice(cursor);
        match query(&pairs) {
            none if none.is_empty() => "/desk/cases".to_owned(),
            some => format!("/desk/cases?{some}"),
        }
    }
}
