//! The conditions of the list, as the address has them and as the database is asked.

use crate::controllers::desk::frame::Frame;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::case_list::{self, Assigned};
use crate::models::case_queue::CaseFilter;
use crate::views::desk::cases::CaseFilter as FilterForm;
use crate::views::form::Choice;

/// The one who asks.
const ME: &str = "me";

/// What cannot be read narrows nothing down: a list is shown rather than an error. A search outside the views finds
/// closed cases too.
pub fn filter_of(frame: &Frame, form: &FilterForm) -> CaseFilter {
    let state = form.state.parse().ok();
    let assigned = match form.assignee.as_str() {
        ME => Some(Assigned::To(frame.staff.id)),
        other => other.parse().ok(),
    };
    CaseFilter {
        view: form.view.parse().unwrap_or_default(),
        everything: form.view.is_empty() && (state.is_some() || !form.q.trim().is_empty()),
        state,
        validation: form.validation.parse().ok(),
        assigned,
        due_from: form.from.parse().ok(),
        due_to: form.to.parse().ok(),
        q: Some(form.q.clone()),
        urgent: false,
        except: Vec::new(),
    }
}

pub fn validation_choices(t: Texts, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("list.all"), chosen.is_empty())];
    for (kind, label) in [(ValidationType::Ev, "EV"), (ValidationType::Ov, "OV")] {
        choices.push(Choice::new(kind.as_str(), label, chosen == kind.as_str()));
    }
    choices
}

pub fn state_choices(t: Texts, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("list.all"), chosen.is_empty())];
    for state in CaseState::ALL {
        let label = t.s(&format!("state.{}", state.as_str()));
        choices.push(Choice::new(state.as_str(), label, chosen == state.as_str()));
    }
    choices
}

/// Everybody, oneself, nobody, then the colleagues by name.
pub async fn assignee_choices(frame: &Frame, chosen: &str) -> Result<Vec<Choice>> {
    let t = frame.t;
    let mut choices = vec![
        Choice::new("", t.s("lists.anybody"), chosen.is_empty()),
        Choice::new(ME, t.s("lists.me"), chosen == ME),
        Choice::new("nobody", t.s("cases.nobody"), chosen == "nobody"),
    ];
    for colleague in case_list::colleagues(&frame.desk.db).await? {
        let id = colleague.id.to_string();
        let is_chosen = chosen == id;
        choices.push(Choice::new(id, colleague.name, is_chosen));
    }
    Ok(choices)
}
