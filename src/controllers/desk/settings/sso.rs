//! シングルサインオン: how it is set in the file, and whether the provider answers. Nothing is changed here.

use axum::response::{IntoResponse, Redirect, Response};

use super::super::claims::NoFields;
use super::super::frame::Frame;
use super::{label, open, saved};
use crate::controllers::extractors::Form;
use crate::errors::{Error, Result};
use crate::models::users;
use crate::sso::CALLBACK;
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::settings::Section;
use crate::views::desk::settings::accounts::SsoPage;
use crate::views::parts::{StatusLabel, Tone};

const HREF: &str = "/desk/settings/sso";

pub(super) fn section(frame: &Frame) -> Section {
    let t = frame.t;
    Section {
        href: HREF,
        icon: "lock",
        title: t.s("settings.sso.title"),
        what: t.s("settings.sso.what"),
        facts: vec![status(frame).text],
        warning: None,
    }
}

fn status(frame: &Frame) -> StatusLabel {
    match frame.desk.sso {
        Some(_) => label(frame.t, "circle-check", Tone::Ok, "settings.sso.on"),
        None => label(frame.t, "circle-alert", Tone::Hold, "settings.sso.off"),
    }
}

/// `GET /desk/settings/sso`
pub async fn show(frame: Frame) -> Result<SsoPage> {
    open(&frame).await?;
    let (t, settings) = (frame.t, &frame.desk.settings);
    let fact = |key: &str, value: String| (t.s(&format!("settings.sso.{key}")).to_owned(), value);
    let mut facts = Vec::new();
    if let Some(sso) = &settings.sso {
        facts.push(fact("issuer", sso.issuer.clone()));
        facts.push(fact("client", sso.client_id.clone()));
        facts.push(fact("callback", format!("{}{CALLBACK}", settings.public_url)));
    }
    let tied = users::count_tied(&frame.desk.db).await?;
    facts.push(fact("tied", t.f("settings.sso.people", &[("n", &tied)])));
    Ok(SsoPage {
        chrome: frame.chrome(Place::Settings).await?,
        status: status(&frame),
        facts,
        may_check: frame.desk.sso.is_some(),
    })
}

/// `POST /desk/settings/sso/check`
pub async fn check(frame: Frame, Form(NoFields {}): Form<NoFields>) -> Result<Response> {
    open(&frame).await?;
    let sso = frame.desk.sso.as_ref().ok_or_else(|| Error::not_found("not_found"))?;
    match sso.check().await {
        Ok(()) => saved(&frame, "settings.sso.check_done", HREF).await,
        Err(error) => {
            tracing::warn!(cause = %error, "the provider of single sign-on does not answer");
            let text = frame.t.s("settings.sso.check_failed").to_owned();
            frame.flashes.put(Flash { kind: FlashKind::Error, text, next_call: false }).await?;
            Ok(Redirect::to(HREF).into_response())
        }
    }
}
