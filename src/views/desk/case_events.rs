//! The other things that happen to a case, each a page with one form: change the date, withdraw, hold, release the
//! hold, override without a call, report a key compromise.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::case::CaseHead;
use crate::views::chrome::Chrome;
use crate::views::form::{Choice, FieldErrors, Guard};

/// What stays the same on these pages: the case, the guard, what is at stake, what was typed and refused.
#[derive(Debug, Clone)]
pub struct EventForm {
    pub head: CaseHead,
    pub guard: Guard,
    /// Certificate and dates, so that the right case is in front of the eyes.
    pub facts: Vec<(String, String)>,
    pub note: String,
    pub errors: FieldErrors,
}

/// `GET /desk/cases/{no}/requested_on/edit`, `POST …/requested_on`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/events/requested_on.html")]
pub struct RequestedOnPage {
    pub chrome: Chrome,
    pub form: EventForm,
    pub requested_on: String,
    /// `YYYY-MM-DD`
    pub first_day: String,
    pub last_day: String,
    /// `2026年11月24日(火)から2027年4月3日(土)まで`
    pub limits: String,
}

/// `GET …/withdrawal/new`, `POST …/withdrawal`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/events/withdrawal.html")]
pub struct WithdrawalPage {
    pub chrome: Chrome,
    pub form: EventForm,
    pub asked_by: Vec<Choice>,
}

/// `GET …/hold/new`, `POST …/hold`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/events/hold.html")]
pub struct HoldPage {
    pub chrome: Chrome,
    pub form: EventForm,
}

/// `GET …/hold/release`, `POST …/hold/release`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/events/hold_release.html")]
pub struct HoldReleasePage {
    pub chrome: Chrome,
    pub form: EventForm,
}

/// `GET …/override/new`, `POST …/override` (request), `POST …/override/approval`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/events/override.html")]
pub struct OverridePage {
    pub chrome: Chrome,
    pub form: EventForm,
    pub step: OverrideStep,
}

#[derive(Debug, Clone)]
pub enum OverrideStep {
    /// Nobody asked yet: write the ground.
    Request,
    /// Asked by this person: somebody else has to approve.
    Waiting { ground: String, requested_at: String },
    /// Asked by another supervisor: approve it.
    Approve { requested_by: String, requested_at: String, ground: String },
}

/// `GET …/key_compromise/new`, `POST …/key_compromise`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/events/key_compromise.html")]
pub struct KeyCompromisePage {
    pub chrome: Chrome,
    pub form: EventForm,
    pub reported_by: Vec<Choice>,
    /// `2026年11月25日(水) 10:24`
    pub deadline: String,
}

/// What these forms post; each takes the fields it has. `note` is the ground, the reason or the memo.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EventInput {
    pub version: i64,
    pub idem: String,
    pub requested_on: String,
    /// Contact id or `stranger`.
    pub asked_by: String,
    pub note: String,
}
