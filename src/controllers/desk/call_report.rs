//! Reads the call form into the report that the action judges.

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};

use crate::actions::record_call::RecordCall;
use crate::domain::application::parse_requested_on;
use crate::domain::calendar::jst;
use crate::domain::call::{CallOutcome, IdentityChecks};
use crate::domain::problem::Problem;
use crate::models::calls::Call;
use crate::models::case_file::CaseFile;
use crate::views::desk::case::CallInput;

const NOTE_CHARS: usize = 2000;

/// The report, or everything in the form that cannot be read.
pub fn report(file: &CaseFile, form: &CallInput) -> Result<RecordCall, Vec<Problem>> {
    let mut problems = Vec::new();
    let outcome = read(outcome(&form.outcome).map(Some), &mut problems);
    let is = |wanted: CallOutcome| outcome == Some(wanted);
    // A field of another result may hold anything: it was not shown.
    let call_back_at = if is(CallOutcome::CallBack) {
        read(read_instant(&form.call_back_on, &form.call_back_time), &mut problems)
    } else {
        None
    };
    let requested_on =
        if is(CallOutcome::Reschedule) { read(read_date(&form.requested_on), &mut problems) } else { None };
    if form.note.chars().count() > NOTE_CHARS {
        problems.push(Problem::on("note", "note_too_long"));
    }
    match outcome {
        Some(outcome) if problems.is_empty() => Ok(RecordCall {
            reception_number: file.case.reception_number,
            version: form.version,
            outcome,
            spoke_with: spoke_with(file, &form.spoke_with),
            identity_checks: identity_checks(&form.identity_checks),
            call_back_at,
            requested_on,
            note: Some(form.note.clone()),
        }),
        Some(_) | None => Err(problems),
    }
}

fn read<T>(field: Result<Option<T>, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    field.unwrap_or_else(|problem| {
        problems.push(problem);
        None
    })
}

fn outcome(text: &str) -> Result<CallOutcome, Problem> {
    if text.is_empty() { Err(Problem::on("outcome", "outcome_missing")) } else { text.parse() }
}

fn identity_checks(ticked: &[String]) -> IdentityChecks {
    let is_ticked = |name: &str| ticked.iter().any(|one| one == name);
    IdentityChecks {
        name_and_company: is_ticked("name_and_company"),
        reception_number_or_common_name: is_ticked("reception_number_or_common_name"),
    }
}

/// The chosen contact by name; the choice 記録にない方 names nobody of the records.
fn spoke_with(file: &CaseFile, chosen: &str) -> Option<String> {
    match chosen {
        "" => None,
        chosen => {
            let contact = file.contacts.iter().find(|contact| contact.id.to_string() == chosen);
            Some(contact.map_or_else(|| "stranger".to_owned(), |contact| contact.name.clone()))
        }
    }
}

pub fn read_date(text: &str) -> Result<Option<NaiveDate>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => parse_requested_on(text).map(Some),
    }
}

fn read_instant(day: &str, time: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    let malformed = || Problem::on("call_back_at", "call_back_malformed");
    match (day.trim(), time.trim()) {
        ("", _) | (_, "") => Ok(None),
        (day, time) => {
            let day: NaiveDate = day.parse().map_err(|_| malformed())?;
            let time = NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| malformed())?;
            Ok(Some(jst(day, time.hour(), time.minute())))
        }
    }
}

/// Whether this very form was recorded before: the button was pressed twice.
pub fn is_recorded(file: &CaseFile, form: &CallInput, caller: &str) -> bool {
    let written = |call: &Call| call.note.as_deref().unwrap_or_default().trim().to_owned();
    file.calls.iter().any(|call| {
        call.case_version == form.version + 1
            && call.caller == caller
            && call.outcome.as_str() == form.outcome
            && written(call) == form.note.trim()
    })
}

/// Whether anything was typed or chosen, and so can be lost.
pub fn is_filled_in(form: &CallInput) -> bool {
    let texts =
        [&form.outcome, &form.spoke_with, &form.call_back_on, &form.call_back_time, &form.requested_on, &form.note];
    !form.identity_checks.is_empty() || texts.iter().any(|text| !text.trim().is_empty())
}
