//! CA接続, one CA after the other: how it goes, a check, and how many calls a second it may be asked.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::claims::NoFields;
use super::super::frame::Frame;
use super::ca::HREF;
use super::{again, blank, fields, guard, label, open, saved};
use crate::actions::change_ca_rate::{ChangeCaRate, change_ca_rate, check_ca_rate};
use crate::actions::check_authority::{AuthorityAnswer, check_authority};
use crate::ca::guard::BreakerState;
use crate::ca::{Abilities, Member};
use crate::controllers::extractors::Form;
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::settings::rules::{AuthorityRow, CaRateForm, CaRatePage};
use crate::views::desk::settings::{ChangeRow, ConfirmPage};
use crate::views::form::FieldErrors;
use crate::views::parts::{StatusLabel, Tone};

pub(super) fn rows(frame: &Frame) -> Vec<AuthorityRow> {
    let t = frame.t;
    let row = |member: &Member| {
        let condition = member.condition();
        let rate = condition.map(|condition| t.f("settings.ca.rate_value", &[("n", &condition.per_second)]));
        AuthorityRow {
            name: member.name.clone(),
            kind: member.kind.as_str(),
            issuer: member.issuer.clone(),
            status: status(t, condition.map(|condition| condition.breaker)),
            edit: rate.is_some().then(|| rate_href(&member.name)),
            rate: rate.unwrap_or_else(|| t.s("settings.ca.rate_none").to_owned()),
            edit_label: t.f("settings.ca.rate_of", &[("name", &member.name)]),
            check: format!("{HREF}/check/{}", member.name),
            check_label: t.f("settings.ca.check_of", &[("name", &member.name)]),
        }
    };
    frame.desk.authorities.members().iter().map(row).collect()
}

fn rate_href(name: &str) -> String {
    format!("{HREF}/rate/{name}")
}

fn status(t: Texts, breaker: Option<BreakerState>) -> StatusLabel {
    match breaker {
        None => label(t, "circle-check", Tone::Ok, "settings.ca.inside"),
        Some(BreakerState::Closed { failed: 0 }) => label(t, "circle-check", Tone::Ok, "settings.ca.well"),
        Some(BreakerState::Closed { failed }) => {
            let text = t.f("settings.ca.failing", &[("n", &failed)]);
            StatusLabel { text, ..label(t, "clock", Tone::Wait, "settings.ca.failing") }
        }
        Some(BreakerState::Open { left }) => {
            let text = t.f("settings.ca.resting", &[("s", &left.as_secs())]);
            StatusLabel { text, ..label(t, "ban", Tone::Bad, "settings.ca.resting") }
        }
        Some(BreakerState::HalfOpen) => label(t, "rotate-cw", Tone::Wait, "settings.ca.trying"),
    }
}

/// `POST /desk/settings/ca/check/{name}`
pub async fn check(frame: Frame, Path(name): Path<String>, Form(_): Form<NoFields>) -> Result<Redirect> {
    open(&frame).await?;
    let answer = check_authority(&frame.desk, &name).await?;
    frame.flashes.put(told(frame.t, &name, &answer)).await?;
    Ok(Redirect::to(HREF))
}

fn told(t: Texts, name: &str, answer: &AuthorityAnswer) -> Flash {
    let milliseconds = answer.took.as_millis();
    match &answer.abilities {
        Ok(abilities) => {
            let can = can(t, abilities);
            let values: [(&str, &(dyn std::fmt::Display + Sync)); 4] =
                [("name", &name), ("ms", &milliseconds), ("can", &can), ("says", &abilities.says)];
            Flash::done(t.f("settings.ca.checked", &values))
        }
        Err(error) => {
            let values: [(&str, &(dyn std::fmt::Display + Sync)); 3] =
                [("name", &name), ("error", error), ("ms", &milliseconds)];
            Flash { kind: FlashKind::Error, text: t.f("settings.ca.not_checked", &values), next_call: false }
        }
    }
}

fn can(t: Texts, abilities: &Abilities) -> String {
    let all = [
        (abilities.revoke, "settings.ca.can_revoke"),
        (abilities.status, "settings.ca.can_status"),
        (abilities.issue, "settings.ca.can_issue"),
    ];
    let named: Vec<&str> = all.into_iter().filter(|(can, _)| *can).map(|(_, key)| t.s(key)).collect();
    if named.is_empty() { t.s("settings.ca.can_nothing").to_owned() } else { named.join(", ") }
}

/// `GET /desk/settings/ca/rate/{name}`
pub async fn edit_rate(frame: Frame, Path(name): Path<String>) -> Result<CaRatePage> {
    open(&frame).await?;
    let (_, now) = outside(&frame, &name)?;
    page(&frame, &name, now.to_string(), FieldErrors::default()).await
}

/// A CA that has a rate, and the rate that counts.
fn outside<'a>(frame: &'a Frame, name: &str) -> Result<(&'a Member, u32)> {
    let member = frame.desk.authorities.named(name).ok_or_else(|| Error::not_found("authority_not_found"))?;
    let condition = member.condition().ok_or_else(|| Error::not_found("authority_not_found"))?;
    Ok((member, condition.per_second))
}

async fn page(frame: &Frame, name: &str, per_second: String, errors: FieldErrors) -> Result<CaRatePage> {
    let t = frame.t;
    let (member, now) = outside(frame, name)?;
    Ok(CaRatePage {
        chrome: frame.chrome(Place::Settings).await?,
        name: name.to_owned(),
        href: rate_href(name),
        guard: guard(frame, SettingName::CaRates).await?,
        facts: vec![
            (t.s("settings.ca.name").to_owned(), name.to_owned()),
            (t.s("settings.ca.issuer").to_owned(), member.issuer.clone()),
            (t.s("settings.ca.rate").to_owned(), t.f("settings.ca.rate_value", &[("n", &now)])),
        ],
        per_second,
        errors,
    })
}

/// `POST /desk/settings/ca/rate/{name}/preview`
pub async fn preview_rate(frame: Frame, Path(name): Path<String>, Form(form): Form<CaRateForm>) -> Result<Response> {
    open(&frame).await?;
    let (_, now) = outside(&frame, &name)?;
    let mut problems = Vec::new();
    let rate = read(&form, &mut problems);
    if problems.is_empty() {
        problems = check_ca_rate(now, rate);
    }
    if problems.is_empty() {
        return Ok(confirmation(&frame, &name, &form, rate).await?.into_response());
    }
    let errors = FieldErrors::of(frame.t, &problems);
    let page = page(&frame, &name, form.per_second, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn read(form: &CaRateForm, problems: &mut Vec<Problem>) -> u32 {
    fields::number("per_second", &form.per_second, problems)
}

/// `POST /desk/settings/ca/rate/{name}`
pub async fn change_rate(frame: Frame, Path(name): Path<String>, Form(form): Form<CaRateForm>) -> Result<Response> {
    open(&frame).await?;
    let mut problems = Vec::new();
    let per_second = read(&form, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let (seen, reason) = (form.version, form.reason.clone());
    let input = ChangeCaRate { seen, authority: name.clone(), per_second, reason };
    match change_ca_rate(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.ca.rate_saved", HREF).await,
        Err(error) => again(&frame, confirmation(&frame, &name, &form, per_second).await?, error),
    }
}

async fn confirmation(frame: &Frame, name: &str, form: &CaRateForm, rate: u32) -> Result<ConfirmPage> {
    let t = frame.t;
    let (_, now) = outside(frame, name)?;
    let shown = |rate: u32| t.f("settings.ca.rate_value", &[("n", &rate)]);
    Ok(ConfirmPage {
        title: t.s("settings.ca.rate_confirm").to_owned(),
        action: rate_href(name),
        guard: guard(frame, SettingName::CaRates).await?,
        hidden: vec![("per_second", rate.to_string())],
        changes: vec![ChangeRow::new(name, shown(now), shown(rate))],
        effect: t.s("settings.ca.rate_effect").to_owned(),
        reason: form.reason.clone(),
        ..blank(frame, HREF, "settings.ca.title").await?
    })
}
