//! Webhook: the programs that are told what happens to cases.

use std::collections::HashMap;

use axum::response::{IntoResponse, Redirect, Response};

use super::super::claims::NoFields;
use super::super::frame::Frame;
use super::{again, blank, label, open, saved};
use crate::actions::create_webhook::{NewWebhook, create_webhook};
use crate::actions::pause_webhook::pause_webhook;
use crate::actions::remove_webhook::remove_webhook;
use crate::actions::resume_webhook::resume_webhook;
use crate::actions::rotate_webhook_secret::rotate_webhook_secret;
use crate::controllers::extractors::{Form, Path};
use crate::domain::webhook::{DeliveryStatus, EventKind};
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::webhooks::{Standing, Webhook};
use crate::models::{webhook_deliveries, webhooks};
use crate::views::chrome::Place;
use crate::views::desk::settings::accounts::{SecretPage, UserDeed};
use crate::views::desk::settings::webhooks::{NewWebhookForm, NewWebhookPage, WebhookPage, WebhookRow, WebhooksPage};
use crate::views::desk::settings::{Button, ChangeRow, ConfirmPage, ReasonForm, Section};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Link, StatusLabel, Tone};

pub(super) const HREF: &str = "/desk/settings/webhooks";
pub(super) const TITLE: &str = "settings.webhooks.title";

pub(super) async fn section(frame: &Frame) -> Result<Section> {
    let t = frame.t;
    let hooks = webhooks::all(&frame.desk.db).await?;
    let what = t.s("settings.webhooks.what");
    let facts = vec![t.f("settings.webhooks.fact", &[("n", &hooks.len())])];
    Ok(Section { href: HREF, icon: "external-link", title: t.s(TITLE), what, facts, warning: None })
}

/// `GET /desk/settings/webhooks`
pub async fn index(frame: Frame) -> Result<WebhooksPage> {
    open(&frame).await?;
    let waiting = waiting(&frame).await?;
    let hooks = webhooks::all(&frame.desk.db).await?;
    let rows = hooks.iter().map(|hook| WebhookRow {
        href: href(hook),
        name: hook.name.clone(),
        url: hook.url.clone(),
        events: frame.t.f("settings.webhooks.kinds", &[("n", &hook.events().count())]),
        waiting: waiting.get(&hook.id).copied().unwrap_or_default().to_string(),
        status: status(&frame, hook),
    });
    Ok(WebhooksPage { chrome: frame.chrome(Place::Settings).await?, rows: rows.collect() })
}

async fn waiting(frame: &Frame) -> Result<HashMap<i64, i64>> {
    let counts = webhook_deliveries::counts(&frame.desk.db).await?.into_iter();
    let waiting = counts.filter(|(_, status, _)| *status == DeliveryStatus::Waiting);
    Ok(waiting.map(|(hook, _, n)| (hook, n)).collect())
}

fn href(hook: &Webhook) -> String {
    format!("{HREF}/{}", hook.id)
}

fn status(frame: &Frame, hook: &Webhook) -> StatusLabel {
    let standing = hook.standing(frame.now);
    let (icon, tone) = match standing {
        Standing::On => ("circle-check", Tone::Ok),
        Standing::Resting => ("triangle-alert", Tone::Bad),
        Standing::Paused => ("pause", Tone::Hold),
        Standing::Gone => ("ban", Tone::Bad),
    };
    label(frame.t, icon, tone, &format!("settings.webhooks.standing.{}", standing.as_str()))
}

/// `GET /desk/settings/webhooks/new`
pub async fn new(frame: Frame) -> Result<NewWebhookPage> {
    open(&frame).await?;
    new_page(&frame, NewWebhookForm::default(), FieldErrors::default()).await
}

async fn new_page(frame: &Frame, form: NewWebhookForm, errors: FieldErrors) -> Result<NewWebhookPage> {
    let choice = |kind: EventKind| {
        let name = kind.to_string();
        let chosen = form.events.contains(&name);
        Choice::new(name, event(frame.t, kind), chosen)
    };
    let events = EventKind::all().map(choice).collect();
    Ok(NewWebhookPage { chrome: frame.chrome(Place::Settings).await?, events, form, errors })
}

/// The word for people, and the one for programs.
fn event(t: Texts, kind: EventKind) -> String {
    let words = t.s(&format!("audit.action.{}", kind.action()));
    t.f("settings.webhooks.event_name", &[("words", &words), ("name", &kind)])
}

/// `POST /desk/settings/webhooks`: the answer shows the secret, once.
pub async fn create(frame: Frame, Form(form): Form<NewWebhookForm>) -> Result<Response> {
    open(&frame).await?;
    let created = match read(&form) {
        Ok(new) => create_webhook(&frame.desk, new, &frame.actor(), frame.now).await,
        Err(error) => Err(error),
    };
    match created {
        Ok((hook, secret)) => {
            let title = frame.t.f("settings.webhooks.created_title", &[("name", &hook.name)]);
            Ok(secret_page(&frame, &hook, title, secret).await?.into_response())
        }
        Err(error) => {
            let status = error.status();
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((status, new_page(&frame, form, errors).await?).into_response())
        }
    }
}

fn read(form: &NewWebhookForm) -> Result<NewWebhook> {
    let events = form.events.iter().map(|event| event.parse()).collect::<Result<_, _>>()?;
    Ok(NewWebhook { name: form.name.clone(), url: form.url.clone(), events, reason: form.reason.clone() })
}

async fn secret_page(frame: &Frame, hook: &Webhook, title: String, secret: String) -> Result<SecretPage> {
    let t = frame.t;
    Ok(SecretPage {
        chrome: frame.chrome(Place::Settings).await?,
        title,
        lead: t.s("settings.webhooks.secret_lead").to_owned(),
        label: t.s("settings.webhooks.secret_label"),
        secret,
        facts: vec![(t.s("settings.webhooks.url").to_owned(), hook.url.clone())],
        back: Link::new(href(hook), &hook.name),
    })
}

/// `GET /desk/settings/webhooks/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>) -> Result<WebhookPage> {
    open(&frame).await?;
    let hook = webhooks::by_id(&frame.desk.db, id).await?;
    let (deliveries, cut) = super::deliveries::rows(&frame, &hook).await?;
    Ok(WebhookPage {
        chrome: frame.chrome(Place::Settings).await?,
        href: href(&hook),
        status: status(&frame, &hook),
        facts: facts(&frame, &hook).await?,
        events: hook.events().map(|kind| event(frame.t, kind)).collect(),
        deeds: deeds(&frame, &hook),
        deliveries,
        cut,
        name: hook.name,
    })
}

async fn facts(frame: &Frame, hook: &Webhook) -> Result<Vec<(String, String)>> {
    let t = frame.t;
    let fact = |key: &str, value: String| (t.s(&format!("settings.webhooks.{key}")).to_owned(), value);
    let names = frame.staff_names([hook.created_by.as_str()].into_iter()).await?;
    let by = names.get(&hook.created_by).unwrap_or(&hook.created_by);
    let waiting = waiting(frame).await?.get(&hook.id).copied().unwrap_or_default();
    let mut facts = vec![
        fact("url", hook.url.clone()),
        fact("made", format!("{}\u{3000}{by}", dates::long_instant(t, hook.created_at))),
        fact("waiting", waiting.to_string()),
    ];
    if let Some(until) = hook.former_until.filter(|until| *until > frame.now) {
        facts.push(fact("former_until", dates::long_instant(t, until)));
    }
    if let Some(since) = hook.failing_since {
        facts.push(fact("failing_since", dates::long_instant(t, since)));
    }
    if let Some(until) = hook.rest_until.filter(|until| *until > frame.now) {
        facts.push(fact("rest_until", dates::long_instant(t, until)));
    }
    Ok(facts)
}

fn deeds(frame: &Frame, hook: &Webhook) -> Vec<UserDeed> {
    let switch = if hook.is_on() { Deed::Pause } else { Deed::Resume };
    [switch, Deed::Secret, Deed::Removal].map(|deed| deed.offered(frame.t)).into()
}

/// What an administrator does to a webhook, with a reason.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Pause,
    Resume,
    Secret,
    Removal,
}

impl Deed {
    fn path(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Secret => "secret",
            Self::Removal => "removal",
        }
    }

    fn button(self, t: Texts) -> Button {
        let (icon, danger) = match self {
            Self::Pause => ("pause", true),
            Self::Resume => ("rotate-cw", false),
            Self::Secret => ("lock", true),
            Self::Removal => ("ban", true),
        };
        Button { icon, label: t.s(&format!("settings.webhooks.{}", self.path())), danger }
    }

    fn effect(self, t: Texts) -> &'static str {
        t.s(&format!("settings.webhooks.{}_effect", self.path()))
    }

    fn offered(self, t: Texts) -> UserDeed {
        let Button { icon, label, .. } = self.button(t);
        UserDeed { path: self.path(), icon, label, effect: self.effect(t) }
    }
}

async fn page(frame: &Frame, id: i64, deed: Deed, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let hook = webhooks::by_id(&frame.desk.db, id).await?;
    let standing = |key: &str| t.s(&format!("settings.webhooks.{key}"));
    let changes = match deed {
        Deed::Pause => vec![standing("standing.paused")],
        Deed::Resume => vec![standing("standing.on")],
        Deed::Removal => vec![standing("removed")],
        Deed::Secret => Vec::new(),
    };
    let before = status(frame, &hook).text;
    Ok(ConfirmPage {
        title: t.f(&format!("settings.webhooks.confirm_{}", deed.path()), &[("name", &hook.name)]),
        back: Link::new(href(&hook), &hook.name),
        action: format!("{}/{}", href(&hook), deed.path()),
        changes: changes.into_iter().map(|after| ChangeRow::new(t.s("col.status"), before.clone(), after)).collect(),
        effect: deed.effect(t).to_owned(),
        reason,
        button: deed.button(t),
        ..blank(frame, HREF, TITLE).await?
    })
}

/// `GET /desk/settings/webhooks/{id}/pause`
pub async fn edit_pause(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    page(&frame, id, Deed::Pause, String::new()).await
}

/// `POST /desk/settings/webhooks/{id}/pause`
pub async fn pause(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let done = pause_webhook(&frame.desk, id, &form.reason, &frame.actor(), frame.now).await;
    after(&frame, id, Deed::Pause, form.reason, done.map(drop)).await
}

/// `GET /desk/settings/webhooks/{id}/resume`
pub async fn edit_resume(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    page(&frame, id, Deed::Resume, String::new()).await
}

/// `POST /desk/settings/webhooks/{id}/resume`
pub async fn resume(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let done = resume_webhook(&frame.desk, id, &form.reason, &frame.actor(), frame.now).await;
    after(&frame, id, Deed::Resume, form.reason, done.map(drop)).await
}

/// `GET /desk/settings/webhooks/{id}/removal`
pub async fn edit_removal(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    page(&frame, id, Deed::Removal, String::new()).await
}

/// `POST /desk/settings/webhooks/{id}/removal`
pub async fn destroy(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let done = remove_webhook(&frame.desk, id, &form.reason, &frame.actor(), frame.now).await;
    after(&frame, id, Deed::Removal, form.reason, done.map(drop)).await
}

/// `GET /desk/settings/webhooks/{id}/secret`
pub async fn edit_secret(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    page(&frame, id, Deed::Secret, String::new()).await
}

/// `POST /desk/settings/webhooks/{id}/secret`: the answer shows the new secret, once.
pub async fn rotate(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    match rotate_webhook_secret(&frame.desk, id, &form.reason, &frame.actor(), frame.now).await {
        Ok((hook, secret)) => {
            let title = frame.t.f("settings.webhooks.rotated_title", &[("name", &hook.name)]);
            Ok(secret_page(&frame, &hook, title, secret).await?.into_response())
        }
        Err(error) => after(&frame, id, Deed::Secret, form.reason, Err(error)).await,
    }
}

async fn after(frame: &Frame, id: i64, deed: Deed, reason: String, done: Result<()>) -> Result<Response> {
    let list_only = matches!(deed, Deed::Removal);
    match done {
        Ok(()) if list_only => saved(frame, &format!("settings.webhooks.done_{}", deed.path()), HREF).await,
        Ok(()) => {
            let href = format!("{HREF}/{id}");
            saved(frame, &format!("settings.webhooks.done_{}", deed.path()), &href).await
        }
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => again(frame, page(frame, id, deed, reason).await?, error),
    }
}

/// `POST /desk/settings/webhooks/{id}/test`
pub async fn test(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    open(&frame).await?;
    super::deliveries::test(&frame, id).await?;
    Ok(Redirect::to(&format!("{HREF}/{id}")))
}
