//! Whom a case's page names: the one to phone, the other contacts, the roles in words.

use chrono::{DateTime, Utc};

use super::history;
use crate::controllers::desk::frame::Frame;
use crate::domain::call::CallOutcome;
use crate::domain::certificate::ValidationType;
use crate::domain::contact::{ContactRole, PhoneNumber};
use crate::domain::role::Permission;
use crate::messages::{Texts, dates};
use crate::models::case_file::CaseFile;
use crate::models::contacts::Contact;
use crate::views::desk::case::{Callee, OtherContact};
use crate::views::form::Choice;

pub(super) fn callee(frame: &Frame, file: &CaseFile, contact: &Contact, names: &history::Names) -> Callee {
    let t = frame.t;
    let phone = PhoneNumber::parse(&contact.phone).ok();
    let held = file.case.is_held_by(&frame.actor(), frame.now);
    let ev = file.source.validation == ValidationType::Ev;
    Callee {
        role: role_label(t, contact.role),
        name: contact.name.clone(),
        details: [&contact.name_kana, &contact.department].into_iter().flatten().cloned().collect(),
        phone: shown_phone(frame, phone.as_ref()),
        extension: phone.as_ref().and_then(PhoneNumber::extension).map(str::to_owned),
        dial: phone.as_ref().filter(|_| held).map(|phone| phone.e164().to_owned()),
        why: t.s(if ev { "case.why_ev" } else { "case.why_ov" }).to_owned(),
        phone_source: t.f(
            "case.phone_verified",
            &[
                ("source", &contact.phone_source),
                ("day", &dates::numeric(contact.verified_on)),
                ("verifier", names.get(&contact.verified_by).unwrap_or(&contact.verified_by)),
            ],
        ),
        hours: match (promised(file), file.case.call_band) {
            (Some(at), _) => t.f("case.hours_promised", &[("when", &dates::short_instant(t, at))]),
            (None, Some(band)) => t.s(&format!("call_band.{}", band.as_str())).to_owned(),
            (None, None) => t.s("case.hours_none").to_owned(),
        },
    }
}

/// The hour that the customer named in the last call; the hour of a mere retry is promised to nobody.
fn promised(file: &CaseFile) -> Option<DateTime<Utc>> {
    let last = file.calls.last().filter(|call| call.outcome == CallOutcome::CallBack);
    last.and(file.case.next_call_at)
}

/// Roles that neither call nor export see the last four digits only.
pub(super) fn shown_phone(frame: &Frame, phone: Option<&PhoneNumber>) -> String {
    let Some(phone) = phone else { return String::new() };
    if frame.may(Permission::WorkCases) || frame.may(Permission::Export) {
        phone.written().to_owned()
    } else {
        format!("***-{}", phone.tail())
    }
}

pub fn role_label(t: Texts, role: ContactRole) -> String {
    t.s(&format!("contact_role.{}", role.as_str())).to_owned()
}

pub(super) fn other_contacts(t: Texts, file: &CaseFile) -> Vec<OtherContact> {
    let callee = file.callee().map(|contact| contact.id);
    let others = file.contacts.iter().filter(|contact| Some(contact.id) != callee);
    others
        .map(|contact| OtherContact {
            role: role_label(t, contact.role),
            name: contact.name.clone(),
            phone: PhoneNumber::parse(&contact.phone).map(|phone| format!("***-{}", phone.tail())).unwrap_or_default(),
            note: t.s("case.not_for_confirmation").to_owned(),
        })
        .collect()
}

/// The subscriber's contacts, and the one who stands in no record.
pub fn people(t: Texts, file: &CaseFile, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("contact_role.choose"), chosen.is_empty())];
    for contact in &file.contacts {
        let value = contact.id.to_string();
        let label = t.f("contact_role.named", &[("name", &contact.name), ("role", &role_label(t, contact.role))]);
        let is_chosen = chosen == value;
        choices.push(Choice::new(value, label, is_chosen));
    }
    choices.push(Choice::new("stranger", t.s("contact_role.stranger"), chosen == "stranger"));
    choices
}

/// The label of the chosen contact; nothing for none.
pub fn person(t: Texts, file: &CaseFile, chosen: &str) -> String {
    let mut choices = people(t, file, chosen).into_iter();
    choices.find(|choice| choice.chosen && !choice.value.is_empty()).map(|choice| choice.label).unwrap_or_default()
}
