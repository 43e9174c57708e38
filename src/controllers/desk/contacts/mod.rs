//! S7 連絡先変更: the list, the first person's verification, the second person's approval, and changes that begin at
//! the desk. What the pages show is `dossier`.

mod dossier;
mod list;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use serde::Deserialize;

use self::dossier::Dossier;
use super::frame::{Frame, case_href, reception_number};
use crate::actions::approve_contact_change::approve_contact_change;
use crate::actions::decline_contact_change::decline_contact_change;
use crate::actions::decline_contact_proposal::decline_contact_proposal;
use crate::actions::request_contact_change::request_contact_change;
use crate::actions::verify_contact_proposal::verify_contact_proposal;
use crate::controllers::desk::claims::NoFields;
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::contact::{ContactRole, whom_to_phone};
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::models::case_file::CaseFile;
use crate::models::contact_proposals;
use crate::models::contacts::NewContact;
use crate::models::counting::Count;
use crate::models::handovers::{self, Handover, HandoverView, Page};
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::contacts::{ContactFilter, ContactsPage, NewContactPage, SuccessorForm, SuccessorInput};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Empty, Link, Pager, Tab, counted, counted_items};

const PAGE: u64 = 50;

pub fn proposal_href(id: i64) -> String {
    format!("/desk/contacts/proposals/{id}")
}

pub fn change_href(id: i64) -> String {
    format!("/desk/contacts/changes/{id}")
}

/// `GET /desk/contacts`
pub async fn index(frame: Frame, Query(filter): Query<ContactFilter>) -> Result<ContactsPage> {
    let (t, db) = (frame.t, &frame.desk.db);
    let view: HandoverView = filter.view.parse().unwrap_or_default();
    let page = Page::of(filter.after.parse().ok(), filter.before.parse().ok());
    let (handovers, more) = handovers::page(db, view, page, PAGE).await?;
    let counts = handovers::counts(db, HandoverView::ALL).await?;
    let counts: Vec<_> = HandoverView::ALL.into_iter().zip(counts).collect();
    let total = counts.iter().find(|(one, _)| *one == view).map(|(_, count)| *count).unwrap_or_default();
    let total = counted_items(t, total);
    let rows = list::rows(&frame, &handovers).await?;
    let shown = t.f("list.shown", &[("total", &total), ("n", &rows.len())]);
    Ok(ContactsPage {
        chrome: frame.chrome(Place::Contacts).await?,
        total,
        tabs: tabs(t, view, &counts),
        empty: rows.is_empty().then(|| Empty { text: t.s("contacts.empty").to_owned(), link: None }),
        pager: pager(&filter, page, &handovers, more, shown),
        rows,
    })
}

fn tabs(t: Texts, current: HandoverView, counts: &[(HandoverView, Count)]) -> Vec<Tab> {
    let tab = |(view, count): &(HandoverView, Count)| Tab {
        href: format!("/desk/contacts?view={}", view.as_str()),
        label: t.s(&format!("contacts.tab.{}", view.as_str())).to_owned(),
        count: Some(counted(t, *count)),
        hot: false,
        current: *view == current,
    };
    counts.iter().map(tab).collect()
}

fn pager(filter: &ContactFilter, page: Page, rows: &[Handover], more: bool, shown: String) -> Pager {
    let (newer, older) = page.neighbours(more);
    let cursor = |row: &Handover| row.cursor().to_string();
    Pager {
        shown,
        previous: rows.first().filter(|_| newer).map(|row| filter.page_before(&cursor(row))),
        next: rows.last().filter(|_| older).map(|row| filter.page_after(&cursor(row))),
    }
}

/// `GET /desk/contacts/proposals/{id}`; once it led to a change, that one's page.
pub async fn show_proposal(frame: Frame, Path(id): Path<i64>) -> Result<Response> {
    let proposal = contact_proposals::by_id(&frame.desk.db, id).await?;
    if let Some(change_id) = proposal.contact_change_id {
        return Ok(Redirect::to(&change_href(change_id)).into_response());
    }
    let dossier = Dossier::of_proposal(&frame, id).await?;
    Ok(dossier.page(&frame, SuccessorInput::default(), FieldErrors::default()).await?.into_response())
}

/// `GET /desk/contacts/changes/{id}`
pub async fn show_change(frame: Frame, Path(id): Path<i64>) -> Result<Response> {
    let dossier = Dossier::of_change(&frame, id).await?;
    Ok(dossier.page(&frame, SuccessorInput::default(), FieldErrors::default()).await?.into_response())
}

/// `POST /desk/contacts/proposals/{id}/verification`
pub async fn verify(frame: Frame, Path(id): Path<i64>, Form(input): Form<SuccessorInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let proposal = contact_proposals::by_id(&frame.desk.db, id).await?;
    let done = match successor(&frame, &input, proposal.subscriber_id, proposal.role) {
        Ok(successor) => verify_contact_proposal(&frame.desk, id, successor, &frame.actor(), frame.now).await,
        Err(problem) => Err(problem.into()),
    };
    let done = done.map(|change| Done { href: change_href(change.id), text: "contacts.done.verified" });
    match finish(&frame, done, proposal_href(id)).await? {
        Ok(response) => Ok(response),
        Err(errors) => refused(&frame, Dossier::of_proposal(&frame, id).await?, input, errors).await,
    }
}

/// `POST /desk/contacts/proposals/{id}/decline`
pub async fn decline_proposal(
    frame: Frame,
    Path(id): Path<i64>,
    Form(input): Form<SuccessorInput>,
) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let done = decline_contact_proposal(&frame.desk, id, &input.ground, &frame.actor(), frame.now).await;
    let done = done.map(|_| Done { href: proposal_href(id), text: "contacts.done.proposal_declined" });
    match finish(&frame, done, proposal_href(id)).await? {
        Ok(response) => Ok(response),
        Err(errors) => refused(&frame, Dossier::of_proposal(&frame, id).await?, input, errors).await,
    }
}

/// `POST /desk/contacts/changes/{id}/approval`
pub async fn approve(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Response> {
    frame.staff.require(Permission::ApproveContactChange)?;
    let done = approve_contact_change(&frame.desk, id, &frame.actor(), frame.now).await;
    let done = done.map(|_| Done { href: change_href(id), text: "contacts.done.approved" });
    match finish(&frame, done, change_href(id)).await? {
        Ok(response) => Ok(response),
        Err(errors) => refused(&frame, Dossier::of_change(&frame, id).await?, SuccessorInput::default(), errors).await,
    }
}

/// `POST /desk/contacts/changes/{id}/decline`
pub async fn decline_change(frame: Frame, Path(id): Path<i64>, Form(input): Form<SuccessorInput>) -> Result<Response> {
    frame.staff.require(Permission::ApproveContactChange)?;
    let done = decline_contact_change(&frame.desk, id, &input.ground, &frame.actor(), frame.now).await;
    let done = done.map(|_| Done { href: change_href(id), text: "contacts.done.change_declined" });
    match finish(&frame, done, change_href(id)).await? {
        Ok(response) => Ok(response),
        Err(errors) => refused(&frame, Dossier::of_change(&frame, id).await?, input, errors).await,
    }
}

struct Done {
    href: String,
    /// Key of the sentence.
    text: &'static str,
}

/// Onward with what was done, or back with why it cannot be done any more; `Err` for a form to be shown again.
async fn finish(frame: &Frame, done: Result<Done>, back: String) -> Result<Result<Response, FieldErrors>> {
    let (flash, href) = match done {
        Ok(done) => (Flash::done(frame.t.s(done.text)), done.href),
        Err(Error::Conflict(problem)) => {
            (Flash { kind: FlashKind::Error, text: frame.t.problem(&problem), next_call: false }, back)
        }
        Err(Error::Forbidden(problem)) if problem.code == "own_request" => {
            let text = frame.t.problem(&Problem::new("own_contact_change"));
            (Flash { kind: FlashKind::Error, text, next_call: false }, back)
        }
        Err(Error::Invalid(problems)) => return Ok(Err(FieldErrors::of(frame.t, &problems))),
        Err(error) => return Err(error),
    };
    frame.flashes.put(flash).await?;
    frame.desk.nudge();
    Ok(Ok(Redirect::to(&href).into_response()))
}

async fn refused(frame: &Frame, dossier: Dossier, input: SuccessorInput, errors: FieldErrors) -> Result<Response> {
    let page = dossier.page(frame, input, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What was typed, verified by who typed it.
fn successor(
    frame: &Frame,
    input: &SuccessorInput,
    subscriber_id: i64,
    role: ContactRole,
) -> Result<NewContact, Problem> {
    let text = |typed: &str| typed.trim().to_owned();
    let optional = |typed: &str| Some(text(typed)).filter(|typed| !typed.is_empty());
    Ok(NewContact {
        subscriber_id,
        role,
        name: text(&input.name),
        name_kana: optional(&input.name_kana),
        department: optional(&input.department),
        email: text(&input.email),
        phone: text(&input.phone),
        phone_source: text(&input.phone_source),
        verified_by: frame.actor().key(),
        verified_on: verified_on(&input.verified_on)?,
    })
}

fn verified_on(text: &str) -> Result<NaiveDate, Problem> {
    match text.trim() {
        "" => Err(Problem::on("verified_on", "verified_on_missing")),
        text => text.parse().map_err(|_| Problem::on("verified_on", "verified_on_malformed").with("value", text)),
    }
}

#[derive(Deserialize)]
pub struct Begun {
    #[serde(default)]
    case: String,
}

/// `GET /desk/contacts/new?case={no}`: somebody has left, as a call told.
pub async fn new(frame: Frame, Query(begun): Query<Begun>) -> Result<NewContactPage> {
    frame.staff.require(Permission::WorkCases)?;
    let file = CaseFile::load(&frame.desk.db, reception_number(&begun.case)?).await?;
    new_page(&frame, &file, SuccessorInput::default(), FieldErrors::default()).await
}

/// `POST /desk/contacts/changes`
pub async fn create(frame: Frame, Form(input): Form<SuccessorInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let file = CaseFile::load(&frame.desk.db, reception_number(&input.case)?).await?;
    let role: Result<ContactRole, Problem> = input.role.parse();
    let done = match role.and_then(|role| successor(&frame, &input, file.subscriber.id, role)) {
        Ok(successor) => request_contact_change(&frame.desk, successor, &frame.actor(), frame.now).await,
        Err(problem) => Err(problem.into()),
    };
    let done = done.map(|change| Done { href: change_href(change.id), text: "contacts.done.verified" });
    match finish(&frame, done, case_href(file.case.reception_number)).await? {
        Ok(response) => Ok(response),
        Err(errors) => {
            let page = new_page(&frame, &file, input, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn new_page(
    frame: &Frame,
    file: &CaseFile,
    input: SuccessorInput,
    errors: FieldErrors,
) -> Result<NewContactPage> {
    let t = frame.t;
    let number = file.case.reception_number;
    let chosen = input.role.parse().ok().or(whom_to_phone(file.source.validation));
    let role = |role: ContactRole| {
        Choice::new(role.as_str(), t.s(&format!("contact_role.{}", role.as_str())), Some(role) == chosen)
    };
    Ok(NewContactPage {
        chrome: frame.chrome(Place::Contacts).await?,
        case: Link::new(case_href(number), format!("{number} {}", file.subscriber.name)),
        reception_number: number.to_string(),
        company: file.subscriber.name.clone(),
        facts: list::current_contacts(frame, &file.contacts),
        waiting: waiting(frame, file.subscriber.id).await?,
        guard: frame.guard(&file.case),
        form: SuccessorForm {
            today: frame.today().to_string(),
            roles: ContactRole::ALL.into_iter().map(role).collect(),
            proposed_phone: String::new(),
            input: with_today(frame, input),
        },
        errors,
    })
}

fn with_today(frame: &Frame, input: SuccessorInput) -> SuccessorInput {
    if input.verified_on.is_empty() {
        SuccessorInput { verified_on: frame.today().to_string(), ..input }
    } else {
        input
    }
}

/// The subscriber's handovers that wait for the desk, each as a sentence with its page.
pub async fn waiting(frame: &Frame, subscriber_id: i64) -> Result<Vec<Link>> {
    let waiting = handovers::waiting_of(&frame.desk.db, subscriber_id).await?;
    Ok(waiting.iter().map(|handover| list::link(frame.t, handover)).collect())
}
