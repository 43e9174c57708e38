//! S10 監査ログ `/desk/audit`: who did what to what, when and from where. Nothing here can be edited.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::audit_words::AuditRow;
use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Empty, Pager, StatusLabel, query};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/audit.html")]
pub struct AuditPage {
    pub chrome: Chrome,
    pub total: String,
    pub filter: AuditFilterForm,
    /// None where only one's own actions are shown.
    pub actors: Option<Vec<Choice>>,
    pub actions: Vec<ChoiceGroup>,
    pub check: CheckNote,
    pub sight: Sight,
    pub may_export: bool,
    /// For the printed page: what was asked for.
    pub printed: String,
    pub rows: Vec<AuditRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct ChoiceGroup {
    pub label: &'static str,
    pub choices: Vec<Choice>,
}

/// What the last walk over the chain found.
#[derive(Debug, Clone)]
pub struct CheckNote {
    pub status: StatusLabel,
    pub text: String,
    /// 連続性を確認する is offered.
    pub offered: bool,
}

/// Whether personal data is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Nobody asks.
    Open,
    /// The address where a reason can be given.
    Masked(String),
    /// Until this time.
    Unlocked(String),
}

/// The filter; also what the pager and the exports carry on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AuditFilterForm {
    /// 受付番号
    pub case: String,
    /// Key of an actor, such as `staff:12`.
    pub actor: String,
    pub action: String,
    /// Days in Japan, both included.
    pub from: String,
    pub to: String,
    pub after: String,
    pub before: String,
}

impl AuditFilterForm {
    pub fn page_after(&self, cursor: &str) -> String {
        self.address(("after", cursor))
    }

    pub fn page_before(&self, cursor: &str) -> String {
        self.address(("before", cursor))
    }

    /// What narrows the list down.
    pub fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("case", self.case.as_str()),
            ("actor", &self.actor),
            ("action", &self.action),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }

    /// Where a reason can be given to see personal data on this page.
    pub fn unlock_href(&self) -> String {
        format!("/desk/audit/unlock/new?{}", query(&[("back", &self.here())]))
    }

    fn here(&self) -> String {
        let [case, actor, action, from, to] = self.fields();
        address(&[case, actor, action, from, to, ("after", &self.after), ("before", &self.before)])
    }

    fn address(&self, cursor: (&str, &str)) -> String {
        let [case, actor, action, from, to] = self.fields();
        address(&[case, actor, action, from, to, cursor])
    }
}

/// The list of everything that one actor did.
pub fn of_actor(key: &str) -> String {
    address(&[("actor", key)])
}

fn address(pairs: &[(&str, &str)]) -> String {
    match query(pairs) {
        none if none.is_empty() => "/desk/audit".to_owned(),
        some => format!("/desk/audit?{some}"),
    }
}

/// 個人情報を表示する: the reason, and the page to come back to.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/audit_unlock.html")]
pub struct UnlockPage {
    pub chrome: Chrome,
    pub reason: String,
    pub back: String,
    pub errors: FieldErrors,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_filter_and_leave_the_cursor_behind_that_they_replace() {
        let form = AuditFilterForm {
            case: "RQ-261124-0001".to_owned(),
            actor: "staff:3".to_owned(),
            after: "9".to_owned(),
            ..AuditFilterForm::default()
        };
        assert_eq!(form.page_after("12"), "/desk/audit?case=RQ-261124-0001&actor=staff%3A3&after=12");
        assert_eq!(form.page_before("12"), "/desk/audit?case=RQ-261124-0001&actor=staff%3A3&before=12");
        assert_eq!(form.here(), "/desk/audit?case=RQ-261124-0001&actor=staff%3A3&after=9");
        assert_eq!(AuditFilterForm::default().here(), "/desk/audit");
        assert_eq!(AuditFilterForm::default().unlock_href(), "/desk/audit/unlock/new?back=%2Fdesk%2Faudit");
    }
}
