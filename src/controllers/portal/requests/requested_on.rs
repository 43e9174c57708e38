//! 失効希望日の変更.

use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::confirm::{self, Confirmation, Overtaken, row};
use super::{Request, To, refused};
use crate::actions::reschedule::{Reschedule, reschedule};
use crate::controllers::extractors::{Form, Path};
use crate::domain::application::{RequestedDate, check_requested_on, parse_requested_on};
use crate::domain::case::CustomerChange;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::messages::dates;
use crate::views::portal::business_months::{BusinessMonths, Limits, parse_month};
use crate::views::portal::requests::RequestedOnPage;

const CHANGE: CustomerChange = CustomerChange::RequestedDate;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    version: i64,
    to: To,
    requested_on: String,
    /// A day of the months that was clicked.
    pick: Option<String>,
    /// Other months were asked for.
    months: Option<String>,
}

impl Input {
    fn date(&self) -> Result<NaiveDate, Problem> {
        parse_requested_on(&self.requested_on)
    }
}

/// `GET /portal/requests/{no}/requested_on`
pub async fn edit(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if let Some(refusal) = request.refusal(CHANGE) {
        return request.turned_away(&refusal).await;
    }
    let input = Input { requested_on: request.file.case.requested_on.to_string(), ..Input::default() };
    Ok(page(&request, &input, &[]).await?.into_response())
}

/// `POST /portal/requests/{no}/requested_on`
pub async fn update(frame: PortalFrame, Path(no): Path<String>, Form(mut input): Form<Input>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if let Some(day) = input.pick.take() {
        input.requested_on = day;
        input.to = To::Form;
    }
    if input.months.is_some() {
        input.to = To::Form;
    }
    match input.to {
        To::Form => Ok(page(&request, &input, &[]).await?.into_response()),
        To::Confirm => confirm(request, input).await,
        To::Done => done(request, input).await,
    }
}

async fn page(request: &Request, input: &Input, problems: &[Problem]) -> Result<RequestedOnPage> {
    let (t, file) = (request.t(), &request.file);
    let (today, last) = (request.frame.today(), file.source.last_day());
    let calendar = request.frame.desk.calendar();
    let limits = Limits { today, first: today, last, chosen: input.date().ok() };
    let month = input.months.as_deref().and_then(parse_month);
    Ok(RequestedOnPage {
        chrome: request.frame.chrome().await?,
        form: request.form(problems),
        current: dates::long(t, file.case.requested_on),
        hint: t.f("request.date.hint", &[("from", &dates::long(t, today)), ("to", &dates::long(t, last))]),
        requested_on: input.date().map_or_else(|_| input.requested_on.clone(), |day| day.to_string()),
        first_day: today.to_string(),
        last_day: last.to_string(),
        months: BusinessMonths::new(t, &calendar, limits, month),
    })
}

async fn confirm(request: Box<Request>, input: Input) -> Result<Response> {
    if let Some(refusal) = request.refusal(CHANGE).filter(|refusal| refusal.field.is_none()) {
        return request.turned_away(&refusal).await;
    }
    match judge(&request, &input) {
        Ok(date) if request.file.case.version != input.version => {
            confirm::conflict(&request, overtaken(&request, &input, date.requested_on)).await
        }
        Ok(date) => Ok(confirm::page(&request, confirmation(&request, date), &[]).await?.into_response()),
        Err(problem) => Ok(refused(page(&request, &input, &[problem]).await?)),
    }
}

/// The same rules as the action's, so that they are told before the confirmation.
fn judge(request: &Request, input: &Input) -> Result<RequestedDate, Problem> {
    if let Some(late) = request.refusal(CHANGE) {
        return Err(late);
    }
    let day = input.date()?;
    if day == request.file.case.requested_on && request.file.case.version == input.version {
        return Err(Problem::on("requested_on", "requested_on_unchanged"));
    }
    let last_day = request.file.source.last_day();
    check_requested_on(day, request.frame.today(), last_day, &request.frame.desk.calendar())
}

fn confirmation(request: &Request, date: RequestedDate) -> Confirmation {
    let t = request.t();
    let why: Vec<String> =
        date.explanations(&request.frame.desk.calendar()).iter().map(|reason| t.problem(reason)).collect();
    let label = |key: &str| format!("{}（{}）", t.s("request.fact.requested_on"), t.s(key));
    let mut called = row(t.s("request.date.called_on"), dates::long(t, date.due_on));
    called.note = why.join("");
    Confirmation {
        path: "requested_on",
        title: "request.date.title",
        button: "request.date.button",
        consequences: None,
        rows: vec![
            row(label("request.form.now"), dates::long(t, request.file.case.requested_on)),
            row(label("request.form.after"), dates::long(t, date.requested_on)),
            called,
        ],
        hidden: vec![("requested_on", date.requested_on.to_string())],
        grave: false,
        has_form: true,
    }
}

fn overtaken(request: &Request, input: &Input, wanted: NaiveDate) -> Overtaken {
    Overtaken {
        path: "requested_on",
        seen: input.version,
        hidden: vec![("requested_on", wanted.to_string())],
        typed: vec![row(request.t().s("request.date.label"), dates::long(request.t(), wanted))],
        fulfilled: |_| false,
        allowed: |request| request.may_change(CHANGE),
    }
}

async fn done(request: Box<Request>, input: Input) -> Result<Response> {
    let wanted = match input.date() {
        Ok(day) => day,
        Err(problem) => return Ok(refused(page(&request, &input, &[problem]).await?)),
    };
    let order = Reschedule {
        reception_number: request.file.case.reception_number,
        version: input.version,
        requested_on: wanted,
    };
    let done = reschedule(&request.frame.desk, order, &request.frame.actor(), request.frame.now).await;
    let text = request.t().f("request.date.done", &[("day", &dates::long(request.t(), wanted))]);
    let twice = request.file.case.requested_on == wanted && request.file.case.version != input.version;
    if twice {
        return request.done(text).await;
    }
    let overtaken = overtaken(&request, &input, wanted);
    match confirm::finish(request, done, text, overtaken).await? {
        Ok(response) => Ok(response),
        Err((request, problems)) => Ok(refused(page(&request, &input, &problems).await?)),
    }
}
