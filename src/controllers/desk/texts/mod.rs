//! S11 メールの文面・通話の進め方: the lists, changing a text in two steps (write, then see what changes and save), versions.

mod pages;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use serde::Deserialize;

use self::pages::Typed;
use super::frame::Frame;
use crate::actions::save_text::{SaveText, save_text};
use crate::actions::test_text::{TestText, test_text};
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::domain::text::{Draft, Family, TextKey, read};
use crate::errors::{Error, Result};
use crate::mail::sample::Sample;
use crate::messages::dates;
use crate::models::text_versions;
use crate::views::desk::texts::{EditPage, TextInput, TextsPage, VersionPage};
use crate::views::form::FieldErrors;

/// `GET /desk/settings/mail_texts`
pub async fn mails(frame: Frame) -> Result<TextsPage> {
    frame.staff.require(Permission::Administer)?;
    pages::index(&frame, Family::Mails).await
}

/// `GET /desk/settings/call_scripts`
pub async fn call_scripts(frame: Frame) -> Result<TextsPage> {
    frame.staff.require(Permission::Administer)?;
    pages::index(&frame, Family::CallScripts).await
}

#[derive(Deserialize)]
pub struct From {
    /// The version that is taken up again; without one the newest is changed.
    from: Option<i64>,
}

/// `GET /desk/settings/texts/{name}`
pub async fn edit(frame: Frame, Path(name): Path<String>, Query(From { from }): Query<From>) -> Result<EditPage> {
    let key = text(&frame, &name)?;
    let newest = text_versions::newest(&frame.desk.db, key).await?.map_or(0, |row| row.version);
    let draft = pages::draft_of(&frame, key, from.unwrap_or(newest)).await?;
    let input = TextInput {
        version: newest,
        subject: draft.subject,
        body: draft.body,
        effective_on: frame.today().to_string(),
        restored_from: from.map(|version| version.to_string()).unwrap_or_default(),
        ..TextInput::default()
    };
    pages::edit(&frame, key, input, FieldErrors::default()).await
}

/// `POST /desk/settings/texts/{name}/edit`: back from the preview, with everything typed.
pub async fn edit_again(frame: Frame, Path(name): Path<String>, Form(input): Form<TextInput>) -> Result<EditPage> {
    let key = text(&frame, &name)?;
    pages::edit(&frame, key, input, FieldErrors::default()).await
}

/// `POST /desk/settings/texts/{name}/preview`
pub async fn preview(frame: Frame, Path(name): Path<String>, Form(input): Form<TextInput>) -> Result<Response> {
    let key = text(&frame, &name)?;
    match read(key, &typed(&input)) {
        Ok(_) => Ok(pages::confirm(&frame, key, input, Typed::default()).await?.into_response()),
        Err(problems) => refused(&frame, key, input, &problems).await,
    }
}

/// `POST /desk/settings/texts/{name}/test`
pub async fn test(frame: Frame, Path(name): Path<String>, Form(input): Form<TextInput>) -> Result<Response> {
    let key = text(&frame, &name)?;
    let test = TestText { key, draft: typed(&input), sample: sample(&input), idem: input.idem.clone() };
    match test_text(&frame.desk, test, &frame.actor(), frame.now).await {
        Ok(reader) => {
            frame.desk.nudge();
            let sent = Some(frame.t.f("texts.test_sent", &[("to", &reader.email())]));
            Ok(pages::confirm(&frame, key, input, Typed { sent, ..Typed::default() }).await?.into_response())
        }
        Err(error) => refused(&frame, key, input, &error.into_problems()?).await,
    }
}

/// `POST /desk/settings/texts/{name}/versions`
pub async fn create(frame: Frame, Path(name): Path<String>, Form(input): Form<TextInput>) -> Result<Response> {
    let key = text(&frame, &name)?;
    let effective_on = match first_day(&input) {
        Ok(day) => day,
        Err(problem) => return refused(&frame, key, input, &[problem]).await,
    };
    let save = SaveText {
        key,
        seen: input.version,
        draft: typed(&input),
        effective_on,
        reason: input.reason.clone(),
        restored_from: input.restored_from.parse().ok(),
    };
    match save_text(&frame.desk, save, &frame.actor(), frame.now).await {
        Ok(saved) => {
            let day = dates::long(frame.t, saved.effective_on);
            frame.done(frame.t.f("texts.saved_as", &[("n", &saved.version), ("day", &day)])).await?;
            Ok(Redirect::to(&pages::href(key)).into_response())
        }
        Err(Error::Conflict(problem)) if problem.code == "text_overtaken" => {
            let page = pages::overtaken(&frame, key, input).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => refused(&frame, key, input, &error.into_problems()?).await,
    }
}

/// `GET /desk/settings/texts/{name}/versions/{version}`
pub async fn show(frame: Frame, Path((name, version)): Path<(String, i64)>) -> Result<VersionPage> {
    let key = text(&frame, &name)?;
    pages::version(&frame, key, version).await
}

/// The text in the path, for those who may change it.
fn text(frame: &Frame, name: &str) -> Result<TextKey> {
    frame.staff.require(Permission::Administer)?;
    name.parse().map_err(Error::NotFound)
}

fn typed(input: &TextInput) -> Draft {
    Draft::typed(&input.subject, &input.body)
}

fn sample(input: &TextInput) -> Sample {
    input.sample.parse().unwrap_or_default()
}

fn first_day(input: &TextInput) -> Result<NaiveDate, Problem> {
    input.effective_on.trim().parse().map_err(|_| Problem::on("effective_on", "text_effective_malformed"))
}

/// To where the fields with the problems are: the text is written on one page, day and reason on the other.
async fn refused(frame: &Frame, key: TextKey, input: TextInput, problems: &[Problem]) -> Result<Response> {
    let errors = FieldErrors::of(frame.t, problems);
    let of_text = problems.iter().any(|problem| matches!(problem.field, Some("subject" | "body")));
    let page = if of_text {
        pages::edit(frame, key, input, errors).await?.into_response()
    } else {
        pages::confirm(frame, key, input, Typed { errors, ..Typed::default() }).await?.into_response()
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
