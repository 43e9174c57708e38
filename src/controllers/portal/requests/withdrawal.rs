//! 取り下げ: no form, only the confirmation of what it means.

use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::confirm::{self, Confirmation, Overtaken, row};
use super::{Request, To, refused};
use crate::actions::withdraw::{Withdraw, withdraw};
use crate::controllers::extractors::{Form, Path};
use crate::domain::case::{CaseState, CustomerChange};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::views::portal::requests::ConfirmPage;

const CHANGE: CustomerChange = CustomerChange::Withdrawal;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    version: i64,
    to: To,
}

/// `GET /portal/requests/{no}/withdrawal`
pub async fn new(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    ask(&request).await
}

async fn ask(request: &Request) -> Result<Response> {
    match request.refusal(CHANGE) {
        Some(refusal) => request.turned_away(&refusal).await,
        None => Ok(page(request, &[]).await?.into_response()),
    }
}

async fn page(request: &Request, problems: &[Problem]) -> Result<ConfirmPage> {
    let (t, file) = (request.t(), &request.file);
    let new_certificate = if file.replacement.is_some() { "new_stays" } else { "no_new" };
    let meaning = vec![
        t.f("request.withdrawal.old_stays", &[("day", &request.last_day())]),
        t.s(&format!("request.withdrawal.{new_certificate}")).to_owned(),
        t.s("request.withdrawal.no_way_back").to_owned(),
    ];
    let source = t.f("request.fact.source_words", &[("day", &request.last_day())]);
    let confirmation = Confirmation {
        path: "withdrawal",
        title: "request.withdrawal.title",
        button: "request.withdrawal.button",
        consequences: Some(("request.withdrawal.meaning", meaning)),
        rows: vec![
            row(t.s("request.withdrawal.row_request"), file.case.reception_number.to_string()),
            row(t.s("request.withdrawal.row_certificate"), format!("{}\n{source}", file.source.common_name)),
        ],
        hidden: Vec::new(),
        grave: true,
        has_form: false,
    };
    confirm::page(request, confirmation, problems).await
}

/// `POST /portal/requests/{no}/withdrawal`
pub async fn create(frame: PortalFrame, Path(no): Path<String>, Form(input): Form<Input>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    match input.to {
        To::Form | To::Confirm => return ask(&request).await,
        To::Done => {}
    }
    let (t, case) = (request.t(), &request.file.case);
    let order = Withdraw {
        reception_number: case.reception_number,
        version: input.version,
        ground: t.s("request.withdrawal.ground").to_owned(),
    };
    let done = withdraw(&request.frame.desk, order, &request.frame.actor(), request.frame.now).await;
    let overtaken = Overtaken {
        path: "withdrawal",
        seen: input.version,
        hidden: Vec::new(),
        typed: Vec::new(),
        fulfilled: |file| file.case.state == CaseState::Withdrawn,
        allowed: |request| request.may_change(CHANGE),
    };
    let text = t.s("request.withdrawal.done").to_owned();
    match confirm::finish(request, done, text, overtaken).await? {
        Ok(response) => Ok(response),
        Err((request, problems)) => Ok(refused(page(&request, &problems).await?)),
    }
}
