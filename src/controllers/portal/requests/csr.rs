//! 新しいCSRの提出: for a request that was filed without one, or whose key must not be used any more.

use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::confirm::{self, Confirmation, Overtaken, row};
use super::{Request, To, refused};
use crate::actions::csr_check;
use crate::actions::issue_at_once::issue_in_background;
use crate::actions::supply_csr::{SupplyCsr, supply_csr};
use crate::controllers::extractors::{Form, Path};
use crate::domain::csr::CsrFacts;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::views::portal::requests::CsrPage;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    version: i64,
    to: To,
    csr: String,
}

/// `GET /portal/requests/{no}/csr`
pub async fn new(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if !request.awaits_csr {
        return request.turned_away(&Problem::new("csr_not_awaited")).await;
    }
    Ok(page(&request, "", &[]).await?.into_response())
}

/// `POST /portal/requests/{no}/csr`
pub async fn create(frame: PortalFrame, Path(no): Path<String>, Form(input): Form<Input>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if !request.awaits_csr {
        return request.turned_away(&Problem::new("csr_not_awaited")).await;
    }
    let facts = match examine(&request, &input).await? {
        Ok(facts) => facts,
        Err(problem) => return Ok(refused(again(&request, &input, &[problem]).await?)),
    };
    match input.to {
        To::Form => Ok(page(&request, &input.csr, &[]).await?.into_response()),
        To::Confirm if request.file.case.version != input.version => {
            confirm::conflict(&request, overtaken(&input)).await
        }
        To::Confirm => Ok(confirm::page(&request, confirmation(&request, &input, &facts), &[]).await?.into_response()),
        To::Done => done(request, input).await,
    }
}

async fn examine(request: &Request, input: &Input) -> Result<Result<CsrFacts, Problem>> {
    let file = &request.file;
    let (reason, crl_reason) = (file.application.reason, file.case.revocation_reason);
    csr_check::read(&request.frame.desk.db, input.csr.as_bytes(), &file.source, reason, crl_reason).await
}

/// The form once more. A private key is not sent back over the line it came by.
async fn again(request: &Request, input: &Input, problems: &[Problem]) -> Result<CsrPage> {
    let secret = problems.iter().any(|problem| problem.code == "csr_private_key");
    page(request, if secret { "" } else { &input.csr }, problems).await
}

async fn page(request: &Request, csr: &str, problems: &[Problem]) -> Result<CsrPage> {
    Ok(CsrPage { chrome: request.frame.chrome().await?, form: request.form(problems), csr: csr.to_owned() })
}

fn confirmation(request: &Request, input: &Input, facts: &CsrFacts) -> Confirmation {
    let t = request.t();
    let common_name = facts.subject.common_name.as_deref().unwrap_or(t.s("request.csr.common_name_none"));
    let mut issued_for = row(t.s("request.csr.issued_for"), &request.file.source.common_name);
    t.s("request.csr.by_source").clone_into(&mut issued_for.note);
    Confirmation {
        path: "csr",
        title: "request.csr.title",
        button: "request.csr.button",
        consequences: None,
        rows: vec![
            row(t.s("request.csr.common_name"), common_name),
            row(t.s("request.csr.key"), facts.public_key.algorithm.to_string()),
            row(t.s("request.csr.signature"), facts.signature_algorithm),
            issued_for,
        ],
        hidden: vec![("csr", input.csr.clone())],
        grave: false,
        has_form: true,
    }
}

fn overtaken(input: &Input) -> Overtaken {
    Overtaken {
        path: "csr",
        seen: input.version,
        hidden: vec![("csr", input.csr.clone())],
        typed: Vec::new(),
        fulfilled: |_| false,
        allowed: |request| request.awaits_csr,
    }
}

async fn done(request: Box<Request>, input: Input) -> Result<Response> {
    let order = SupplyCsr {
        reception_number: request.file.case.reception_number,
        version: input.version,
        csr: input.csr.clone().into_bytes(),
    };
    let (desk, now) = (request.frame.desk.clone(), request.frame.now);
    let done = supply_csr(&desk, order, &request.frame.actor(), now).await;
    if let Ok(case) = &done {
        issue_in_background(&desk, case.clone(), request.frame.actor(), now);
    }
    let text = request.t().s("request.csr.done").to_owned();
    match confirm::finish(request, done, text, overtaken(&input)).await? {
        Ok(response) => Ok(response),
        Err((request, problems)) => Ok(refused(again(&request, &input, &problems).await?)),
    }
}
