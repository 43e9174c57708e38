//! S2 失効待ち一覧 `/desk/cases`: find and plan. Filters live in the address; paging is by keyset.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::installation::Cell;
use crate::views::parts::{Empty, Link, Pager, Pill, SiteNames, StatusLabel, Tab, query};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/cases.html")]
pub struct CasesPage {
    pub chrome: Chrome,
    /// Number of the newest event when the page was made.
    pub news: i64,
    /// `243件`
    pub total: String,
    /// Built-in views, then saved ones.
    pub tabs: Vec<Tab>,
    /// この条件を保存, or この表示を編集.
    pub keep: Option<Link>,
    pub filter: CaseFilter,
    pub validations: Vec<Choice>,
    pub states: Vec<Choice>,
    pub assignees: Vec<Choice>,
    pub headings: Headings,
    /// 並び順: …
    pub order: String,
    /// The optional columns, those on the page chosen.
    pub columns: Vec<Choice>,
    /// For those who work on cases.
    pub selection: Option<Selection>,
    pub rows: Vec<CaseRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

impl CasesPage {
    pub fn extra(&self) -> impl Iterator<Item = &Choice> {
        self.columns.iter().filter(|column| column.chosen)
    }
}

/// The column headings by which the list can be sorted.
#[derive(Debug, Clone)]
pub struct Headings {
    pub requested: Heading,
    pub number: Heading,
    pub company: Heading,
    pub expires: Heading,
}

#[derive(Debug, Clone)]
pub struct Heading {
    pub label: String,
    /// What a press asks for; nothing where the list cannot be sorted by it.
    pub sort: Option<String>,
    pub sorted: Sorted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    Not,
    Ascending,
    Descending,
}

impl Sorted {
    /// For `aria-sort`.
    pub fn aria(self) -> &'static str {
        match self {
            Self::Not => "none",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }

    pub fn mark(self) -> &'static str {
        match self {
            Self::Not => "",
            Self::Ascending => "▲",
            Self::Descending => "▼",
        }
    }
}

/// Which cases are chosen, and what may be done with them.
#[derive(Debug, Clone)]
pub struct Selection {
    pub csrf: String,
    /// Everything that the conditions hold, not only this page.
    pub whole: bool,
    /// `2件を選択中`
    pub chosen: String,
    pub page: Option<Link>,
    pub all: Option<Link>,
    pub none: Option<Link>,
    /// Why not everything can be chosen.
    pub note: Option<String>,
    pub acts: Vec<Choice>,
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
    pub installation: Cell,
    pub status: StatusLabel,
    pub status_note: String,
    /// Who looks after the case, or has it in hand.
    pub holder: Option<String>,
    /// The optional columns, in their order.
    pub extra: Vec<String>,
    pub selected: bool,
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
    /// `me`, `nobody`, the id of a colleague, or nothing.
    pub assignee: String,
    pub q: String,
    /// `company`, or `-company` for the other way round.
    pub sort: String,
    /// The saved view that the conditions come from.
    pub saved: String,
    /// `page` or `all`: what is ticked when the page opens.
    pub select: String,
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

    /// The same page with something ticked, or nothing.
    pub fn selecting(&self, what: &str) -> String {
        self.address(&[("select", what), ("after", &self.after), ("before", &self.before)])
    }

    /// What narrows the list down and orders it: all that a saved view keeps.
    pub fn conditions(&self) -> String {
        query(&self.lasting())
    }

    pub fn lasting(&self) -> [(&'static str, &str); 8] {
        [
            ("view", self.view.as_str()),
            ("from", &self.from),
            ("to", &self.to),
            ("validation", &self.validation),
            ("state", &self.state),
            ("assignee", &self.assignee),
            ("q", &self.q),
            ("sort", &self.sort),
        ]
    }

    /// Hidden fields of the form whose buttons sort.
    pub fn unsorted(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let saved = [("saved", self.saved.as_str())];
        self.lasting()
            .into_iter()
            .filter(|(name, _)| *name != "sort")
            .chain(saved)
            .filter(|(_, value)| !value.is_empty())
    }

    /// The same without what was searched for, which may be somebody's name.
    pub fn impersonal(&self) -> String {
        let kept: Vec<_> = self.lasting().into_iter().filter(|(name, _)| *name != "q").collect();
        query(&kept)
    }

    fn address(&self, further: &[(&str, &str)]) -> String {
        let mut pairs = self.lasting().to_vec();
        pairs.push(("saved", &self.saved));
        pairs.extend_from_slice(further);
        match query(&pairs) {
            none if none.is_empty() => "/desk/cases".to_owned(),
            some => format!("/desk/cases?{some}"),
        }
    }
}

/// A saved view: its first name, or another one.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/view.html")]
pub struct ViewPage {
    pub chrome: Chrome,
    pub guard: Guard,
    /// Where the form posts to.
    pub action: String,
    /// Where it can be removed, once it is there.
    pub removal: Option<String>,
    pub back: String,
    pub conditions: String,
    /// What the view holds, in words.
    pub facts: Vec<(String, String)>,
    pub name: String,
    pub shared: bool,
    /// Whether this person may show views to everybody.
    pub may_share: bool,
    pub errors: FieldErrors,
}
