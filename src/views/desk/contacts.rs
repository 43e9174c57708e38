//! S7 連絡先変更 `/desk/contacts`: successors of contacts, from the customer's word to the approval of a second person.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::{Empty, Link, Pager, StatusLabel, Tab, query};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/contacts.html")]
pub struct ContactsPage {
    pub chrome: Chrome,
    pub total: String,
    pub tabs: Vec<Tab>,
    pub rows: Vec<ContactRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct ContactRow {
    pub href: String,
    pub at: String,
    /// Who began it: ポータル, or the agent.
    pub by: String,
    pub company: String,
    pub role: String,
    /// Nothing where the role had no contact.
    pub former: String,
    pub successor: String,
    /// How the new number is known.
    pub ground: String,
    /// First requested date among the cases that the change touches.
    pub first_date: String,
    /// `2件`
    pub cases: String,
    pub status: StatusLabel,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ContactFilter {
    pub view: String,
    pub after: String,
    pub before: String,
}

impl ContactFilter {
    pub fn page_after(&self, cursor: &str) -> String {
        self.address(("after", cursor))
    }

    pub fn page_before(&self, cursor: &str) -> String {
        self.address(("before", cursor))
    }

    fn address(&self, cursor: (&str, &str)) -> String {
        format!("/desk/contacts?{}", query(&[("view", self.view.as_str()), cursor]))
    }
}

/// `GET /desk/contacts/proposals/{id}` and `GET /desk/contacts/changes/{id}`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/contact.html")]
pub struct ContactPage {
    pub chrome: Chrome,
    pub company: String,
    pub role: String,
    pub status: StatusLabel,
    pub comparison: Comparison,
    pub facts: Vec<(String, String)>,
    /// What was decided before: declined changes on the same proposal.
    pub history: Vec<Decision>,
    pub cases: Vec<AffectedCase>,
    pub step: ContactStep,
    pub errors: FieldErrors,
}

/// Old, as proposed, and as verified, side by side. A column that does not exist yet is left out.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub proposed: bool,
    pub verified: bool,
    pub rows: Vec<ComparedFact>,
}

#[derive(Debug, Clone)]
pub struct ComparedFact {
    pub label: String,
    pub former: String,
    pub proposed: String,
    pub verified: String,
    pub number: bool,
}

#[derive(Debug, Clone)]
pub struct AffectedCase {
    pub link: Link,
    pub common_name: String,
    pub requested_on: String,
    pub status: StatusLabel,
}

#[derive(Debug, Clone)]
pub struct Decision {
    pub at: String,
    pub by: String,
    pub ground: String,
}

/// What this person may do now.
#[derive(Debug, Clone)]
pub enum ContactStep {
    /// First person: verify the number in an independent source, or decline.
    Verify { href: String, guard: Guard, form: Box<SuccessorForm>, ground: String },
    /// Second person: approve or decline.
    Approve { href: String, guard: Guard, ground: String },
    /// The own request: somebody else approves; it may be taken back.
    Own { href: String, guard: Guard, ground: String, sentence: String },
    /// Decided, or not this role's business.
    Read(String),
}

/// The fields of a successor whose number somebody verified.
#[derive(Debug, Clone)]
pub struct SuccessorForm {
    pub input: SuccessorInput,
    /// `YYYY-MM-DD`
    pub today: String,
    /// The role is chosen only where the desk begins.
    pub roles: Vec<Choice>,
    /// The number that the customer named, for comparison.
    pub proposed_phone: String,
}

/// `GET /desk/contacts/new?case={no}`, `POST /desk/contacts/changes`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/contact_new.html")]
pub struct NewContactPage {
    pub chrome: Chrome,
    pub case: Link,
    pub reception_number: String,
    pub company: String,
    pub facts: Vec<(String, String)>,
    /// Handovers under way, which come first.
    pub waiting: Vec<Link>,
    pub guard: Guard,
    pub form: SuccessorForm,
    pub errors: FieldErrors,
}

/// What the forms post.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SuccessorInput {
    /// Reception number of the case that the desk began from.
    pub case: String,
    pub role: String,
    pub name: String,
    pub name_kana: String,
    pub department: String,
    pub email: String,
    pub phone: String,
    pub phone_source: String,
    pub verified_on: String,
    /// Why it is declined.
    pub ground: String,
}
