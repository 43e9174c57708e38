//! 鍵の漏えいの報告: no deadline, 24 hours, final.

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::confirm::{self, Confirmation, Overtaken, row};
use super::{Request, To, refused};
use crate::actions::report_key_compromise::{ReportKeyCompromise, report_key_compromise};
use crate::controllers::extractors::{Form, Path};
use crate::domain::application::compromise_deadline;
use crate::domain::case::CaseEvent;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::views::portal::requests::KeyCompromisePage;

/// Characters; as many as the desk's notes.
const LONGEST_GROUND: usize = 2000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    version: i64,
    to: To,
    ground: String,
}

impl Input {
    fn check(&self) -> Result<(), Problem> {
        if self.ground.trim().is_empty() {
            return Err(Problem::on("ground", "compromise_ground_missing"));
        }
        if self.ground.chars().count() > LONGEST_GROUND {
            return Err(Problem::on("ground", "text_too_long").with("limit", LONGEST_GROUND));
        }
        Ok(())
    }
}

/// `GET /portal/requests/{no}/key_compromise`
pub async fn new(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if let Some(response) = turned_away(&request).await? {
        return Ok(response);
    }
    Ok(page(&request, &Input::default(), &[]).await?.into_response())
}

/// `POST /portal/requests/{no}/key_compromise`
pub async fn create(frame: PortalFrame, Path(no): Path<String>, Form(input): Form<Input>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if let Some(response) = turned_away(&request).await? {
        return Ok(response);
    }
    if input.to == To::Form {
        return Ok(page(&request, &input, &[]).await?.into_response());
    }
    if let Err(problem) = input.check() {
        return Ok(refused(page(&request, &input, &[problem]).await?));
    }
    match input.to {
        To::Form | To::Confirm => {
            Ok(confirm::page(&request, confirmation(&request, &input), &[]).await?.into_response())
        }
        To::Done => done(request, input).await,
    }
}

/// A report that is known already is nothing to be done twice; one that comes too late is explained.
async fn turned_away(request: &Request) -> Result<Option<Response>> {
    let case = &request.file.case;
    if let Some(reported) = case.compromise_reported_at.filter(|_| case.revoked_at.is_none()) {
        let text = request.t().f("request.compromise.known", &[("deadline", &deadline(request.t(), reported))]);
        return Ok(Some(request.done(text).await?));
    }
    if case.state.after(CaseEvent::KeyCompromiseReported).is_err() {
        return Ok(Some(request.turned_away(&request.closed()).await?));
    }
    Ok(None)
}

fn deadline(t: Texts, reported_at: DateTime<Utc>) -> String {
    dates::long_instant(t, compromise_deadline(reported_at))
}

fn consequences(request: &Request) -> Vec<String> {
    let t = request.t();
    let mut sentences = vec![
        t.f("request.compromise.deadline", &[("deadline", &deadline(request.t(), request.frame.now))]),
        t.s("request.compromise.no_call").to_owned(),
        t.s("request.compromise.final").to_owned(),
        t.s("request.compromise.old_key").to_owned(),
    ];
    if request.file.replacement.is_none() {
        sentences.push(t.s("request.compromise.csr").to_owned());
    }
    sentences
}

async fn page(request: &Request, input: &Input, problems: &[Problem]) -> Result<KeyCompromisePage> {
    Ok(KeyCompromisePage {
        chrome: request.frame.chrome().await?,
        form: request.form(problems),
        consequences: consequences(request),
        ground: input.ground.clone(),
    })
}

fn confirmation(request: &Request, input: &Input) -> Confirmation {
    let t = request.t();
    Confirmation {
        path: "key_compromise",
        title: "request.compromise.title",
        button: "request.compromise.button",
        consequences: Some(("request.compromise.meaning", consequences(request))),
        rows: vec![
            row(t.s("request.compromise.row_deadline"), deadline(t, request.frame.now)),
            row(t.s("request.compromise.ground"), input.ground.trim()),
        ],
        hidden: vec![("ground", input.ground.clone())],
        grave: true,
        has_form: true,
    }
}

async fn done(request: Box<Request>, input: Input) -> Result<Response> {
    let order = ReportKeyCompromise {
        reception_number: request.file.case.reception_number,
        version: input.version,
        ground: input.ground.trim().to_owned(),
    };
    let done = report_key_compromise(&request.frame.desk, order, &request.frame.actor(), request.frame.now).await;
    let text = request.t().f("request.compromise.done", &[("deadline", &deadline(request.t(), request.frame.now))]);
    let overtaken = Overtaken {
        path: "key_compromise",
        seen: input.version,
        hidden: vec![("ground", input.ground.clone())],
        typed: vec![row(request.t().s("request.compromise.ground"), input.ground.trim())],
        fulfilled: |file| file.case.compromise_reported_at.is_some(),
        allowed: |request| request.file.case.state.after(CaseEvent::KeyCompromiseReported).is_ok(),
    };
    match confirm::finish(request, done, text, overtaken).await? {
        Ok(response) => Ok(response),
        Err((request, problems)) => Ok(refused(page(&request, &input, &problems).await?)),
    }
}
