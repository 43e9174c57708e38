//! 電話の規則: tries, intervals, leases, reminders, from a day on.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;

use super::super::frame::Frame;
use super::{again, blank, fields, guard, history, open, saved};
use crate::actions::change_call_rules::{ChangeCallRules, change_call_rules, check_call_rules};
use crate::controllers::extractors::Form;
use crate::domain::call_rules::CallRules;
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::views::chrome::Place;
use crate::views::desk::settings::rules::{CallRulesForm, DatedPage, TypedField};
use crate::views::desk::settings::{ChangeRow, ConfirmPage, Section};
use crate::views::form::FieldErrors;

const HREF: &str = "/desk/settings/calls";

pub(super) fn section(frame: &Frame) -> Section {
    let t = frame.t;
    let rules = frame.desk.calls_on(frame.today());
    let tries: [(&str, &(dyn std::fmt::Display + Sync)); 3] = [
        ("n", &rules.attempts),
        ("days", &rules.attempts_within_business_days),
        ("minutes", &rules.attempts_apart_minutes),
    ];
    Section {
        href: HREF,
        icon: "phone",
        title: t.s("settings.calls.title"),
        what: t.s("settings.calls.what"),
        facts: vec![
            t.f("settings.calls.fact_tries", &tries),
            t.f("settings.calls.fact_lease", &[("n", &rules.lease_minutes), ("most", &rules.lease_hard_stop_minutes)]),
        ],
        warning: None,
    }
}

/// `GET /desk/settings/calls`
pub async fn show(frame: Frame) -> Result<DatedPage> {
    open(&frame).await?;
    let rules = frame.desk.calls_on(frame.today());
    let values = rules.entries();
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
        label: t.s(&format!("settings.calls.field.{name}")),
        hint: t.s(&format!("settings.calls.hint.{name}")),
        value: value.clone(),
        kind: "text",
        mode: "numeric",
        needed: *name != "reminder_business_days",
    };
    let planned = frame.desk.live().next_calls_day(frame.today());
    Ok(DatedPage {
        chrome: frame.chrome(Place::Settings).await?,
        title: t.s("settings.calls.title"),
        href: HREF,
        guard: guard(frame, SettingName::Calls).await?,
        fields: values.iter().map(field).collect(),
        effective_on,
        planned: planned.map(|day| t.f("settings.calls.planned", &[("day", &dates::long(t, day))])),
        history: history(frame, SettingName::Calls).await?,
        errors,
    })
}

/// `POST /desk/settings/calls/preview`
pub async fn preview(frame: Frame, Form(form): Form<CallRulesForm>) -> Result<Response> {
    open(&frame).await?;
    let read = read(&form).and_then(|(rules, day)| {
        let problems = check_call_rules(&frame.desk.calls_on(day), &rules, day, frame.today());
        if problems.is_empty() { Ok((rules, day)) } else { Err(problems) }
    });
    match read {
        Ok((rules, day)) => Ok(confirmation(&frame, &form, &rules, day).await?.into_response()),
        Err(problems) => {
            let values: Vec<_> = form.entries().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
            let errors = FieldErrors::of(frame.t, &problems);
            let page = page(&frame, &values, form.effective_on, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /desk/settings/calls`
pub async fn update(frame: Frame, Form(form): Form<CallRulesForm>) -> Result<Response> {
    open(&frame).await?;
    let (rules, effective_on) = read(&form).map_err(Error::Invalid)?;
    let input = ChangeCallRules { seen: form.version, rules: rules.clone(), effective_on, reason: form.reason.clone() };
    match change_call_rules(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.calls.saved", HREF).await,
        Err(error) => again(&frame, confirmation(&frame, &form, &rules, effective_on).await?, error),
    }
}

/// What was typed, as rules and the day they count from.
fn read(form: &CallRulesForm) -> Result<(CallRules, NaiveDate), Vec<Problem>> {
    let mut problems = Vec::new();
    let mut number = |field, typed: &str| fields::number(field, typed, &mut problems);
    let mut rules = CallRules {
        attempts: number("attempts", &form.attempts),
        attempts_within_business_days: number("attempts_within_business_days", &form.attempts_within_business_days),
        attempts_apart_minutes: number("attempts_apart_minutes", &form.attempts_apart_minutes),
        lease_minutes: number("lease_minutes", &form.lease_minutes),
        lease_hard_stop_minutes: number("lease_hard_stop_minutes", &form.lease_hard_stop_minutes),
        reminder_business_days: Vec::new(),
        window_business_days: number("window_business_days", &form.window_business_days),
        confirmation_max_age_business_days: number(
            "confirmation_max_age_business_days",
            &form.confirmation_max_age_business_days,
        ),
    };
    rules.reminder_business_days =
        fields::numbers("reminder_business_days", &form.reminder_business_days, &mut problems);
    let day = fields::date("effective_on", &form.effective_on);
    match day {
        Ok(day) if problems.is_empty() => Ok((rules, day)),
        Ok(_) => Err(problems),
        Err(problem) => {
            problems.push(problem);
            Err(problems)
        }
    }
}

async fn confirmation(
    frame: &Frame,
    form: &CallRulesForm,
    rules: &CallRules,
    effective_on: NaiveDate,
) -> Result<ConfirmPage> {
    let t = frame.t;
    let mut hidden: Vec<(&'static str, String)> = rules.entries();
    hidden.push(("effective_on", effective_on.to_string()));
    let changes = frame.desk.calls_on(effective_on).changes_to(rules);
    let shown = |field: &str, value: &str| shown(t, field, value);
    let change = |change: &crate::domain::setting::Change| {
        let field = t.s(&format!("settings.calls.field.{}", change.field));
        ChangeRow::new(field, shown(&change.field, &change.before), shown(&change.field, &change.after))
    };
    let key = if effective_on > frame.today() { "settings.calls.effect_later" } else { "settings.calls.effect_now" };
    Ok(ConfirmPage {
        title: t.s("settings.calls.confirm").to_owned(),
        action: HREF.to_owned(),
        guard: guard(frame, SettingName::Calls).await?,
        hidden,
        effect: t.f(key, &[("day", &dates::long(t, effective_on))]),
        changes: changes.iter().map(change).collect(),
        reason: form.reason.clone(),
        ..blank(frame, HREF, "settings.calls.title").await?
    })
}

/// With its unit; nothing is told as nothing.
fn shown(t: Texts, field: &str, value: &str) -> String {
    if value.is_empty() {
        return t.s("settings.none").to_owned();
    }
    t.f(&format!("settings.calls.value.{field}"), &[("n", &value)])
}
