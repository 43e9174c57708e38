//! 有効期間の規則: the dated rows, and what they make of one reissue.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::frame::Frame;
use super::{again, blank, fields, guard, history, label, open, saved};
use crate::actions::change_validity_rules::{ChangeValidityRules, RuleStep, change_validity_rules};
use crate::controllers::extractors::{Form, Query};
use crate::domain::problem::Problem;
use crate::domain::setting::SettingName;
use crate::domain::validity::{Term, ValidityPolicy, ValidityRule, replacement_validity};
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::views::chrome::Place;
use crate::views::desk::settings::rules::{RuleForm, RuleRow, ValidityPage, WhatIf};
use crate::views::desk::settings::{ChangeRow, ConfirmPage, Section};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::Tone;

const HREF: &str = "/desk/settings/validity";
/// The customer manual's example: what the box shows first.
const EXAMPLE: (&str, &str) = ("2021-01-10", "2022-08-10");
/// A term beyond this is a slip of the hand.
const LONGEST: u32 = 999;

pub(super) fn section(frame: &Frame) -> Section {
    let t = frame.t;
    let policy = frame.desk.policy();
    let now = policy.rule_on(frame.today()).ok();
    let next = policy.rules().iter().find(|rule| rule.from > frame.today());
    let fact = |key: &str, rule: &ValidityRule| {
        t.f(key, &[("day", &dates::long(t, rule.from)), ("term", &term(t, rule.term))])
    };
    Section {
        href: HREF,
        icon: "clock",
        title: t.s("settings.validity.title"),
        what: t.s("settings.validity.what"),
        facts: now
            .iter()
            .map(|rule| fact("settings.validity.fact_now", rule))
            .chain(next.map(|rule| fact("settings.validity.fact_next", rule)))
            .collect(),
        warning: None,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    issued_on: String,
    entitlement_end_on: String,
}

/// `GET /desk/settings/validity`
pub async fn show(frame: Frame, Query(asked): Query<Asked>) -> Result<ValidityPage> {
    open(&frame).await?;
    page(&frame, asked, RuleForm::default(), FieldErrors::default()).await
}

async fn page(frame: &Frame, asked: Asked, form: RuleForm, errors: FieldErrors) -> Result<ValidityPage> {
    let t = frame.t;
    let policy = frame.desk.policy();
    let kinds = ["days", "months_less_one_day"];
    let kind = |kind: &str| Choice::new(kind, t.s(&format!("settings.validity.kind_of.{kind}")), form.kind == kind);
    Ok(ValidityPage {
        chrome: frame.chrome(Place::Settings).await?,
        guard: guard(frame, SettingName::ValidityRules).await?,
        rules: rows(t, &policy, frame.today()),
        what_if: what_if(t, &policy, asked),
        kinds: kinds.into_iter().map(kind).collect(),
        form,
        history: history(frame, SettingName::ValidityRules).await?,
        errors,
    })
}

fn rows(t: Texts, policy: &ValidityPolicy, today: NaiveDate) -> Vec<RuleRow> {
    let in_force = policy.rule_on(today).ok().map(|rule| rule.from);
    let row = |rule: &ValidityRule| RuleRow {
        from: dates::table(t, rule.from),
        from_value: rule.from.to_string(),
        term: term(t, rule.term),
        status: if Some(rule.from) == in_force {
            label(t, "circle-check", Tone::Ok, "settings.version.in_force")
        } else if rule.from > today {
            label(t, "calendar-days", Tone::Wait, "settings.version.planned")
        } else {
            label(t, "clock", Tone::Hold, "settings.version.over")
        },
        removable: rule.from >= today,
    };
    policy.rules().iter().map(row).collect()
}

fn term(t: Texts, term: Term) -> String {
    match term {
        Term::Days(n) => t.f("settings.validity.days", &[("n", &n)]),
        Term::MonthsLessOneDay(n) => t.f("settings.validity.months_less_one_day", &[("n", &n)]),
    }
}

fn what_if(t: Texts, policy: &ValidityPolicy, asked: Asked) -> WhatIf {
    let blank = asked.issued_on.is_empty() && asked.entitlement_end_on.is_empty();
    let asked =
        if blank { Asked { issued_on: EXAMPLE.0.to_owned(), entitlement_end_on: EXAMPLE.1.to_owned() } } else { asked };
    let found = answer(t, policy, &asked);
    let (facts, problems) = match found {
        Ok(facts) => (facts, Vec::new()),
        Err(problem) => (Vec::new(), vec![t.problem(&problem)]),
    };
    WhatIf { issued_on: asked.issued_on, entitlement_end_on: asked.entitlement_end_on, facts, problems }
}

fn answer(t: Texts, policy: &ValidityPolicy, asked: &Asked) -> Result<Vec<(String, String)>, Problem> {
    let issued_on = fields::date("issued_on", &asked.issued_on)?;
    let end = fields::date("entitlement_end_on", &asked.entitlement_end_on)?;
    let rule = policy.rule_on(issued_on)?;
    let found = replacement_validity(policy, issued_on, end)?;
    let full = match found.full_term_from {
        Some(from) => t.f("settings.validity.again", &[("days", &t.days(from, found.full_term_until))]),
        None if found.shortened => t.s("settings.validity.never_full").to_owned(),
        None => t.s("settings.validity.full").to_owned(),
    };
    let in_force =
        t.f("settings.validity.by_rule", &[("day", &dates::long(t, rule.from)), ("term", &term(t, rule.term))]);
    Ok(vec![
        (t.s("settings.validity.not_after").to_owned(), dates::long(t, found.not_after_on)),
        (t.s("settings.validity.rest").to_owned(), full),
        (t.s("settings.validity.rule").to_owned(), in_force),
    ])
}

/// `POST /desk/settings/validity/preview`
pub async fn preview(frame: Frame, Form(form): Form<RuleForm>) -> Result<Response> {
    open(&frame).await?;
    let before = frame.desk.policy();
    let read = read(&form);
    let after = read.and_then(|step| step.apply(&before, frame.today()).map_err(|problem| vec![problem]));
    match after {
        Ok(after) => Ok(confirmation(&frame, &form, &after).await?.into_response()),
        Err(problems) => {
            let errors = FieldErrors::of(frame.t, &problems);
            let page = page(&frame, Asked::default(), form, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /desk/settings/validity`
pub async fn update(frame: Frame, Form(form): Form<RuleForm>) -> Result<Response> {
    open(&frame).await?;
    let step = read(&form).map_err(Error::Invalid)?;
    let input = ChangeValidityRules { seen: form.version, step, reason: form.reason.clone() };
    match change_validity_rules(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.validity.saved", HREF).await,
        Err(error) => {
            let before = frame.desk.policy();
            let after = step.apply(&before, frame.today()).unwrap_or_else(|_| before.as_ref().clone());
            again(&frame, confirmation(&frame, &form, &after).await?, error)
        }
    }
}

fn read(form: &RuleForm) -> Result<RuleStep, Vec<Problem>> {
    let mut problems = Vec::new();
    let from = fields::date("from", &form.from).map_err(|problem| problems.push(problem));
    if form.step == "remove" {
        return from.map(RuleStep::Remove).map_err(|()| problems);
    }
    let number = fields::number("number", &form.number, &mut problems);
    if number > LONGEST {
        problems.push(Problem::on("number", "setting_out_of_range").with("from", 1).with("to", LONGEST));
    }
    let term = match form.kind.as_str() {
        "days" => Some(Term::Days(number)),
        "months_less_one_day" => Some(Term::MonthsLessOneDay(number)),
        _ => {
            problems.push(Problem::on("kind", "value_unknown").with("value", &form.kind));
            None
        }
    };
    match (from, term) {
        (Ok(from), Some(term)) if problems.is_empty() => Ok(RuleStep::Set(ValidityRule { from, term })),
        _ => Err(problems),
    }
}

async fn confirmation(frame: &Frame, form: &RuleForm, after: &ValidityPolicy) -> Result<ConfirmPage> {
    let t = frame.t;
    let before = frame.desk.policy();
    let mut changes = Vec::new();
    for change in before.changes_to(after) {
        let shown =
            |one: Option<Term>| one.map_or_else(|| t.s("settings.validity.no_row").to_owned(), |one| term(t, one));
        let name = t.f("settings.validity.row", &[("day", &dates::long(t, change.from))]);
        changes.push(ChangeRow::new(name, shown(change.before), shown(change.after)));
        changes.extend(examples(t, &before, after, change.from));
    }
    Ok(ConfirmPage {
        title: t.s("settings.validity.confirm").to_owned(),
        action: HREF.to_owned(),
        guard: guard(frame, SettingName::ValidityRules).await?,
        hidden: vec![
            ("step", form.step.clone()),
            ("from", form.from.clone()),
            ("kind", form.kind.clone()),
            ("number", form.number.clone()),
        ],
        effect: t.s("settings.validity.effect").to_owned(),
        changes,
        reason: form.reason.clone(),
        ..blank(frame, HREF, "settings.validity.title").await?
    })
}

/// The last day of a certificate issued on the day before and on the day itself, under both tables.
fn examples(t: Texts, before: &ValidityPolicy, after: &ValidityPolicy, from: NaiveDate) -> Vec<ChangeRow> {
    let last = |table: &ValidityPolicy, issued_on: NaiveDate| {
        let found = replacement_validity(table, issued_on, NaiveDate::MAX);
        found.map_or_else(|problem| t.problem(&problem), |found| dates::long(t, found.not_after_on))
    };
    let days = from.pred_opt().into_iter().chain([from]);
    let row = |day: NaiveDate| {
        let label = t.f("settings.validity.example", &[("day", &dates::long(t, day))]);
        ChangeRow::new(label, last(before, day), last(after, day))
    };
    days.map(row).collect()
}
