//! What else happens to a case, each a page with one form: new date, withdrawal, hold, override, key compromise.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::call_report::read_date;
use super::case;
use super::conflict;
use super::frame::{Frame, case_href, reception_number};
use crate::actions::approve_override::{ApproveOverride, approve_override as approve};
use crate::actions::hold_case::{HoldCase, hold_case};
use crate::actions::release_hold::{ReleaseHold, release_hold};
use crate::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use crate::actions::request_override::{RequestOverride, request_override};
use crate::actions::reschedule::{Reschedule, reschedule};
use crate::actions::withdraw::{Withdraw, withdraw};
use crate::controllers::extractors::{Form, Path};
use crate::domain::application::compromise_deadline;
use crate::domain::case::CaseEvent;
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::case_file::CaseFile;
use crate::models::contacts::Contact;
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::case_events::{
    EventForm, EventInput, HoldPage, HoldReleasePage, KeyCompromisePage, OverridePage, OverrideStep, RequestedOnPage,
    WithdrawalPage,
};
use crate::views::form::FieldErrors;

/// Where a form posts to below its case, and what it asks to happen.
type Asked = (&'static str, CaseEvent);

/// A case and the form that was (or will be) filled in about it.
struct Event {
    frame: Frame,
    file: CaseFile,
    input: EventInput,
    errors: FieldErrors,
}

impl Event {
    async fn load(frame: Frame, no: &str, permission: Permission, input: EventInput) -> Result<Self> {
        frame.staff.require(permission)?;
        let file = CaseFile::load(&frame.desk.db, reception_number(no)?).await?;
        Ok(Self { frame, file, input, errors: FieldErrors::default() })
    }

    fn form(&self) -> EventForm {
        let (t, case) = (self.frame.t, &self.file.case);
        let names = case::certificates::names(t, &self.file.source);
        EventForm {
            head: case::page::head(&self.frame, &self.file),
            guard: self.frame.guard(case),
            facts: vec![
                (t.s("cert.common_name").to_owned(), format!("{} {}", names.common_name, names.others)),
                (t.s("col.requested_on").to_owned(), dates::table(t, case.requested_on)),
                (t.s("cases.source_expires").to_owned(), dates::table(t, self.file.source.last_day())),
            ],
            note: self.input.note.clone(),
            errors: self.errors.clone(),
        }
    }

    /// Who asked for it and why, as one sentence for the record.
    fn ground(&self) -> String {
        let who = case::people::person(self.frame.t, &self.file, &self.input.asked_by);
        format!("{who} {}", self.input.note).trim().to_owned()
    }

    /// Back to the case with what was done, or with why it cannot be done any more; `Err` carries the refused form.
    async fn finish<T>(mut self, done: Result<T>, text: String, asked: Asked) -> Result<Result<Response, Self>> {
        let flash = match done {
            Ok(_) => Flash::done(text),
            Err(Error::Conflict(problem)) if problem.code == "stale_version" => {
                let file = CaseFile::load(&self.frame.desk.db, self.file.case.reception_number).await?;
                let page = conflict::of_event(&self.frame, &file, &self.input, asked).await?;
                return Ok(Ok((StatusCode::CONFLICT, page).into_response()));
            }
            Err(Error::Conflict(problem)) => {
                Flash { kind: FlashKind::Error, text: self.frame.t.problem(&problem), next_call: false }
            }
            Err(Error::Invalid(problems)) => {
                self.errors = FieldErrors::of(self.frame.t, &problems);
                return Ok(Err(self));
            }
            Err(error) => return Err(error),
        };
        self.frame.flashes.put(flash).await?;
        Ok(Ok(Redirect::to(&case_href(self.file.case.reception_number)).into_response()))
    }
}

fn refused(page: impl IntoResponse) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

// 失効希望日を変更

pub async fn edit_requested_on(frame: Frame, Path(no): Path<String>) -> Result<RequestedOnPage> {
    requested_on_page(&Event::load(frame, &no, Permission::WorkCases, EventInput::default()).await?).await
}

async fn requested_on_page(event: &Event) -> Result<RequestedOnPage> {
    let (first, last) = case::page::date_limits(&event.frame, &event.file);
    let t = event.frame.t;
    Ok(RequestedOnPage {
        chrome: event.frame.chrome(Place::Cases).await?,
        form: event.form(),
        requested_on: event.input.requested_on.clone(),
        first_day: first.to_string(),
        last_day: last.to_string(),
        limits: t.f("reschedule.limits", &[("from", &dates::long(t, first)), ("to", &dates::long(t, last))]),
    })
}

pub async fn update_requested_on(
    frame: Frame,
    Path(no): Path<String>,
    Form(input): Form<EventInput>,
) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::WorkCases, input).await?;
    let (done, text) = match read_date(&event.input.requested_on) {
        Ok(Some(requested_on)) => {
            let order = Reschedule {
                reception_number: event.file.case.reception_number,
                version: event.input.version,
                requested_on,
            };
            let done = reschedule(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await;
            (done, event.frame.t.f("reschedule.done", &[("day", &dates::long(event.frame.t, requested_on))]))
        }
        Ok(None) => (Err(Problem::on("requested_on", "requested_on_missing").into()), String::new()),
        Err(problem) => (Err(problem.into()), String::new()),
    };
    match event.finish(done, text, ("requested_on", CaseEvent::DateChanged)).await? {
        Ok(response) => Ok(response),
        Err(event) => Ok(refused(requested_on_page(&event).await?)),
    }
}

// 取り下げ

pub async fn new_withdrawal(frame: Frame, Path(no): Path<String>) -> Result<WithdrawalPage> {
    withdrawal_page(&Event::load(frame, &no, Permission::WorkCases, EventInput::default()).await?).await
}

async fn withdrawal_page(event: &Event) -> Result<WithdrawalPage> {
    Ok(WithdrawalPage {
        chrome: event.frame.chrome(Place::Cases).await?,
        form: event.form(),
        asked_by: case::people::people(event.frame.t, &event.file, &event.input.asked_by),
    })
}

/// Only an entitled contact withdraws.
pub async fn create_withdrawal(
    frame: Frame,
    Path(no): Path<String>,
    Form(input): Form<EventInput>,
) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::WorkCases, input).await?;
    let done = match asked_by(&event.file, &event.input) {
        Err(problem) => Err(problem.into()),
        Ok(()) => {
            let order = Withdraw {
                reception_number: event.file.case.reception_number,
                version: event.input.version,
                ground: event.ground(),
            };
            withdraw(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await
        }
    };
    let text = event.frame.t.s("withdraw.done").to_owned();
    match event.finish(done, text, ("withdrawal", CaseEvent::Withdrawn)).await? {
        Ok(response) => Ok(response),
        Err(event) => Ok(refused(withdrawal_page(&event).await?)),
    }
}

fn asked_by(file: &CaseFile, input: &EventInput) -> Result<(), Problem> {
    let is_chosen = |contact: &Contact| contact.id.to_string() == input.asked_by;
    match input.asked_by.as_str() {
        "" => Err(Problem::on("asked_by", "reporter_missing")),
        _ if file.contacts.iter().any(is_chosen) => Ok(()),
        _ => Err(Problem::on("asked_by", "spoke_with_stranger")),
    }
}

// 保留

pub async fn new_hold(frame: Frame, Path(no): Path<String>) -> Result<HoldPage> {
    hold_page(&Event::load(frame, &no, Permission::WorkCases, EventInput::default()).await?).await
}

async fn hold_page(event: &Event) -> Result<HoldPage> {
    Ok(HoldPage { chrome: event.frame.chrome(Place::Cases).await?, form: event.form() })
}

pub async fn create_hold(frame: Frame, Path(no): Path<String>, Form(input): Form<EventInput>) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::WorkCases, input).await?;
    let order = HoldCase {
        reception_number: event.file.case.reception_number,
        version: event.input.version,
        note: event.input.note.clone(),
    };
    let done = hold_case(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await;
    let text = event.frame.t.s("hold.done").to_owned();
    match event.finish(done, text, ("hold", CaseEvent::HoldPlaced)).await? {
        Ok(response) => Ok(response),
        Err(event) => Ok(refused(hold_page(&event).await?)),
    }
}

pub async fn edit_hold(frame: Frame, Path(no): Path<String>) -> Result<HoldReleasePage> {
    let event = Event::load(frame, &no, Permission::WorkCases, EventInput::default()).await?;
    Ok(HoldReleasePage { chrome: event.frame.chrome(Place::Cases).await?, form: event.form() })
}

pub async fn destroy_hold(frame: Frame, Path(no): Path<String>, Form(input): Form<EventInput>) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::WorkCases, input).await?;
    let order = ReleaseHold { reception_number: event.file.case.reception_number, version: event.input.version };
    let done = release_hold(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await;
    let text = event.frame.t.s("hold_release.done").to_owned();
    match event.finish(done, text, ("hold/release", CaseEvent::HoldResolved)).await? {
        Ok(response) => Ok(response),
        Err(event) => {
            let page = HoldReleasePage { chrome: event.frame.chrome(Place::Cases).await?, form: event.form() };
            Ok(refused(page))
        }
    }
}

// 責任者の承認

pub async fn new_override(frame: Frame, Path(no): Path<String>) -> Result<OverridePage> {
    override_page(&Event::load(frame, &no, Permission::Supervise, EventInput::default()).await?).await
}

async fn override_page(event: &Event) -> Result<OverridePage> {
    let step = match &event.file.override_request {
        None => OverrideStep::Request,
        Some(request) if request.requested_by == event.frame.actor().key() => OverrideStep::Waiting {
            ground: request.ground.clone(),
            requested_at: dates::long_instant(event.frame.t, request.requested_at),
        },
        Some(request) => OverrideStep::Approve {
            requested_by: request.requested_by_name.clone(),
            requested_at: dates::long_instant(event.frame.t, request.requested_at),
            ground: request.ground.clone(),
        },
    };
    Ok(OverridePage { chrome: event.frame.chrome(Place::Cases).await?, form: event.form(), step })
}

pub async fn create_override(frame: Frame, Path(no): Path<String>, Form(input): Form<EventInput>) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::Supervise, input).await?;
    let order = RequestOverride {
        reception_number: event.file.case.reception_number,
        version: event.input.version,
        ground: event.input.note.clone(),
    };
    let done = request_override(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await;
    let done = done.map_err(|error| on_field(error, "ground", "note"));
    let text = event.frame.t.s("override.requested").to_owned();
    match event.finish(done, text, ("override", CaseEvent::OverrideApproved)).await? {
        Ok(response) => Ok(response),
        Err(event) => Ok(refused(override_page(&event).await?)),
    }
}

pub async fn approve_override(frame: Frame, Path(no): Path<String>, Form(input): Form<EventInput>) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::Supervise, input).await?;
    let order = ApproveOverride { reception_number: event.file.case.reception_number, version: event.input.version };
    let done = approve(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await;
    let text = event.frame.t.s("override.approved").to_owned();
    match event.finish(done, text, ("override/approval", CaseEvent::OverrideApproved)).await? {
        Ok(response) => Ok(response),
        Err(event) => Ok(refused(override_page(&event).await?)),
    }
}

/// The same problem beside the field that this page calls differently.
fn on_field(error: Error, from: &str, to: &'static str) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in problems.iter_mut().filter(|problem| problem.field == Some(from)) {
        problem.field = Some(to);
    }
    Error::Invalid(problems)
}

// 鍵の漏えい

pub async fn new_key_compromise(frame: Frame, Path(no): Path<String>) -> Result<KeyCompromisePage> {
    key_compromise_page(&Event::load(frame, &no, Permission::WorkCases, EventInput::default()).await?).await
}

async fn key_compromise_page(event: &Event) -> Result<KeyCompromisePage> {
    Ok(KeyCompromisePage {
        chrome: event.frame.chrome(Place::Cases).await?,
        form: event.form(),
        reported_by: case::people::people(event.frame.t, &event.file, &event.input.asked_by),
        deadline: dates::long_instant(event.frame.t, compromise_deadline(event.frame.now)),
    })
}

pub async fn create_key_compromise(
    frame: Frame,
    Path(no): Path<String>,
    Form(input): Form<EventInput>,
) -> Result<Response> {
    let event = Event::load(frame, &no, Permission::WorkCases, input).await?;
    let done = match report_lacks(&event.input) {
        problems if problems.is_empty() => {
            let order = ReportKeyCompromise {
                reception_number: event.file.case.reception_number,
                version: event.input.version,
                ground: event.ground(),
            };
            report_key_compromise(&event.frame.desk, order, &event.frame.actor(), event.frame.now).await
        }
        problems => Err(Error::Invalid(problems)),
    };
    let deadline = dates::long_instant(event.frame.t, compromise_deadline(event.frame.now));
    let text = event.frame.t.f("compromise.done", &[("deadline", &deadline)]);
    match event.finish(done, text, ("key_compromise", CaseEvent::KeyCompromiseReported)).await? {
        Ok(response) => Ok(response),
        Err(event) => Ok(refused(key_compromise_page(&event).await?)),
    }
}

/// Anybody may report a compromise, but not nobody and without a word.
fn report_lacks(input: &EventInput) -> Vec<Problem> {
    let mut problems = Vec::new();
    if input.asked_by.is_empty() {
        problems.push(Problem::on("asked_by", "reporter_missing"));
    }
    if input.note.trim().is_empty() {
        problems.push(Problem::on("note", "compromise_note_missing"));
    }
    problems
}
