//! 設置の確認: whether customers' sites are looked at, on which ports and how often.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::frame::Frame;
use super::{again, blank, fields, guard, history, open, saved};
use crate::actions::change_installation_rules::{
    ChangeInstallationRules, change_installation_rules, check_installation_rules,
};
use crate::controllers::extractors::Form;
use crate::domain::installation::InstallationRules;
use crate::domain::problem::Problem;
use crate::domain::setting::{Change, SettingName};
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::models::case_queue::{self, CaseFilter, CaseView};
use crate::models::{counting, installation};
use crate::views::chrome::Place;
use crate::views::desk::settings::rules::{InstallationForm, InstallationPage, TypedField};
use crate::views::desk::settings::{ChangeRow, ConfirmPage, Section};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::counted_items;

const HREF: &str = "/desk/settings/installation";
const TITLE: &str = "settings.installation.title";

pub(super) fn section(frame: &Frame) -> Section {
    let t = frame.t;
    let live = frame.desk.live();
    let rules = live.installation();
    let [_, (_, ports), (_, hours)] = rules.entries();
    let fact = if rules.on {
        t.f("settings.installation.fact_on", &[("ports", &ports), ("n", &hours)])
    } else {
        t.s("settings.installation.fact_off").to_owned()
    };
    let what = t.s("settings.installation.what");
    Section { href: HREF, icon: "refresh-cw", title: t.s(TITLE), what, facts: vec![fact], warning: None }
}

/// `GET /desk/settings/installation`
pub async fn show(frame: Frame) -> Result<InstallationPage> {
    open(&frame).await?;
    let [on, ports, hours] = frame.desk.live().installation().entries().map(|(_, value)| value);
    let form = InstallationForm { on, ports, hours_between_looks: hours, ..InstallationForm::default() };
    page(&frame, form, FieldErrors::default()).await
}

async fn page(frame: &Frame, form: InstallationForm, errors: FieldErrors) -> Result<InstallationPage> {
    let t = frame.t;
    let switch = |value: &'static str| {
        Choice::new(value, t.s(&format!("settings.installation.value.{value}")), form.on == value)
    };
    let switch = vec![switch("off"), switch("on")];
    let field = |name: &'static str, value: String| TypedField {
        name,
        label: t.s(&format!("settings.installation.field.{name}")),
        hint: t.s(&format!("settings.installation.hint.{name}")),
        value,
        kind: "text",
        mode: "numeric",
        needed: true,
    };
    Ok(InstallationPage {
        chrome: frame.chrome(Place::Settings).await?,
        guard: guard(frame, SettingName::Installation).await?,
        switch,
        fields: vec![field("ports", form.ports), field("hours_between_looks", form.hours_between_looks)],
        facts: facts(frame).await?,
        history: history(frame, SettingName::Installation).await?,
        errors,
    })
}

async fn facts(frame: &Frame) -> Result<Vec<(String, String)>> {
    if !frame.desk.live().installation().on {
        return Ok(Vec::new());
    }
    let (t, db) = (frame.t, &frame.desk.db);
    let old = CaseFilter { view: CaseView::OldInUse, ..CaseFilter::default() };
    let queries = installation::counted().into_iter().chain([case_queue::counted(&old, frame.today())]).collect();
    let counts = counting::each(db, queries).await?;
    let keys = ["waiting", "looked_at", "old"].map(|key| t.s(&format!("settings.installation.{key}")));
    Ok(keys.into_iter().zip(counts).map(|(key, count)| (key.to_owned(), counted_items(t, count))).collect())
}

/// `POST /desk/settings/installation/preview`
pub async fn preview(frame: Frame, Form(form): Form<InstallationForm>) -> Result<Response> {
    open(&frame).await?;
    let read = read(&form).and_then(|rules| {
        let problems = check_installation_rules(frame.desk.live().installation(), &rules);
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    });
    match read {
        Ok(rules) => Ok(confirmation(&frame, &form, &rules).await?.into_response()),
        Err(problems) => {
            let page = page(&frame, form, FieldErrors::of(frame.t, &problems)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /desk/settings/installation`
pub async fn update(frame: Frame, Form(form): Form<InstallationForm>) -> Result<Response> {
    open(&frame).await?;
    let rules = read(&form).map_err(Error::Invalid)?;
    let input = ChangeInstallationRules { seen: form.version, rules: rules.clone(), reason: form.reason.clone() };
    match change_installation_rules(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.installation.saved", HREF).await,
        Err(error) => again(&frame, confirmation(&frame, &form, &rules).await?, error),
    }
}

fn read(form: &InstallationForm) -> std::result::Result<InstallationRules, Vec<Problem>> {
    let mut problems = Vec::new();
    let on = match form.on.as_str() {
        "on" => true,
        "off" => false,
        other => {
            problems.push(Problem::on("on", "value_unknown").with("value", other));
            false
        }
    };
    let ports = fields::numbers("ports", &form.ports, &mut problems);
    let hours_between_looks = fields::number("hours_between_looks", &form.hours_between_looks, &mut problems);
    let rules = InstallationRules { on, ports, hours_between_looks };
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

async fn confirmation(frame: &Frame, form: &InstallationForm, rules: &InstallationRules) -> Result<ConfirmPage> {
    let (t, live) = (frame.t, frame.desk.live());
    let before = live.installation();
    let change = |change: &Change| {
        let field = t.s(&format!("settings.installation.field.{}", change.field));
        ChangeRow::new(field, shown(t, &change.field, &change.before), shown(t, &change.field, &change.after))
    };
    let effect = if rules.on {
        let [waiting, _] = installation::counted();
        let waiting = counting::one(&frame.desk.db, waiting).await?;
        t.f("settings.installation.effect_on", &[("n", &counted_items(t, waiting))])
    } else {
        t.s("settings.installation.effect_off").to_owned()
    };
    let turned_on = rules.on && !before.on;
    Ok(ConfirmPage {
        title: t.s("settings.installation.confirm").to_owned(),
        action: HREF.to_owned(),
        guard: guard(frame, SettingName::Installation).await?,
        hidden: rules.entries().to_vec(),
        effect,
        warnings: turned_on.then(|| t.s("settings.installation.outbound").to_owned()).into_iter().collect(),
        changes: before.changes_to(rules).iter().map(change).collect(),
        reason: form.reason.clone(),
        ..blank(frame, HREF, TITLE).await?
    })
}

/// With its unit, or in its word.
fn shown(t: Texts, field: &str, value: &str) -> String {
    let key = if field == "on" { value } else { field };
    t.f(&format!("settings.installation.value.{key}"), &[("n", &value)])
}
