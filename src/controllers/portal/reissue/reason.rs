//! 再発行 理由入力: why, and on which day the source certificate is revoked.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use sea_orm::ActiveValue::Set;

use super::words::{person, sentences};
use super::{Place, Sheet, Shown, certificate_href};
use crate::actions::judge_draft::Judgement;
use crate::controllers::extractors::{Form, Query};
use crate::domain::application::{ReissueReason, RequestedDate, parse_requested_on};
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::reissue_drafts::Draft;
use crate::views::form::{Choice, FieldErrors};
use crate::views::portal::business_months::{BusinessMonths, Limits, parse_month};
use crate::views::portal::reissue::{DateField, ReasonForm, ReasonPage};

/// What is kept of a typed date: more is none.
const DATE_CHARS: usize = 32;

/// `GET …/reissue/reason`
pub async fn show(sheet: Sheet, Query(shown): Query<Shown>) -> Result<ReasonPage> {
    let judged = sheet.judge().await?;
    let problems = if shown.check { judged.reason_problems.clone() } else { Vec::new() };
    page(&sheet, &judged, &problems, &shown.months).await
}

/// `POST …/reissue/reason`: also picks a day, or shows other months, and comes back with everything typed.
pub async fn save(mut sheet: Sheet, Form(form): Form<ReasonForm>) -> Result<Response> {
    let reason: Option<ReissueReason> = form.reason.parse().ok();
    let exposed = match form.key_possibly_exposed.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let typed = if form.pick.is_empty() { &form.requested_on } else { &form.pick };
    sheet
        .keep(|row| {
            row.reason = Set(reason.map(ReissueReason::as_str).unwrap_or_default().to_owned());
            // The question belongs to lost keys; an answer left over from before must not make a compromise.
            row.key_possibly_exposed = Set(exposed.filter(|_| reason == Some(ReissueReason::KeyLostOrDamaged)));
            row.requested_on = Set(typed.trim().chars().filter(|c| !c.is_control()).take(DATE_CHARS).collect());
        })
        .await?;
    let here = Place::Reason.href(sheet.number);
    if !form.pick.is_empty() {
        return Ok(Redirect::to(&format!("{here}#f-requested_on")).into_response());
    }
    if let Some(month) = parse_month(&form.months) {
        return Ok(Redirect::to(&format!("{here}?months={}#months", month.format("%Y-%m"))).into_response());
    }
    if form.go == "back" {
        return Ok(Redirect::to(&certificate_href(sheet.number)).into_response());
    }
    let judged = sheet.judge().await?;
    if judged.reason_problems.is_empty() {
        return Ok(sheet.go(Place::Csr));
    }
    let page = page(&sheet, &judged, &judged.reason_problems, "").await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(sheet: &Sheet, judged: &Judgement, problems: &[Problem], months: &str) -> Result<ReasonPage> {
    let (t, frame, draft) = (sheet.frame.t, &sheet.frame, &sheet.draft);
    let calendar = frame.desk.calendar();
    let chosen = parse_requested_on(&draft.requested_on).ok();
    let (today, last) = (frame.today(), sheet.source.last_day());
    let limits = Limits { today, first: today, last, chosen };
    let date = judged.date.as_ref().ok().filter(|date| Some(date.requested_on) == chosen);
    Ok(ReasonPage {
        action: Place::Reason.href(sheet.number),
        target: sheet.target(),
        errors: FieldErrors::of(t, problems),
        reasons: reasons(t, draft),
        exposed: exposed(t, draft),
        requested_on: DateField {
            is_date: chosen.is_some() || draft.requested_on.is_empty(),
            value: chosen.map_or_else(|| draft.requested_on.clone(), |day| day.to_string()),
            min: today.to_string(),
            max: last.to_string(),
            explanations: date
                .map(|date: &RequestedDate| sentences(t, &date.explanations(&calendar)))
                .unwrap_or_default(),
        },
        months: BusinessMonths::new(t, &calendar, limits, parse_month(months)),
        callee: person(&frame.db, t, &sheet.source).await?.map(|person| person.shown(t)),
        chrome: frame.chrome().await?,
    })
}

fn reasons(t: Texts, draft: &Draft) -> Vec<Choice> {
    let choice = |reason: ReissueReason| {
        let word = reason.as_str();
        Choice::new(word, t.s(&format!("mail.reason.{word}")), draft.reason == word)
    };
    ReissueReason::ALL.into_iter().map(choice).collect()
}

fn exposed(t: Texts, draft: &Draft) -> Vec<Choice> {
    let answer = draft.key_possibly_exposed;
    vec![
        Choice::new("yes", t.s("reissue.exposed_yes"), answer == Some(true)),
        Choice::new("no", t.s("reissue.exposed_no"), answer == Some(false)),
    ]
}
