//! お電話の時間帯.

use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::confirm::{self, Confirmation, Overtaken, row};
use super::{Request, To, refused};
use crate::actions::prefer_call_band::{PreferCallBand, prefer_call_band};
use crate::controllers::extractors::{Form, Path};
use crate::domain::call_band::CallBand;
use crate::domain::case::{CaseState, CustomerChange};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::messages::dates;
use crate::views::form::Choice;
use crate::views::portal::requests::CallBandPage;

const CHANGE: CustomerChange = CustomerChange::CallBand;
/// What the form posts for no preference.
const ANY: &str = "any";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Input {
    version: i64,
    to: To,
    call_band: String,
}

impl Input {
    fn band(&self) -> Result<Option<CallBand>, Problem> {
        match self.call_band.as_str() {
            "" => Err(Problem::on("call_band", "call_band_missing")),
            ANY => Ok(None),
            band => band.parse().map(Some),
        }
    }
}

/// What stands for `band` in the form and in the keys of its words.
pub(super) fn value(band: Option<CallBand>) -> &'static str {
    band.map_or(ANY, CallBand::as_str)
}

/// Whether a call still lies ahead in this state.
pub(super) fn has_call_ahead(state: CaseState) -> bool {
    match state {
        CaseState::AwaitingReissue | CaseState::AwaitingCall | CaseState::OnHold => true,
        CaseState::Confirmed
        | CaseState::Revoking
        | CaseState::Revoked
        | CaseState::Completed
        | CaseState::Withdrawn
        | CaseState::Expired => false,
    }
}

/// `GET /portal/requests/{no}/call_band`
pub async fn edit(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    if let Some(refusal) = request.refusal(CHANGE) {
        return request.turned_away(&refusal).await;
    }
    let input = Input { call_band: value(request.file.case.call_band).to_owned(), ..Input::default() };
    Ok(page(&request, &input, &[]).await?.into_response())
}

/// `POST /portal/requests/{no}/call_band`
pub async fn update(frame: PortalFrame, Path(no): Path<String>, Form(input): Form<Input>) -> Result<Response> {
    let request = Request::load(frame, &no).await?;
    let band = match input.band() {
        Ok(band) => band,
        Err(problem) => return Ok(refused(page(&request, &input, &[problem]).await?)),
    };
    match input.to {
        To::Form => Ok(page(&request, &input, &[]).await?.into_response()),
        To::Confirm => confirm(request, &input, band).await,
        To::Done => done(request, input, band).await,
    }
}

async fn page(request: &Request, input: &Input, problems: &[Problem]) -> Result<CallBandPage> {
    let t = request.t();
    let callee = request.callee();
    let role = callee.as_ref().map(|callee| callee.role).unwrap_or_default();
    let name = callee.map(|callee| callee.name).unwrap_or_default();
    let day = dates::long(t, request.file.case.due_on.max(request.frame.today()));
    let bands = std::iter::once(None).chain(CallBand::ALL.map(Some));
    let choice = |band| Choice::new(value(band), words(request, band), value(band) == input.call_band);
    Ok(CallBandPage {
        chrome: request.frame.chrome().await?,
        form: request.form(problems),
        lead: t.f("request.band.lead", &[("day", &day), ("role", &role), ("name", &name)]),
        bands: bands.map(choice).collect(),
    })
}

fn words(request: &Request, band: Option<CallBand>) -> &'static str {
    request.t().s(&format!("call_band.{}", value(band)))
}

async fn confirm(request: Box<Request>, input: &Input, band: Option<CallBand>) -> Result<Response> {
    match request.refusal(CHANGE) {
        Some(late) if late.field.is_some() => return Ok(refused(page(&request, input, &[late]).await?)),
        Some(refusal) => return request.turned_away(&refusal).await,
        None => {}
    }
    if request.file.case.version != input.version {
        return confirm::conflict(&request, overtaken(&request, input, band)).await;
    }
    let t = request.t();
    let label = |key: &str| format!("{}（{}）", t.s("request.fact.call_band"), t.s(key));
    let confirmation = Confirmation {
        path: "call_band",
        title: "request.band.title",
        button: "request.band.button",
        consequences: None,
        rows: vec![
            row(label("request.form.now"), words(&request, request.file.case.call_band)),
            row(label("request.form.after"), words(&request, band)),
        ],
        hidden: vec![("call_band", input.call_band.clone())],
        grave: false,
        has_form: true,
    };
    Ok(confirm::page(&request, confirmation, &[]).await?.into_response())
}

fn overtaken(request: &Request, input: &Input, band: Option<CallBand>) -> Overtaken {
    Overtaken {
        path: "call_band",
        seen: input.version,
        hidden: vec![("call_band", input.call_band.clone())],
        typed: vec![row(request.t().s("request.band.label"), words(request, band))],
        fulfilled: |_| false,
        allowed: |request| request.may_change(CHANGE),
    }
}

async fn done(request: Box<Request>, input: Input, band: Option<CallBand>) -> Result<Response> {
    let order = PreferCallBand {
        reception_number: request.file.case.reception_number,
        version: input.version,
        call_band: band,
    };
    let done = prefer_call_band(&request.frame.desk, order, &request.frame.actor(), request.frame.now).await;
    let text = request.t().s("request.band.done").to_owned();
    let overtaken = overtaken(&request, &input, band);
    match confirm::finish(request, done, text, overtaken).await? {
        Ok(response) => Ok(response),
        Err((request, problems)) => Ok(refused(page(&request, &input, &problems).await?)),
    }
}
