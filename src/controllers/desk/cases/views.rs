//! Saved views: keep the list's conditions under a name, rename, share, remove.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::filter;
use super::tabs::form_of;
use crate::actions::change_view::{ChangeView, change_view};
use crate::actions::remove_view::remove_view;
use crate::actions::save_view::{SaveView, may_change, save_view};
use crate::controllers::desk::claims::NoFields;
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::saved_views::{self, SavedView};
use crate::views::chrome::Place;
use crate::views::desk::cases::{CaseFilter as FilterForm, ViewPage};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::Link;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ViewInput {
    name: String,
    shared: String,
    conditions: String,
}

/// What can be done with the conditions of the page: keep them, or change the view that they come from.
pub fn keep(frame: &Frame, form: &FilterForm, saved: &[SavedView]) -> Option<Link> {
    let t = frame.t;
    if let Some(view) = saved.iter().find(|view| view.id.to_string() == form.saved) {
        let own = may_change(view, &frame.actor());
        return own.then(|| Link::new(format!("/desk/views/{}", view.id), t.s("lists.edit_view")));
    }
    let conditions = form.conditions();
    (!conditions.is_empty()).then(|| Link::new(format!("/desk/views/new?{conditions}"), t.s("lists.save_view")))
}

/// The list with these conditions and nothing else of what a form may send.
pub fn list_href(conditions: &str) -> String {
    form_of(conditions).page_after("")
}

/// `GET /desk/views/new`
pub async fn new(frame: Frame, Query(form): Query<FilterForm>) -> Result<ViewPage> {
    let input = ViewInput { conditions: form.conditions(), ..ViewInput::default() };
    view_page(&frame, None, &input, FieldErrors::default()).await
}

/// `POST /desk/views`
pub async fn create(frame: Frame, Form(input): Form<ViewInput>) -> Result<Response> {
    let conditions = form_of(&input.conditions).conditions();
    let order = SaveView { name: input.name.clone(), conditions, shared: input.shared == "yes" };
    match save_view(&frame.desk, order, &frame.actor(), frame.now).await {
        Ok(view) => {
            frame.done(frame.t.f("lists.view_saved", &[("name", &view.name)])).await?;
            Ok(Redirect::to(&tab_href(&view)).into_response())
        }
        Err(error) => refused(&frame, None, &input, error).await,
    }
}

/// `GET /desk/views/{id}`
pub async fn edit(frame: Frame, Path(id): Path<i64>) -> Result<ViewPage> {
    let view = own_view(&frame, id).await?;
    let shared = if view.shared { "yes" } else { "no" };
    let input = ViewInput { name: view.name.clone(), shared: shared.to_owned(), conditions: view.conditions.clone() };
    view_page(&frame, Some(&view), &input, FieldErrors::default()).await
}

/// `POST /desk/views/{id}`
pub async fn update(frame: Frame, Path(id): Path<i64>, Form(input): Form<ViewInput>) -> Result<Response> {
    let view = own_view(&frame, id).await?;
    // Who may not share has no such field on the page.
    let shared = if frame.may(Permission::Supervise) { input.shared == "yes" } else { view.shared };
    let order = ChangeView { view_id: id, name: input.name.clone(), shared };
    match change_view(&frame.desk, order, &frame.actor(), frame.now).await {
        Ok(view) => {
            frame.done(frame.t.f("lists.view_saved", &[("name", &view.name)])).await?;
            Ok(Redirect::to(&tab_href(&view)).into_response())
        }
        Err(error) => refused(&frame, Some(&view), &input, error).await,
    }
}

/// `POST /desk/views/{id}/removal`
pub async fn destroy(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    let view = own_view(&frame, id).await?;
    remove_view(&frame.desk, id, &frame.actor(), frame.now).await?;
    frame.done(frame.t.f("lists.view_removed", &[("name", &view.name)])).await?;
    Ok(Redirect::to("/desk/cases"))
}

async fn own_view(frame: &Frame, id: i64) -> Result<SavedView> {
    let view = saved_views::by_id(&frame.desk.db, id).await?;
    if may_change(&view, &frame.actor()) { Ok(view) } else { Err(Error::not_found("view_not_found")) }
}

fn tab_href(view: &SavedView) -> String {
    format!("/desk/cases?{}&saved={}", view.conditions, view.id)
}

async fn refused(frame: &Frame, view: Option<&SavedView>, input: &ViewInput, error: Error) -> Result<Response> {
    let problems = error.into_problems()?;
    let page = view_page(frame, view, input, FieldErrors::of(frame.t, &problems)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn view_page(
    frame: &Frame,
    view: Option<&SavedView>,
    input: &ViewInput,
    errors: FieldErrors,
) -> Result<ViewPage> {
    let base = view.map(|view| format!("/desk/views/{}", view.id));
    Ok(ViewPage {
        chrome: frame.chrome(Place::Cases).await?,
        guard: frame.plain_guard(),
        action: base.clone().unwrap_or_else(|| "/desk/views".to_owned()),
        removal: base.map(|base| format!("{base}/removal")),
        back: view.map_or_else(|| list_href(&input.conditions), tab_href),
        conditions: input.conditions.clone(),
        facts: in_words(frame, &form_of(&input.conditions)).await?,
        name: input.name.clone(),
        shared: input.shared == "yes",
        may_share: frame.may(Permission::Supervise),
        errors,
    })
}

/// What the conditions hold, one fact for each.
pub async fn in_words(frame: &Frame, form: &FilterForm) -> Result<Vec<(String, String)>> {
    let t = frame.t;
    let label = |choices: Vec<Choice>| choices.into_iter().find(|choice| choice.chosen).map(|choice| choice.label);
    let view = t.get(&format!("lists.view.{}", form.view)).map(str::to_owned);
    let days = match (form.from.as_str(), form.to.as_str()) {
        ("", "") => None,
        (from, to) => Some(format!("{from} – {to}")),
    };
    let some = |value: &str, words: Option<String>| if value.is_empty() { None } else { words };
    let facts = [
        ("lists.fact.view", some(&form.view, view)),
        ("col.requested_on", days),
        ("cases.validation", some(&form.validation, label(filter::validation_choices(t, &form.validation)))),
        ("col.status", some(&form.state, label(filter::state_choices(t, &form.state)))),
        ("cases.holder", some(&form.assignee, label(filter::assignee_choices(frame, &form.assignee).await?))),
        ("lists.fact.search", some(&form.q, Some(form.q.clone()))),
        ("lists.fact.order", some(&form.sort, t.get(&format!("lists.order.{}", form.sort)).map(str::to_owned))),
    ];
    Ok(facts.into_iter().filter_map(|(key, value)| Some((t.s(key).to_owned(), value?))).collect())
}
