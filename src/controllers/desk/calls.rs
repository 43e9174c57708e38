//! Recording a call.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};

use super::case_page::{self, Refused};
use super::frame::{Frame, case_href, reception_number};
use crate::actions::record_call::{RecordCall, record_call};
use crate::controllers::extractors::{Form, Path};
use crate::domain::calendar::jst;
use crate::domain::call::{CallOutcome, IdentityChecks};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::case_file::CaseFile;
use crate::models::revocation_cases::Case;
use crate::views::chrome::Flash;
use crate::views::desk::case::CallInput;
use crate::views::form::FieldErrors;

/// `POST /desk/cases/{no}/calls`
pub async fn create(frame: Frame, Path(no): Path<String>, Form(form): Form<CallInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let number = reception_number(&no)?;
    let file = CaseFile::load(&frame.desk.db, number).await?;
    let recorded = match input(number, &file, &form) {
        Ok(input) => record_call(&frame.desk, input, &frame.actor(), frame.now).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match recorded {
        Ok(case) => after(&frame, &file, &case, &form).await,
        Err(error) => refused(&frame, &file, form, error).await,
    }
}

/// The page stays on the case, or goes on to the revocation when the agent asked for it.
async fn after(frame: &Frame, file: &CaseFile, case: &Case, form: &CallInput) -> Result<Response> {
    let href = case_href(case.reception_number);
    if form.then == "revoke" && form.outcome == CallOutcome::Confirmed.as_str() {
        return Ok(Redirect::to(&format!("{href}/revocation/new")).into_response());
    }
    let outcome = frame.t.s(&format!("outcome.{}", form.outcome));
    let text = frame.t.f("call.recorded", &[("company", &file.subscriber.name), ("outcome", &outcome)]);
    frame.flashes.put(Flash { next_call: true, ..Flash::done(text) }).await?;
    Ok(Redirect::to(&href).into_response())
}

/// The case again, with everything typed and why it was not taken.
async fn refused(frame: &Frame, file: &CaseFile, form: CallInput, error: Error) -> Result<Response> {
    let (status, problems) = match error {
        Error::Invalid(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Error::Conflict(problem) => (StatusCode::CONFLICT, vec![problem]),
        other => return Err(other),
    };
    let lost = problems.iter().any(|problem| problem.code == "claim_lost");
    let refused = Refused {
        errors: if lost { FieldErrors::default() } else { FieldErrors::of(frame.t, &problems) },
        lease_lost: lost.then(|| frame.t.s("lease.lost").to_owned()),
        input: form,
    };
    let page = case_page::page(frame, file, "", Some(refused)).await?;
    Ok((status, page).into_response())
}

fn input(number: ReceptionNumber, file: &CaseFile, form: &CallInput) -> Result<RecordCall, Vec<Problem>> {
    let mut problems = Vec::new();
    let outcome = match form.outcome.as_str() {
        "" => Err(Problem::on("outcome", "outcome_missing")),
        text => text.parse::<CallOutcome>(),
    };
    let call_back_at = read_instant(&form.call_back_on, &form.call_back_time);
    let requested_on = read_date(&form.requested_on);
    let is = |wanted: CallOutcome| form.outcome == wanted.as_str();
    problems.extend(call_back_at.as_ref().err().filter(|_| is(CallOutcome::CallBack)).cloned());
    problems.extend(requested_on.as_ref().err().filter(|_| is(CallOutcome::Reschedule)).cloned());
    if form.note.chars().count() > 2000 {
        problems.push(Problem::on("note", "note_too_long"));
    }
    match outcome {
        Ok(outcome) if problems.is_empty() => Ok(RecordCall {
            reception_number: number,
            version: form.version,
            outcome,
            spoke_with: spoke_with(file, &form.spoke_with),
            identity_checks: IdentityChecks {
                name_and_company: form.identity_checks.iter().any(|check| check == "name_and_company"),
                reception_number_or_common_name: form
                    .identity_checks
                    .iter()
                    .any(|check| check == "reception_number_or_common_name"),
            },
            call_back_at: call_back_at.ok().flatten().filter(|_| outcome == CallOutcome::CallBack),
            requested_on: requested_on.ok().flatten().filter(|_| outcome == CallOutcome::Reschedule),
            note: Some(form.note.clone()),
        }),
        outcome => {
            problems.extend(outcome.err());
            Err(problems)
        }
    }
}

/// The chosen contact by name; the choice 記録にない方 names nobody of the records.
pub(super) fn spoke_with(file: &CaseFile, chosen: &str) -> Option<String> {
    match chosen {
        "" => None,
        chosen => {
            let contact = file.contacts.iter().find(|contact| contact.id.to_string() == chosen);
            Some(contact.map_or_else(|| "stranger".to_owned(), |contact| contact.name.clone()))
        }
    }
}

pub(super) fn read_date(text: &str) -> Result<Option<NaiveDate>, Problem> {
    match text.trim() {
        "" => Ok(None),
        text => crate::domain::application::parse_requested_on(text).map(Some),
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
