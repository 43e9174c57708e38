//! 営業時間: when the desk is open on its business days, and how customers read it, from a day on.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, NaiveTime};

use super::super::frame::Frame;
use super::{again, blank, calendar, fields, guard, history, open, saved};
use crate::actions::change_opening_hours::{ChangeOpeningHours, change_opening_hours, check_opening_hours};
use crate::controllers::extractors::Form;
use crate::domain::calendar::hours::{AnnouncedHours, OpeningHours};
use crate::domain::problem::Problem;
use crate::domain::setting::{Change, SettingName};
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::views::chrome::Place;
use crate::views::desk::settings::rules::{DatedPage, HoursForm, TypedField};
use crate::views::desk::settings::{ChangeRow, ConfirmPage};
use crate::views::form::FieldErrors;

pub(super) const HREF: &str = "/desk/settings/hours";

fn hours_on(frame: &Frame, day: NaiveDate) -> AnnouncedHours {
    frame.desk.hours_of(&frame.desk.live(), day)
}

/// `GET /desk/settings/hours`
pub async fn show(frame: Frame) -> Result<DatedPage> {
    open(&frame).await?;
    let values = hours_on(&frame, frame.today()).entries();
    page(&frame, &values, frame.today().to_string(), FieldErrors::default()).await
}

async fn page(
    frame: &Frame,
    values: &[(&'static str, String)],
    effective_on: String,
    errors: FieldErrors,
) -> Result<DatedPage> {
    let t = frame.t;
    let field = |(name, value): &(&'static str, String)| TypedField {
        name,
        label: t.s(&format!("settings.hours.field.{name}")),
        hint: t.s(&format!("settings.hours.hint.{name}")),
        value: value.clone(),
        kind: if *name == "words" { "text" } else { "time" },
        mode: "text",
        needed: true,
    };
    let planned = frame.desk.live().next_hours_day(frame.today());
    Ok(DatedPage {
        chrome: frame.chrome(Place::Settings).await?,
        title: t.s("settings.hours.title"),
        href: HREF,
        guard: guard(frame, SettingName::OpeningHours).await?,
        fields: values.iter().map(field).collect(),
        effective_on,
        planned: planned.map(|day| t.f("settings.hours.planned", &[("day", &dates::long(t, day))])),
        history: history(frame, SettingName::OpeningHours).await?,
        errors,
    })
}

/// `POST /desk/settings/hours/preview`
pub async fn preview(frame: Frame, Form(form): Form<HoursForm>) -> Result<Response> {
    open(&frame).await?;
    let read = read(&form).and_then(|(hours, day)| {
        let problems = check_opening_hours(&hours_on(&frame, day), &hours, day, frame.today());
        if problems.is_empty() { Ok((hours, day)) } else { Err(problems) }
    });
    match read {
        Ok((hours, day)) => Ok(confirmation(&frame, &form, &hours, day).await?.into_response()),
        Err(problems) => {
            let values = [("opens", form.opens), ("closes", form.closes), ("words", form.words)];
            let page = page(&frame, &values, form.effective_on, FieldErrors::of(frame.t, &problems)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /desk/settings/hours`
pub async fn update(frame: Frame, Form(form): Form<HoursForm>) -> Result<Response> {
    open(&frame).await?;
    let (hours, effective_on) = read(&form).map_err(Error::Invalid)?;
    let input =
        ChangeOpeningHours { seen: form.version, hours: hours.clone(), effective_on, reason: form.reason.clone() };
    match change_opening_hours(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.hours.saved", calendar::HREF).await,
        Err(error) => again(&frame, confirmation(&frame, &form, &hours, effective_on).await?, error),
    }
}

/// What was typed, as hours and the day they count from.
fn read(form: &HoursForm) -> Result<(AnnouncedHours, NaiveDate), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut time = |field, typed: &str| {
        fields::time(field, typed).unwrap_or_else(|problem| {
            problems.push(problem);
            NaiveTime::MIN
        })
    };
    let hours = OpeningHours { opens: time("opens", &form.opens), closes: time("closes", &form.closes) };
    let day = fields::date("effective_on", &form.effective_on);
    match day {
        Ok(day) if problems.is_empty() => Ok((AnnouncedHours { hours, words: form.words.trim().to_owned() }, day)),
        day => {
            problems.extend(day.err());
            Err(problems)
        }
    }
}

async fn confirmation(
    frame: &Frame,
    form: &HoursForm,
    hours: &AnnouncedHours,
    effective_on: NaiveDate,
) -> Result<ConfirmPage> {
    let t = frame.t;
    let mut hidden = hours.entries().to_vec();
    hidden.push(("effective_on", effective_on.to_string()));
    let changes = hours_on(frame, effective_on).changes_to(hours);
    let change = |change: &Change| {
        let field = t.s(&format!("settings.hours.field.{}", change.field));
        ChangeRow::new(field, change.before.clone(), change.after.clone())
    };
    let key = if effective_on > frame.today() { "settings.hours.effect_later" } else { "settings.hours.effect_now" };
    Ok(ConfirmPage {
        title: t.s("settings.hours.confirm").to_owned(),
        action: HREF.to_owned(),
        guard: guard(frame, SettingName::OpeningHours).await?,
        hidden,
        effect: t.f(key, &[("day", &dates::long(t, effective_on))]),
        changes: changes.iter().map(change).collect(),
        reason: form.reason.clone(),
        ..blank(frame, HREF, "settings.hours.title").await?
    })
}
