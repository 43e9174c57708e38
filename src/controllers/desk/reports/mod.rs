//! S9 レポート. Counts of people are totals only: nobody is ranked.

mod figures;
mod pictures;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use self::figures::Numbers;
use super::calendar::four_weeks;
use super::frame::Frame;
use crate::actions::export_report::export_report;
use crate::controllers::extractors::{Form, Query};
use crate::domain::report::Period;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::views::chrome::Place;
use crate::views::desk::reports::{PeriodForm, ReportsPage};
use crate::views::form::FieldErrors;

/// `GET /desk/reports`. A period that cannot be shown is refused beside the usual one.
pub async fn index(frame: Frame, Query(form): Query<PeriodForm>) -> Result<Response> {
    frame.staff.require(Permission::ReadReports)?;
    match Period::read(&form.from, &form.to, frame.today()) {
        Ok(period) => Ok(page(&frame, period, form, FieldErrors::default()).await?.into_response()),
        Err(problems) => {
            let errors = FieldErrors::of(frame.t, &problems);
            let page = page(&frame, Period::usual(frame.today()), form, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /desk/reports/export`
pub async fn export(frame: Frame, Form(form): Form<PeriodForm>) -> Result<Response> {
    frame.staff.require(Permission::ReadReports)?;
    frame.staff.require(Permission::Export)?;
    let period = Period::read(&form.from, &form.to, frame.today()).map_err(Error::Invalid)?;
    export_report(&frame.desk, period, &frame.actor(), frame.now).await?;
    let name =
        format!("attachment; filename=\"report-{}-{}.csv\"", period.from.format("%Y%m%d"), period.to.format("%Y%m%d"));
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    let sheet = page(&frame, period, form, FieldErrors::default()).await?.sheet();
    Ok((headers, sheet).into_response())
}

async fn page(frame: &Frame, period: Period, form: PeriodForm, errors: FieldErrors) -> Result<ReportsPage> {
    let t = frame.t;
    let numbers = Numbers::of(frame, period).await?;
    let before = Numbers::of(frame, period.previous()).await?;
    let weekly = figures::weekly(frame, period).await?;
    let (days, days_table) = pictures::days(t, &four_weeks(frame).await?, &frame.desk.calendar(), frame.today());
    let (weeks, weeks_table) = pictures::weeks(t, &weekly);
    let (results, results_table, calls) = pictures::results(t, &numbers);
    let typed = errors.is_empty();
    Ok(ReportsPage {
        chrome: frame.chrome(Place::Reports).await?,
        period: format!("{} – {}", dates::table(t, period.from), dates::table(t, period.to)),
        may_export: frame.may(Permission::Export),
        warning: (!numbers.is_complete()).then(|| t.s("report.too_much").to_owned()),
        figures: figures::told(t, &numbers, &before),
        form: if typed { PeriodForm { from: period.from.to_string(), to: period.to.to_string() } } else { form },
        errors,
        days,
        days_table,
        weeks,
        weeks_table,
        results,
        results_table,
        calls,
    })
}
