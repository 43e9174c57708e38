//! 申請状況: a customer's requests, where each stands, and what may still be changed.
//!
//! Each form has a page of its own and a confirmation page: form → 確認 → done. One address serves all three; the field
//! `to` says where a post leads, and what was typed travels in the form itself.

mod call_band;
mod confirm;
mod contact;
mod csr;
mod history;
mod index;
mod key_compromise;
mod requested_on;
mod show;
mod status;
mod withdrawal;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing::get};
use loco_rs::app::AppContext;
use serde::Deserialize;

use super::frame::PortalFrame;
use crate::actions::customer_change::change_window;
use crate::domain::case::{CaseEvent, ChangeWindow, CustomerChange};
use crate::domain::certificate::ValidationType;
use crate::domain::contact::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::case_file::CaseFile;
use crate::models::certificates::Certificate;
use crate::models::contacts::Contact;
use crate::views::chrome::{Flash, FlashKind};
use crate::views::form::FieldErrors;
use crate::views::parts::SiteNames;
use crate::views::portal::requests::{FormFrame, RequestHead};

pub fn routes() -> Router<AppContext> {
    Router::new()
        .route("/portal/requests", get(index::index))
        .route("/portal/requests/{no}", get(show::show))
        .route("/portal/requests/{no}/requested_on", get(requested_on::edit).post(requested_on::update))
        .route("/portal/requests/{no}/withdrawal", get(withdrawal::new).post(withdrawal::create))
        .route("/portal/requests/{no}/call_band", get(call_band::edit).post(call_band::update))
        .route("/portal/requests/{no}/contact", get(contact::new).post(contact::create))
        .route("/portal/requests/{no}/key_compromise", get(key_compromise::new).post(key_compromise::create))
        .route("/portal/requests/{no}/csr", get(csr::new).post(csr::create))
}

/// Where a posted form leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    #[default]
    Confirm,
    /// Back to the form with what was typed.
    Form,
    Done,
}

/// One request of the customer who is asking.
struct Request {
    frame: PortalFrame,
    file: CaseFile,
    window: ChangeWindow,
    awaits_csr: bool,
}

impl Request {
    /// Another organisation's request does not exist.
    async fn load(frame: PortalFrame, no: &str) -> Result<Box<Self>> {
        let number = no.parse::<ReceptionNumber>().map_err(|_| Error::not_found("case_not_found"))?;
        let db = &frame.db;
        let file = CaseFile::load_for(db, number, &frame.actor()).await?;
        let window = change_window(db, &frame.desk, &file.case, frame.today()).await?;
        let awaits_csr = crate::models::reissue_applications::awaits_csr(db, &file.case, &file.application).await?;
        Ok(Box::new(Self { frame, file, window, awaits_csr }))
    }

    /// The same request as it stands by now.
    async fn reload(self: Box<Self>) -> Result<Box<Self>> {
        let no = self.file.case.reception_number.to_string();
        Self::load(self.frame, &no).await
    }

    fn t(&self) -> Texts {
        self.frame.t
    }

    fn head(&self) -> RequestHead {
        RequestHead {
            reception_number: self.file.case.reception_number.to_string(),
            ev: self.file.source.validation == ValidationType::Ev,
            names: site_names(self.t(), &self.file.source),
        }
    }

    fn href(&self) -> String {
        self.head().href()
    }

    fn form(&self, problems: &[Problem]) -> FormFrame {
        FormFrame {
            head: self.head(),
            csrf: self.frame.customer.csrf.clone(),
            version: self.file.case.version,
            errors: FieldErrors::of(self.t(), problems),
        }
    }

    /// The contact who is phoned: role, name and the last four digits, which is all that the portal shows.
    fn callee(&self) -> Option<Callee> {
        self.file.callee().map(|contact| callee(self.t(), contact))
    }

    /// Until when the source certificate is valid.
    fn last_day(&self) -> String {
        dates::long(self.frame.t, self.file.source.last_day())
    }

    /// Whether the customer may ask for this now: the state has room for it, and the deadline is ahead.
    fn may_change(&self, change: CustomerChange) -> bool {
        self.refusal(change).is_none()
    }

    fn refusal(&self, change: CustomerChange) -> Option<Problem> {
        let case = &self.file.case;
        if case.compromise_reported_at.is_some() {
            return Some(Problem::new("compromise_unchangeable"));
        }
        let allowed = match change {
            CustomerChange::RequestedDate => case.state.after(CaseEvent::DateChanged).is_ok(),
            CustomerChange::Withdrawal => case.state.after(CaseEvent::Withdrawn).is_ok(),
            CustomerChange::CallBand => call_band::has_call_ahead(case.state),
        };
        if !allowed {
            return Some(self.closed());
        }
        change.check(self.window, self.frame.now).err().map(|late| self.with_desk(late))
    }

    /// What the state has no room for.
    fn closed(&self) -> Problem {
        self.with_desk(Problem::new("change_closed").with("state", self.file.case.state.as_str()))
    }

    fn with_desk(&self, problem: Problem) -> Problem {
        problem.with("desk_tel", &self.frame.desk.settings.desk.telephone)
    }

    /// Back to 申請状況 with what was done.
    async fn done(&self, text: String) -> Result<Response> {
        self.frame.done(text).await?;
        Ok(Redirect::to(&self.href()).into_response())
    }

    /// Back to 申請状況 with why it cannot be done.
    async fn turned_away(&self, problem: &Problem) -> Result<Response> {
        let problem = if problem.code == "transition_refused" { &self.closed() } else { problem };
        let text = self.t().problem(problem);
        self.frame.flashes.put(Flash { kind: FlashKind::Error, text, next_call: false }).await?;
        Ok(Redirect::to(&self.href()).into_response())
    }
}

struct Callee {
    role: &'static str,
    name: String,
    tail: String,
}

fn callee(t: Texts, contact: &Contact) -> Callee {
    Callee {
        role: t.s(&format!("contact_role.{}", contact.role.as_str())),
        name: contact.name.clone(),
        tail: PhoneNumber::parse(&contact.phone).map(|phone| phone.tail().to_owned()).unwrap_or_default(),
    }
}

fn site_names(t: Texts, source: &Certificate) -> SiteNames {
    let others = source.names().iter().filter(|name| **name != source.common_name).count();
    SiteNames::new(t, source.common_name.clone(), others)
}

fn refused(page: impl IntoResponse) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}
