//! 臨時休業日: days on which the company closes besides weekends and holidays.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::super::frame::Frame;
use super::{again, blank, calendar, fields, open, saved};
use crate::actions::add_closure::{AddClosure, add_closure, check_closure, check_open_day};
use crate::actions::remove_closure::remove_closure;
use crate::controllers::extractors::{Form, Path};
use crate::domain::case::CaseState;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::{counting, revocation_cases};
use crate::views::desk::settings::rules::ClosureForm;
use crate::views::desk::settings::{Button, ChangeRow, ConfirmPage, ReasonForm};
use crate::views::form::FieldErrors;
use crate::views::parts::counted_items;

/// `POST /desk/settings/calendar/closures/preview`
pub async fn preview(frame: Frame, Form(form): Form<ClosureForm>) -> Result<Response> {
    open(&frame).await?;
    match read(&frame, &form) {
        Ok(date) => Ok(confirmation(&frame, &form, date).await?.into_response()),
        Err(problems) => {
            let errors = FieldErrors::of(frame.t, &problems);
            let page = calendar::page(&frame, form, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn read(frame: &Frame, form: &ClosureForm) -> Result<NaiveDate, Vec<Problem>> {
    let date = fields::date("date", &form.date);
    let open = date.and_then(|date| check_open_day(&frame.desk.calendar(), date, frame.today()).map(|()| date));
    let mut problems: Vec<Problem> = open.clone().err().into_iter().collect();
    problems.extend(check_closure(&form.name));
    open.ok().filter(|_| problems.is_empty()).ok_or(problems)
}

/// `POST /desk/settings/calendar/closures`
pub async fn create(frame: Frame, Form(form): Form<ClosureForm>) -> Result<Response> {
    open(&frame).await?;
    let date = fields::date("date", &form.date)?;
    let input = AddClosure { date, name: form.name.clone(), reason: form.reason.clone() };
    match add_closure(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.calendar.closure_added", calendar::HREF).await,
        Err(error) => again(&frame, confirmation(&frame, &form, date).await?, error),
    }
}

async fn confirmation(frame: &Frame, form: &ClosureForm, date: NaiveDate) -> Result<ConfirmPage> {
    let t = frame.t;
    let change = ChangeRow::new(dates::long(t, date), t.s("settings.calendar.working_day"), form.name.trim());
    let waiting = due_on(frame, date).await?;
    Ok(ConfirmPage {
        title: t.s("settings.calendar.confirm_closure").to_owned(),
        action: format!("{}/closures", calendar::HREF),
        hidden: vec![("date", date.to_string()), ("name", form.name.clone())],
        effect: t.s("settings.calendar.closure_effect").to_owned(),
        warnings: waiting.map(|n| t.f("settings.calendar.cases_due", &[("n", &n)])).into_iter().collect(),
        changes: vec![change],
        reason: form.reason.clone(),
        ..blank(frame, calendar::HREF, "settings.calendar.title").await?
    })
}

/// How many open cases are due on that day, if any.
async fn due_on(frame: &Frame, date: NaiveDate) -> Result<Option<String>> {
    let due = revocation_cases::Entity::find()
        .filter(revocation_cases::Column::DueOn.eq(date))
        .filter(revocation_cases::Column::State.is_in(CaseState::UNDECIDED))
        .into_query();
    let count = counting::one(&frame.desk.db, due).await?;
    Ok((!count.is_zero()).then(|| counted_items(frame.t, count)))
}

/// `GET /desk/settings/calendar/closures/{date}/removal`
pub async fn edit_removal(frame: Frame, Path(date): Path<NaiveDate>) -> Result<ConfirmPage> {
    open(&frame).await?;
    removal(&frame, date, String::new()).await
}

/// `POST /desk/settings/calendar/closures/{date}/removal`
pub async fn destroy(frame: Frame, Path(date): Path<NaiveDate>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    match remove_closure(&frame.desk, date, &form.reason, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.calendar.closure_removed", calendar::HREF).await,
        Err(error) => again(&frame, removal(&frame, date, form.reason).await?, error),
    }
}

async fn removal(frame: &Frame, date: NaiveDate, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let known = frame.desk.calendar();
    let closure = known.closures_from(date).next().filter(|(day, _)| *day == date);
    let (_, name) = closure.ok_or_else(|| Error::not_found("closure_not_found"))?;
    Ok(ConfirmPage {
        title: t.s("settings.calendar.confirm_removal").to_owned(),
        action: format!("{}/closures/{date}/removal", calendar::HREF),
        effect: t.s("settings.calendar.removal_effect").to_owned(),
        changes: vec![ChangeRow::new(dates::long(t, date), name, t.s("settings.calendar.working_day"))],
        reason,
        button: Button { icon: "circle-check", label: t.s("settings.calendar.do_remove"), danger: true },
        ..blank(frame, calendar::HREF, "settings.calendar.title").await?
    })
}
