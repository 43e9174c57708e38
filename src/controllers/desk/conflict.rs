//! The page for somebody whose form was overtaken: what changed meanwhile, by whom, and everything typed.

use super::case;
use super::case::history::actor_label;
use super::frame::{Frame, case_href};
use crate::domain::call::CallOutcome;
use crate::domain::case::{CaseEvent, CaseState};
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::case_file::CaseFile;
use crate::views::chrome::Place;
use crate::views::desk::case::CallInput;
use crate::views::desk::case_events::EventInput;
use crate::views::desk::conflict::{ConflictPage, ConflictRow, Resubmission};

/// `file` is the case as it stands now; the form knows the version it was filled in on.
pub async fn of_call(frame: &Frame, file: &CaseFile, form: &CallInput) -> Result<ConflictPage> {
    let held = file.case.is_held_by(&frame.actor(), frame.now);
    let path = if held { "calls" } else { "claim" };
    let again =
        (file.case.state == CaseState::AwaitingCall).then(|| resubmission(frame, file, path, call_fields(form)));
    page(frame, file, form.version, typed_in_call(frame.t, file, form), again).await
}

/// `path` is where the form posts to below the case; `event` is what it asks for.
pub async fn of_event(
    frame: &Frame,
    file: &CaseFile,
    form: &EventInput,
    (path, event): (&str, CaseEvent),
) -> Result<ConflictPage> {
    let fields = [("requested_on", &form.requested_on), ("asked_by", &form.asked_by), ("note", &form.note)];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let again = file.case.state.after(event).is_ok().then(|| resubmission(frame, file, path, fields));
    page(frame, file, form.version, typed_in_event(frame.t, file, form), again).await
}

async fn page(
    frame: &Frame,
    file: &CaseFile,
    seen: i64,
    typed: Vec<(String, String)>,
    again: Option<Resubmission>,
) -> Result<ConflictPage> {
    let names = frame.staff_names(file.events.iter().map(|event| event.actor.as_str())).await?;
    let last = file.steps_after(seen).last();
    Ok(ConflictPage {
        chrome: frame.chrome(Place::Cases).await?,
        head: case::page::head(frame, file),
        changed_by: last.map(|event| actor_label(frame.t, file, &names, &event.actor)).unwrap_or_default(),
        changed_at: last.map_or(file.case.updated_at, |event| event.at),
        rows: differences(frame.t, file, seen),
        typed: typed.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect(),
        again,
    })
}

fn resubmission(frame: &Frame, file: &CaseFile, path: &str, fields: Vec<(String, String)>) -> Resubmission {
    let action = format!("{}/{path}", case_href(file.case.reception_number));
    Resubmission { action, guard: frame.guard(&file.case), fields }
}

fn differences(t: Texts, file: &CaseFile, seen: i64) -> Vec<ConflictRow> {
    let state = |state: CaseState| t.s(&format!("state.{}", state.as_str())).to_owned();
    let outcome = |outcome: Option<CallOutcome>| {
        outcome.map_or_else(
            || t.s("conflict.no_call").to_owned(),
            |one| t.s(&format!("outcome.{}", one.as_str())).to_owned(),
        )
    };
    let last_call =
        |until: i64| file.calls.iter().rev().find(|call| call.case_version <= until).map(|call| call.outcome);
    let now = &file.case;
    let mut rows = vec![
        ("col.status", state(file.state_at(seen)), state(now.state)),
        ("col.requested_on", dates::table(t, file.requested_on_at(seen)), dates::table(t, now.requested_on)),
        ("case.result", outcome(last_call(seen)), outcome(last_call(now.version))),
    ];
    rows.retain(|(_, before, now)| before != now);
    rows.into_iter().map(|(label, before, now)| ConflictRow { label: t.s(label).to_owned(), before, now }).collect()
}

fn call_fields(form: &CallInput) -> Vec<(String, String)> {
    let single = [
        ("outcome", &form.outcome),
        ("spoke_with", &form.spoke_with),
        ("call_back_on", &form.call_back_on),
        ("call_back_time", &form.call_back_time),
        ("requested_on", &form.requested_on),
        ("note", &form.note),
        ("then", &form.then),
    ];
    let ticked = form.identity_checks.iter().map(|check| ("identity_checks", check));
    single.into_iter().chain(ticked).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn typed_in_call(t: Texts, file: &CaseFile, form: &CallInput) -> Vec<(String, String)> {
    let word = |group: &str, value: &str| t.get(&format!("{group}.{value}")).unwrap_or_default().to_owned();
    let checks: Vec<String> = form.identity_checks.iter().map(|check| word("identity", check)).collect();
    let call_back = format!("{} {}", form.call_back_on, form.call_back_time);
    let typed = [
        ("call.outcome", word("outcome", &form.outcome)),
        ("call.call_back_at", call_back),
        ("call.requested_on", form.requested_on.clone()),
        ("call.identity", checks.join("\n")),
        ("call.spoke_with", case::people::person(t, file, &form.spoke_with)),
        ("call.note", form.note.clone()),
    ];
    typed.into_iter().map(|(label, value)| (t.s(label).to_owned(), value)).collect()
}

fn typed_in_event(t: Texts, file: &CaseFile, form: &EventInput) -> Vec<(String, String)> {
    let typed = [
        ("call.requested_on", form.requested_on.clone()),
        ("event.asked_by", case::people::person(t, file, &form.asked_by)),
        ("event.note", form.note.clone()),
    ];
    typed.into_iter().map(|(label, value)| (t.s(label).to_owned(), value)).collect()
}
