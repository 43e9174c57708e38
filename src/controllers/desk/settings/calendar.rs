//! 営業日: the national holidays of the Cabinet Office's file, and the days on which the company closes.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Datelike;
use serde::Deserialize;

use super::super::frame::Frame;
use super::{again, blank, hours, open, saved};
use crate::actions::import_holidays::{ImportHolidays, import_holidays};
use crate::controllers::extractors::Form;
use crate::controllers::portal::upload::Upload;
use crate::domain::calendar::{Calendar, HolidayChange, decode_cabinet_office_csv, parse_cabinet_office_csv};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::views::chrome::Place;
use crate::views::desk::settings::rules::{CalendarPage, ClosureForm, ClosureRow, HolidayYear};
use crate::views::desk::settings::{Button, ChangeRow, ConfirmPage, Section};
use crate::views::form::FieldErrors;
use crate::views::parts::Link;

pub(super) const HREF: &str = "/desk/settings/calendar";
/// Differences that are shown; a file that replaces a new year has about 18.
const SHOWN: usize = 100;
/// Problems of a file that are told: who sees so many looks at the file.
const TOLD: usize = 20;

pub(super) fn section(frame: &Frame) -> Section {
    let t = frame.t;
    let calendar = frame.desk.calendar();
    let closures = calendar.closures_from(frame.today()).count();
    Section {
        href: HREF,
        icon: "calendar-days",
        title: t.s("settings.calendar.title"),
        what: t.s("settings.calendar.what"),
        facts: vec![covered(frame, &calendar), t.f("settings.calendar.fact_closures", &[("n", &closures)])],
        warning: missing(frame, &calendar),
    }
}

fn covered(frame: &Frame, calendar: &Calendar) -> String {
    let last = calendar.covered_years().last().copied().unwrap_or_default();
    frame.t.f("settings.calendar.fact_years", &[("year", &last)])
}

fn missing(frame: &Frame, calendar: &Calendar) -> Option<String> {
    let year = calendar.coverage_warning(frame.today())?;
    Some(frame.t.f("settings.calendar.missing", &[("year", &year)]))
}

/// `GET /desk/settings/calendar`
pub async fn show(frame: Frame) -> Result<CalendarPage> {
    open(&frame).await?;
    page(&frame, ClosureForm::default(), FieldErrors::default()).await
}

pub(super) async fn page(frame: &Frame, closure: ClosureForm, errors: FieldErrors) -> Result<CalendarPage> {
    let (t, today) = (frame.t, frame.today());
    let calendar = frame.desk.calendar();
    let years = calendar.covered_years().into_iter().filter(|year| *year >= today.year());
    let closures = calendar.closures_from(today).map(|(date, name)| ClosureRow {
        date: dates::table(t, date),
        name: name.to_owned(),
        removal: format!("{HREF}/closures/{date}/removal"),
    });
    Ok(CalendarPage {
        chrome: frame.chrome(Place::Settings).await?,
        hours: Link::new(hours::HREF, t.s("settings.hours.change")),
        years: years.map(|year| holiday_year(frame, &calendar, year)).collect(),
        closures: closures.collect(),
        closure,
        facts: vec![
            (t.s("settings.calendar.data").to_owned(), covered(frame, &calendar)),
            (t.s("settings.calendar.always_closed").to_owned(), t.s("settings.calendar.always_closed_days").to_owned()),
            (t.s("settings.calendar.hours").to_owned(), frame.hours()),
        ],
        errors,
    })
}

fn holiday_year(frame: &Frame, calendar: &Calendar, year: i32) -> HolidayYear {
    let days: Vec<_> =
        calendar.holidays_of(year).map(|(date, name)| (dates::table(frame.t, date), name.to_owned())).collect();
    HolidayYear {
        label: frame.t.f("settings.calendar.year", &[("year", &year), ("n", &days.len())]),
        open: missing(frame, calendar).is_some(),
        days,
    }
}

/// `POST /desk/settings/calendar/holidays/preview`, with the file.
pub async fn preview_holidays(frame: Frame, upload: Upload) -> Result<Response> {
    open(&frame).await?;
    match read(upload.bytes("file")) {
        Ok(text) => Ok(confirmation(&frame, text, String::new()).await?.into_response()),
        Err(problems) => {
            let errors = FieldErrors::of(frame.t, &told(problems));
            let page = page(&frame, ClosureForm::default(), errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The file's text, once all of it can be read.
fn read(file: &[u8]) -> Result<String, Vec<Problem>> {
    if file.is_empty() {
        return Err(vec![Problem::on("file", "holiday_file_missing")]);
    }
    let text = decode_cabinet_office_csv(file).map_err(|problem| vec![problem])?;
    parse_cabinet_office_csv(&text)?;
    Ok(text)
}

fn told(mut problems: Vec<Problem>) -> Vec<Problem> {
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    if more > 0 {
        problems.push(Problem::on("file", "holiday_csv_more").with("n", more));
    }
    problems
}

#[derive(Deserialize)]
pub struct ImportForm {
    csv: String,
    #[serde(default)]
    reason: String,
}

/// `POST /desk/settings/calendar/holidays`: the file that the confirmation has shown.
pub async fn import(frame: Frame, Form(form): Form<ImportForm>) -> Result<Response> {
    open(&frame).await?;
    let input = ImportHolidays { file: form.csv.as_bytes(), dry_run: false, reason: Some(&form.reason) };
    match import_holidays(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.calendar.imported", HREF).await,
        Err(error) => again(&frame, confirmation(&frame, form.csv, form.reason).await?, error),
    }
}

async fn confirmation(frame: &Frame, csv: String, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let days = parse_cabinet_office_csv(&csv).map_err(Error::Invalid)?;
    let before = frame.desk.calendar();
    let after = before.as_ref().clone().with_holidays(days.iter().cloned());
    let mut differences = before.differences(&after, frame.today());
    let more = differences.len().saturating_sub(SHOWN);
    differences.truncate(SHOWN);
    let nothing = || t.s("settings.calendar.working_day").to_owned();
    let row = |one: HolidayChange| {
        let before = one.before.unwrap_or_else(nothing);
        ChangeRow::new(dates::table(t, one.date), before, one.after.unwrap_or_else(nothing))
    };
    let (first, last) = (days.first().map(|day| day.0.year()), days.last().map(|day| day.0.year()));
    let warnings =
        if differences.is_empty() { vec![t.s("settings.calendar.no_difference").to_owned()] } else { Vec::new() };
    Ok(ConfirmPage {
        title: t.s("settings.calendar.confirm").to_owned(),
        action: format!("{HREF}/holidays"),
        effect: t.f(
            "settings.calendar.import_effect",
            &[("n", &days.len()), ("first", &first.unwrap_or_default()), ("last", &last.unwrap_or_default())],
        ),
        hidden: vec![("csv", csv)],
        warnings,
        changes: differences.into_iter().map(row).collect(),
        cut: (more > 0).then(|| t.f("settings.calendar.more", &[("n", &more)])),
        reason,
        button: Button { icon: "circle-check", label: t.s("settings.calendar.do_import"), danger: false },
        ..blank(frame, HREF, "settings.calendar.title").await?
    })
}
