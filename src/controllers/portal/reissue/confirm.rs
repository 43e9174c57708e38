//! 内容確認 and 登録: everything once more, the subscriber agreement, and the filing.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::words::{period, person, sentences};
use super::{Place, Sheet, already_filed, certificate_href, done_href};
use crate::actions::file_application::file_application;
use crate::actions::issue_at_once::issue_in_background;
use crate::actions::judge_draft::Judgement;
use crate::controllers::extractors::Form;
use crate::domain::application::{CrlReason, ReissueReason};
use crate::domain::calendar::jst_date;
use crate::domain::problem::Problem;
use crate::domain::validity::replacement_validity;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::columns::DraftCsr;
use crate::models::reissue_drafts;
use crate::views::form::FieldErrors;
use crate::views::parts::Period;
use crate::views::portal::reissue::{AgreementText, ConfirmCsr, ConfirmDate, ConfirmForm, ConfirmPage, NewValidity};
use crate::views::portal::reissue_picture::ReissuePicture;

/// `GET …/reissue/confirm`: of a complete application; otherwise back to the step that lacks something.
pub async fn show(sheet: Sheet) -> Result<Response> {
    let judged = sheet.judge().await?;
    match incomplete(&judged) {
        Some(place) => Ok(Redirect::to(&place.with_errors(sheet.number)).into_response()),
        None => Ok(page(&sheet, &judged, &[]).await?.into_response()),
    }
}

/// `POST …/reissue/confirm`: 登録
pub async fn file(sheet: Sheet, Form(form): Form<ConfirmForm>) -> Result<Response> {
    let judged = sheet.judge().await?;
    if let Some(place) = incomplete(&judged) {
        return Ok(Redirect::to(&place.with_errors(sheet.number)).into_response());
    }
    if form.draft != sheet.draft.version() {
        return again(&sheet, &judged, StatusCode::CONFLICT, Problem::new("draft_changed")).await;
    }
    if form.consent.is_empty() {
        let missing = Problem::on("consent", "consent_missing");
        return again(&sheet, &judged, StatusCode::UNPROCESSABLE_ENTITY, missing).await;
    }
    let Some(input) = judged.application(&sheet.draft, form.agreement_version) else {
        return Ok(sheet.go(Place::Reason));
    };
    let (desk, actor, now) = (&sheet.frame.desk, sheet.frame.actor(), sheet.frame.now);
    match file_application(desk, input, &actor, now).await {
        Ok(case) => {
            let done = done_href(case.reception_number);
            issue_in_background(desk, case, actor, now);
            desk.nudge();
            Ok(Redirect::to(&done).into_response())
        }
        Err(Error::Conflict(problem)) if problem.code == "application_already_filed" => {
            let draft = reissue_drafts::find(&desk.db, sheet.draft.customer_id, sheet.source.id, now).await?;
            match draft.and_then(|draft| draft.reception_number) {
                Some(filed_as) => already_filed(&sheet.frame, filed_as).await,
                None => Err(Error::Conflict(problem)),
            }
        }
        Err(error) => refused(&sheet, &judged, error.into_problems()?).await,
    }
}

/// Where the customer can do something about a refusal at 登録.
async fn refused(sheet: &Sheet, judged: &Judgement, problems: Vec<Problem>) -> Result<Response> {
    let on = |field: &str| problems.iter().any(|problem| problem.field == Some(field));
    if on("certificate_id") {
        return Ok(Redirect::to(&certificate_href(sheet.number)).into_response());
    }
    if on("reason") || on("key_possibly_exposed") || on("requested_on") {
        return Ok(Redirect::to(&Place::Reason.with_errors(sheet.number)).into_response());
    }
    if on("csr") {
        return Ok(Redirect::to(&Place::Csr.with_errors(sheet.number)).into_response());
    }
    let page = page(sheet, judged, &problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn again(sheet: &Sheet, judged: &Judgement, status: StatusCode, problem: Problem) -> Result<Response> {
    Ok((status, page(sheet, judged, &[problem]).await?).into_response())
}

/// The first step that lacks something.
fn incomplete(judged: &Judgement) -> Option<Place> {
    if !judged.reason_problems.is_empty() {
        return Some(Place::Reason);
    }
    (!judged.csr_problems.is_empty()).then_some(Place::Csr)
}

async fn page(sheet: &Sheet, judged: &Judgement, problems: &[Problem]) -> Result<ConfirmPage> {
    let (t, desk) = (sheet.frame.t, &sheet.frame.desk);
    let reason = judged.reason.as_ref().map(|reason| reason.as_str()).unwrap_or_default();
    Ok(ConfirmPage {
        action: Place::Confirm.href(sheet.number),
        reason_href: Place::Reason.href(sheet.number),
        csr_href: Place::Csr.href(sheet.number),
        target: sheet.target(),
        errors: FieldErrors::of(t, problems),
        draft: sheet.draft.version(),
        reason: t.s(&format!("mail.reason.{reason}")).to_owned(),
        reason_note: reason_note(sheet, judged),
        date: date(sheet, judged).await?,
        csr: csr(sheet, judged)?,
        validity: validity(sheet)?,
        agreement: AgreementText {
            version: desk.agreement.version.clone(),
            paragraphs: desk.agreement.text.split("\n\n").map(|text| text.trim().to_owned()).collect(),
        },
        warning: warning(sheet, judged),
        chrome: sheet.frame.chrome().await?,
    })
}

fn reason_note(sheet: &Sheet, judged: &Judgement) -> Option<String> {
    let lost = judged.reason == Ok(ReissueReason::KeyLostOrDamaged);
    let exposed = sheet.draft.key_possibly_exposed.filter(|_| lost)?;
    let key = if exposed { "reissue.lost_exposed" } else { "reissue.lost_not_exposed" };
    Some(sheet.frame.t.s(key).to_owned())
}

async fn date(sheet: &Sheet, judged: &Judgement) -> Result<ConfirmDate> {
    let (t, desk) = (sheet.frame.t, &sheet.frame.desk);
    if judged.crl_reason == CrlReason::KeyCompromise {
        let text = t.s("reissue.within_24_hours").to_owned();
        return Ok(ConfirmDate { text, notes: vec![t.s("reissue.no_call").to_owned()] });
    }
    let Ok(date) = judged.date else { return Ok(ConfirmDate { text: String::new(), notes: Vec::new() }) };
    let mut notes = sentences(t, &date.explanations(&desk.calendar()));
    notes.push(match person(&sheet.frame.db, t, &sheet.source).await? {
        Some(person) => t.f(
            "reissue.callee_on_day",
            &[
                ("day", &dates::long(t, date.due_on)),
                ("role", &person.role),
                ("name", &person.name),
                ("tail", &person.phone_tail),
            ],
        ),
        None => t.s("reissue.callee_unknown").to_owned(),
    });
    Ok(ConfirmDate { text: dates::long(t, date.requested_on), notes })
}

fn csr(sheet: &Sheet, judged: &Judgement) -> Result<ConfirmCsr> {
    let read = sheet.csr_read(judged)?;
    let (text, key) = match sheet.draft.csr_choice {
        DraftCsr::Reuse => ("reissue.csr_reused", sheet.source.key_label.clone()),
        DraftCsr::Given => ("reissue.csr_new", read.as_ref().map(|read| read.key.clone()).unwrap_or_default()),
        DraftCsr::Later => ("reissue.csr_later", String::new()),
    };
    Ok(ConfirmCsr { text: sheet.frame.t.s(text).to_owned(), key, read })
}

/// As if it were issued today.
fn validity(sheet: &Sheet) -> Result<NewValidity> {
    let (t, today, source) = (sheet.frame.t, sheet.frame.today(), &sheet.source);
    let term = replacement_validity(&sheet.frame.desk.policy(), today, source.entitlement_end_on)?;
    let waits = sheet.draft.csr_choice == DraftCsr::Later || sheet.eligibility.reexamination.is_some();
    let note = if waits {
        "reissue.validity_later"
    } else if term.shortened {
        "reissue.validity_shortened"
    } else if term.not_after_on == source.last_day() {
        "reissue.validity_same"
    } else {
        "reissue.validity_longer"
    };
    let old = Period { from: jst_date(source.not_before), to: source.last_day() };
    let picture = term.shortened.then(|| ReissuePicture::new(t, old, today, source.entitlement_end_on, term));
    Ok(NewValidity { text: period(today, term.not_after_on), note: t.s(note).to_owned(), picture })
}

fn warning(sheet: &Sheet, judged: &Judgement) -> String {
    let t = sheet.frame.t;
    match &judged.date {
        Ok(date) if judged.crl_reason == CrlReason::Superseded => {
            t.f("reissue.warning", &[("day", &dates::without_year(t, date.due_on))])
        }
        Ok(_) | Err(_) => t.s("reissue.warning_compromise").to_owned(),
    }
}
