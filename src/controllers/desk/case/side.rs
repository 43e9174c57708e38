//! The panel beside the case: what can be done now, or how it stands.

use super::page::Refused;
use super::people::{people, role_label, shown_phone};
use crate::controllers::desk::frame::{Frame, case_href};
use crate::domain::authorization::AuthorizationKind;
use crate::domain::call::first_call_day;
use crate::domain::case::CaseState;
use crate::domain::contact::PhoneNumber;
use crate::domain::role::Permission;
use crate::messages::{Texts, dates};
use crate::models::authorizations::AuthorizationRow;
use crate::models::case_file::CaseFile;
use crate::views::desk::case::{CallForm, Side, SidePanel};

pub(super) fn side(frame: &Frame, file: &CaseFile, refused: Option<Refused>) -> Side {
    let (t, case) = (frame.t, &file.case);
    let href = case_href(case.reception_number);
    let message = |key: &str| Side::Panel(stands(t, key));
    match case.state {
        CaseState::AwaitingCall => waiting(frame, file, refused, &href),
        CaseState::Confirmed => {
            let mut panel = SidePanel::confirmed(t, &href, authorization_facts(frame, file));
            if !frame.may(Permission::WorkCases) {
                panel.steps.clear();
            }
            Side::Panel(panel)
        }
        CaseState::OnHold => Side::Panel(on_hold(frame, file)),
        CaseState::AwaitingReissue => message("side.awaiting_reissue"),
        CaseState::Revoking => message("side.revoking"),
        CaseState::Revoked => ended(frame, file, "side.revoked"),
        CaseState::Completed => ended(frame, file, "side.completed"),
        CaseState::Withdrawn => message("side.withdrawn"),
        CaseState::Expired => message("side.expired"),
    }
}

/// Where the case stands, when there is no call to record.
fn stands(t: Texts, key: &str) -> SidePanel {
    SidePanel { heading: t.s("col.status").to_owned(), ..SidePanel::message(t, t.s(key).to_owned()) }
}

fn waiting(frame: &Frame, file: &CaseFile, refused: Option<Refused>, href: &str) -> Side {
    let (t, case) = (frame.t, &file.case);
    if !frame.may(Permission::WorkCases) {
        return Side::Panel(SidePanel::message(t, t.s("side.read_only").to_owned()));
    }
    if case.is_held_by(&frame.actor(), frame.now) || refused.is_some() {
        return Side::Call(Box::new(call_form(frame, file, refused.unwrap_or_default(), href)));
    }
    if case.holder(frame.now).is_some() {
        let name = case.lease_holder_name.as_deref().unwrap_or_default();
        return Side::Panel(SidePanel::message(t, t.f("side.held_by_other", &[("name", &name)])));
    }
    let first =
        first_call_day(case.due_on, frame.desk.calls_on(frame.today()).window_business_days, &frame.desk.calendar());
    let mut panel = SidePanel::claim(t, href, frame.guard(case));
    if first > frame.today() {
        panel.facts.push((String::new(), t.f("side.not_due", &[("day", &dates::table(t, first))])));
    }
    Side::Panel(panel)
}

fn call_form(frame: &Frame, file: &CaseFile, refused: Refused, href: &str) -> CallForm {
    let (t, input) = (frame.t, refused.input);
    CallForm {
        hours: frame.hours(),
        guard: frame.guard(&file.case),
        case_href: href.to_owned(),
        attempt_no: u32::try_from(file.calls.len() + 1).unwrap_or(u32::MAX),
        started_at: file.case.lease_taken_at.unwrap_or(frame.now),
        outcomes: CallForm::outcome_choices(t, input.outcome.parse().ok()),
        identity_checks: CallForm::identity_choices(t, &input.identity_checks),
        spoke_with: people(t, file, &input.spoke_with),
        call_back_on: input.call_back_on,
        call_back_time: input.call_back_time,
        requested_on: input.requested_on,
        first_day: frame.today().to_string(),
        last_day: file.source.last_day().to_string(),
        note: input.note,
        errors: refused.errors,
        lease_lost: refused.lease_lost,
    }
}

fn authorization_facts(frame: &Frame, file: &CaseFile) -> Vec<(String, String)> {
    let Some(row) = file.live_authorization() else { return Vec::new() };
    vec![(frame.t.s("side.confirmed_by").to_owned(), authorization(frame, file, row))]
}

/// What permits the revocation, in words.
pub fn authorization(frame: &Frame, file: &CaseFile, row: &AuthorizationRow) -> String {
    let (t, time) = (frame.t, dates::short_instant(frame.t, row.granted_at));
    match row.kind {
        AuthorizationKind::PhoneConfirmation => {
            let call = file.calls.iter().find(|call| Some(call.id) == row.call_id);
            let contact = call.and_then(|call| file.contacts.iter().find(|contact| contact.id == call.contact_id));
            let role = contact.map(|contact| role_label(t, contact.role)).unwrap_or_default();
            let name = call.and_then(|call| call.spoke_with.clone()).unwrap_or_default();
            let phone = contact.and_then(|contact| PhoneNumber::parse(&contact.phone).ok());
            let phone = shown_phone(frame, phone.as_ref());
            t.f("revoke.confirmed_with", &[("role", &role), ("name", &name), ("phone", &phone), ("time", &time)])
        }
        AuthorizationKind::KeyCompromise => t.f("authorization.key_compromise", &[("time", &time)]),
        AuthorizationKind::SupervisorOverride => {
            t.f("authorization.supervisor_override", &[("name", &row.granted_by_name), ("time", &time)])
        }
        AuthorizationKind::Incident => t.f("authorization.incident", &[("time", &time)]),
    }
}

fn on_hold(frame: &Frame, file: &CaseFile) -> SidePanel {
    let t = frame.t;
    let mut panel = stands(t, "side.on_hold");
    if let Some(reason) = file.case.hold_reason {
        let label = t.s(&format!("hold_reason.{}", reason.as_str()));
        panel.facts.push((t.s("hold_reason.title").to_owned(), label.to_owned()));
    }
    if let Some(note) = file.case.hold_note.clone().filter(|note| !note.is_empty()) {
        panel.facts.push((t.s("call.note").to_owned(), note));
    }
    panel
}

fn ended(frame: &Frame, file: &CaseFile, key: &str) -> Side {
    let t = frame.t;
    let mut panel = stands(t, key);
    if let Some(at) = file.case.revoked_at {
        panel.facts.push((t.s("side.revoked_at").to_owned(), dates::long_instant(t, at)));
    }
    if let Some(row) = &file.authorization {
        panel.facts.push((t.s("side.confirmed_by").to_owned(), authorization(frame, file, row)));
    }
    Side::Panel(panel)
}
