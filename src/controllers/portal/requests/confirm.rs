//! The second half of every form: its confirmation page, and what came of it: done, overtaken by somebody, or refused.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Request, history};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::case_file::CaseFile;
use crate::views::portal::requests::{ConfirmPage, ConflictPage, ConflictRow, Consequences, Fact};

/// The words and values of one confirmation.
pub(super) struct Confirmation {
    /// Below the request; both the form and the confirmation post there.
    pub path: &'static str,
    pub title: &'static str,
    pub button: &'static str,
    pub consequences: Option<(&'static str, Vec<String>)>,
    pub rows: Vec<Fact>,
    /// Everything typed, by the names of the fields.
    pub hidden: Vec<(&'static str, String)>,
    pub grave: bool,
    pub has_form: bool,
}

pub(super) fn row(label: impl Into<String>, value: impl Into<String>) -> Fact {
    Fact { label: label.into(), value: value.into(), note: String::new() }
}

fn owned(fields: &[(&'static str, String)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

pub(super) async fn page(request: &Request, of: Confirmation, problems: &[Problem]) -> Result<ConfirmPage> {
    let t = request.t();
    Ok(ConfirmPage {
        chrome: request.frame.chrome().await?,
        form: request.form(problems),
        title: t.s(of.title).to_owned(),
        consequences: of
            .consequences
            .map(|(heading, sentences)| Consequences { heading: t.s(heading).to_owned(), sentences }),
        rows: of.rows,
        hidden: owned(&of.hidden),
        action: format!("{}/{}", request.href(), of.path),
        button: t.s(of.button).to_owned(),
        grave: of.grave,
        has_form: of.has_form,
    })
}

/// How a form goes on where somebody was faster.
pub(super) struct Overtaken {
    pub path: &'static str,
    /// The version that the form was filled in on.
    pub seen: i64,
    /// Everything typed, by the names of the fields, and as people read it.
    pub hidden: Vec<(&'static str, String)>,
    pub typed: Vec<Fact>,
    /// Whether what was asked for is done already: the same form sent twice.
    pub fulfilled: fn(&CaseFile) -> bool,
    /// Whether it may still be asked for.
    pub allowed: fn(&Request) -> bool,
}

/// What an action left: an answer, or the problems to be shown with the form.
pub(super) async fn finish<T>(
    request: Box<Request>,
    done: Result<T>,
    text: String,
    overtaken: Overtaken,
) -> Result<Result<Response, (Box<Request>, Vec<Problem>)>> {
    match done {
        Ok(_) => Ok(Ok(request.done(text).await?)),
        Err(Error::Conflict(problem)) if problem.code == "stale_version" => {
            let request = request.reload().await?;
            if (overtaken.fulfilled)(&request.file) {
                return Ok(Ok(request.done(text).await?));
            }
            Ok(Ok(conflict(&request, overtaken).await?))
        }
        Err(Error::Conflict(problem)) => Ok(Ok(request.turned_away(&problem).await?)),
        Err(Error::Invalid(problems)) => Ok(Err((request, problems))),
        Err(error) => Err(error),
    }
}

/// A form of an older version is shown what changed before it goes on.
pub(super) async fn conflict(request: &Request, overtaken: Overtaken) -> Result<Response> {
    let last = request.file.steps_after(overtaken.seen).last();
    let changed = match last {
        None => None,
        Some(event) => {
            let who = history::label_of(request, event).await?;
            let who = if who.is_empty() { request.t().s("request.by_desk").to_owned() } else { who };
            let when = dates::short_instant(request.t(), event.at);
            Some(request.t().f("request.form.conflict_by", &[("when", &when), ("who", &who)]))
        }
    };
    let again = (overtaken.allowed)(request).then(|| format!("{}/{}", request.href(), overtaken.path));
    let page = ConflictPage {
        chrome: request.frame.chrome().await?,
        form: request.form(&[]),
        changed,
        rows: differences(request, overtaken.seen),
        typed: overtaken.typed.into_iter().map(|fact| (fact.label, fact.value)).collect(),
        hidden: owned(&overtaken.hidden),
        again,
    };
    Ok((StatusCode::CONFLICT, page).into_response())
}

fn differences(request: &Request, seen: i64) -> Vec<ConflictRow> {
    let (t, file) = (request.t(), &request.file);
    let state = |state: crate::domain::case::CaseState| t.s(&format!("request_state.{}", state.as_str())).to_owned();
    let rows = [
        ("request.col.status", state(file.state_at(seen)), state(file.case.state)),
        (
            "request.fact.requested_on",
            dates::table(t, file.requested_on_at(seen)),
            dates::table(t, file.case.requested_on),
        ),
    ];
    let changed = rows.into_iter().filter(|(_, before, now)| before != now);
    changed.map(|(label, before, now)| ConflictRow { label: t.s(label).to_owned(), before, now }).collect()
}
