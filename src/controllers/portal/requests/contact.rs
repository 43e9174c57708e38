//! 担当者の変更: a successor is named here, verified by the desk, and phoned only after a second person approved.

use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::confirm::{self, Confirmation, Overtaken, row};
use super::{Request, To, callee, refused};
use crate::actions::propose_contact::{ProposeContact, check, propose_contact};
use crate::controllers::extractors::{Form, Path};
use crate::domain::case::CaseState;
use crate::domain::contact::{ContactRole, HandoverStage};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::contact_proposals::{self, ContactProposal};
use crate::models::revocation_cases::Case;
use crate::models::{contact_changes, contacts};
use crate::views::form::Choice;
use crate::views::portal::requests::{ContactPage, Fact, RoleChoice};

/// How many business days the desk takes to verify a contact, as customers are told.
const CHECKING_BUSINESS_DAYS: u32 = 2;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    version: i64,
    to: To,
    role: String,
    name: String,
    name_kana: String,
    department: String,
    email: String,
    phone: String,
}

impl Input {
    /// The order to the action, or what is wrong with the form, all at once.
    fn order(&self, case: &Case) -> Result<ProposeContact, Vec<Problem>> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let role = match self.role.as_str() {
            "" => Err(Problem::on("role", "contact_role_missing")),
            role => role.parse::<ContactRole>(),
        };
        let order = ProposeContact {
            reception_number: Some(case.reception_number),
            role: role.as_ref().copied().unwrap_or(ContactRole::ProcedureContact),
            name: self.name.trim().to_owned(),
            name_kana: filled(&self.name_kana),
            department: filled(&self.department),
            email: self.email.trim().to_owned(),
            phone: self.phone.trim().to_owned(),
        };
        let problems: Vec<Problem> = role.err().into_iter().chain(check(&order)).collect();
        if problems.is_empty() { Ok(order) } else { Err(problems) }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("role", self.role.clone()),
            ("name", self.name.clone()),
            ("name_kana", self.name_kana.clone()),
            ("department", self.department.clone()),
            ("email", self.email.clone()),
            ("phone", self.phone.clone()),
        ]
    }
}

/// A proposal asks the desk and changes nothing by itself, so it has no deadline; but it must still matter to the case.
pub(super) fn is_offered(case: &Case) -> bool {
    CaseState::UNDECIDED.contains(&case.state) && case.compromise_reported_at.is_none()
}

/// `GET /portal/requests/{no}/contact`
pub async fn new(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if !is_offered(&request.file.case) {
        return request.turned_away(&request.closed()).await;
    }
    let role = request.file.callee().map(|contact| contact.role.as_str().to_owned()).unwrap_or_default();
    let input = Input { role, ..Input::default() };
    Ok(page(&request, &input, &[]).await?.into_response())
}

/// `POST /portal/requests/{no}/contact`
pub async fn create(frame: PortalFrame, Path(no): Path<String>, Form(input): Form<Input>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if !is_offered(&request.file.case) {
        return request.turned_away(&request.closed()).await;
    }
    if input.to == To::Form {
        return Ok(page(&request, &input, &[]).await?.into_response());
    }
    match input.order(&request.file.case) {
        Err(problems) => Ok(refused(page(&request, &input, &problems).await?)),
        Ok(_) if request.file.case.version != input.version => {
            confirm::conflict(&request, overtaken(&request, &input)).await
        }
        Ok(_) if input.to == To::Confirm => {
            Ok(confirm::page(&request, confirmation(&request, &input), &[]).await?.into_response())
        }
        Ok(order) => done(request, &input, order).await,
    }
}

async fn page(request: &Request, input: &Input, problems: &[Problem]) -> Result<ContactPage> {
    let (mut under_way, mut roles) = (Vec::new(), Vec::new());
    for role in ContactRole::ALL {
        match handover(request, role).await? {
            Some(sentences) => under_way.push(sentences),
            None => roles.push(role_choice(request, role, input)),
        }
    }
    Ok(ContactPage {
        chrome: request.frame.chrome().await?,
        form: request.form(problems),
        under_way,
        late: late(request),
        roles,
        name: input.name.clone(),
        name_kana: input.name_kana.clone(),
        department: input.department.clone(),
        email: input.email.clone(),
        phone: input.phone.clone(),
    })
}

/// What is being verified for this role already, in sentences.
async fn handover(request: &Request, role: ContactRole) -> Result<Option<Vec<String>>> {
    let (t, db) = (request.t(), &request.frame.db);
    let subscriber = request.file.case.subscriber_id;
    let proposals = contact_proposals::of_subscriber(db, subscriber).await?;
    let fix = t.f("request.contact.open_fix", &[("desk_tel", &request.frame.desk.settings.desk.telephone)]);
    for (proposal, change) in proposals.iter().filter(|(proposal, _)| proposal.role == role) {
        let stage = match proposal.stage(change.as_ref()) {
            HandoverStage::Received => "request.contact.open_stage_received",
            HandoverStage::Checking => "request.contact.open_stage_checking",
            HandoverStage::Approved | HandoverStage::Declined => continue,
        };
        return Ok(Some(vec![proposed(request, proposal), t.s(stage).to_owned(), fix]));
    }
    let by_desk = contact_changes::pending(db, subscriber, role).await?;
    Ok(by_desk.map(|_| vec![t.f("request.contact.open_by_desk", &[("role", &role_words(request, role))]), fix]))
}

fn proposed(request: &Request, proposal: &ContactProposal) -> String {
    let day = dates::long(request.t(), dates::day_of(proposal.proposed_at));
    let role = role_words(request, proposal.role);
    request.t().f("request.contact.open_words", &[("day", &day), ("role", &role), ("name", &proposal.name)])
}

fn role_words(request: &Request, role: ContactRole) -> &'static str {
    request.t().s(&format!("contact_role.{}", role.as_str()))
}

fn role_choice(request: &Request, role: ContactRole, input: &Input) -> RoleChoice {
    let t = request.t();
    let now = match contacts::in_role(&request.file.contacts, role).map(|contact| callee(t, contact)) {
        Some(contact) => t.f("request.contact.role_now", &[("name", &contact.name), ("tail", &contact.tail)]),
        None => t.s("request.contact.role_none").to_owned(),
    };
    let is_called = request.file.callee().is_some_and(|contact| contact.role == role);
    let note = if is_called { format!("{now}　{}", t.s("request.contact.called")) } else { now };
    RoleChoice { choice: Choice::new(role.as_str(), role_words(request, role), input.role == role.as_str()), note }
}

/// Said where the desk can hardly be done before the call.
fn late(request: &Request) -> Option<String> {
    let case = &request.file.case;
    let ready = request.frame.desk.calendar().add_business_days(request.frame.today(), CHECKING_BUSINESS_DAYS);
    let waits = case.state != CaseState::OnHold && case.due_on < ready;
    waits.then(|| request.t().f("request.contact.late", &[("day", &dates::long(request.t(), case.due_on))]))
}

fn confirmation(request: &Request, input: &Input) -> Confirmation {
    let t = request.t();
    Confirmation {
        path: "contact",
        title: "request.contact.title",
        button: "request.contact.button",
        consequences: Some(("request.contact.next", vec![t.s("request.contact.check").to_owned()])),
        rows: values(request, input),
        hidden: input.fields(),
        grave: false,
        has_form: true,
    }
}

fn values(request: &Request, input: &Input) -> Vec<Fact> {
    let t = request.t();
    let role = input.role.parse().map(|role| role_words(request, role)).unwrap_or_default();
    let rows = [
        ("role", role),
        ("name", input.name.trim()),
        ("name_kana", input.name_kana.trim()),
        ("department", input.department.trim()),
        ("email", input.email.trim()),
        ("phone", input.phone.trim()),
    ];
    let filled = rows.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(key, value)| row(t.s(&format!("request.contact.{key}")), value)).collect()
}

fn overtaken(request: &Request, input: &Input) -> Overtaken {
    Overtaken {
        path: "contact",
        seen: input.version,
        hidden: input.fields(),
        typed: values(request, input),
        fulfilled: |_| false,
        allowed: |request| is_offered(&request.file.case),
    }
}

async fn done(request: Box<Request>, input: &Input, order: ProposeContact) -> Result<Response> {
    match propose_contact(&request.frame.desk, order, &request.frame.actor(), request.frame.now).await {
        Ok(_) => request.done(request.t().s("request.contact.done").to_owned()).await,
        Err(Error::Conflict(problem)) => request.turned_away(&problem).await,
        Err(Error::Invalid(problems)) => Ok(refused(page(&request, input, &problems).await?)),
        Err(error) => Err(error),
    }
}
