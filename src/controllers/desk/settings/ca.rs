//! CA接続: how the connection to the CA stands, a check, and the switch that pauses it.

use axum::response::{Redirect, Response};

use super::super::claims::NoFields;
use super::super::frame::Frame;
use super::{again, authorities, blank, guard, history, label, open, saved};
use crate::actions::check_ca::{CaAnswer, check_ca};
use crate::actions::pause_ca::pause_ca;
use crate::actions::resume_ca::resume_ca;
use crate::ca::CaStatus;
use crate::controllers::extractors::Form;
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::{attempts, case_chunks, counting};
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::settings::rules::CaPage;
use crate::views::desk::settings::{Button, ChangeRow, ConfirmPage, ReasonForm, Section};
use crate::views::parts::{Link, StatusLabel, Tone, counted_items};

pub(super) const HREF: &str = "/desk/settings/ca";

pub(super) fn section(frame: &Frame) -> Section {
    let t = frame.t;
    let live = frame.desk.live();
    Section {
        href: HREF,
        icon: "shield-alert",
        title: t.s("settings.ca.title"),
        what: t.s("settings.ca.what"),
        facts: facts_in_short(frame),
        warning: live.pause().map(|pause| {
            t.f("settings.ca.paused_since", &[("at", &dates::long_instant(t, pause.since)), ("reason", &pause.reason)])
        }),
    }
}

fn facts_in_short(frame: &Frame) -> Vec<String> {
    let names = frame.desk.authorities.members().iter().map(|member| member.name.clone());
    std::iter::once(status(frame).text).chain(names).collect()
}

fn status(frame: &Frame) -> StatusLabel {
    match frame.desk.live().pause() {
        Some(_) => label(frame.t, "pause", Tone::Bad, "settings.ca.paused"),
        None => label(frame.t, "circle-check", Tone::Ok, "settings.ca.running"),
    }
}

/// `GET /desk/settings/ca`
pub async fn show(frame: Frame) -> Result<CaPage> {
    open(&frame).await?;
    let t = frame.t;
    let paused = frame.desk.live().pause().is_some();
    let switch = if paused {
        Link::new(format!("{HREF}/resume"), t.s("settings.ca.resume"))
    } else {
        Link::new(format!("{HREF}/pause"), t.s("settings.ca.pause"))
    };
    Ok(CaPage {
        chrome: frame.chrome(Place::Settings).await?,
        status: status(&frame),
        facts: facts(&frame).await?,
        authorities: authorities::rows(&frame),
        switch,
        paused,
        history: history(&frame, SettingName::CaConnection).await?,
    })
}

async fn facts(frame: &Frame) -> Result<Vec<(String, String)>> {
    let (t, desk) = (frame.t, &frame.desk);
    let mut facts = Vec::new();
    let kind = if desk.embedded_ca.is_some() { "settings.ca.embedded" } else { "settings.ca.external" };
    facts.push((t.s("settings.ca.kind").to_owned(), t.s(kind).to_owned()));
    if let Some(ca) = &desk.embedded_ca {
        let keys = if ca.keys_are_readable() { "settings.ca.keys_readable" } else { "settings.ca.keys_unreadable" };
        facts.push((t.s("settings.ca.issuer").to_owned(), ca.issuing().certificate.primary_name().to_owned()));
        facts.push((t.s("settings.ca.keys").to_owned(), t.s(keys).to_owned()));
    }
    let last = attempts::newest_answered(&desk.db).await?;
    let last = last.and_then(|attempt| Some((attempt.answered_at?, attempt.outcome?)));
    let last = last.map_or_else(
        || t.s("settings.ca.no_attempt").to_owned(),
        |(at, outcome)| {
            let outcome = t.s(&format!("settings.ca.outcome.{}", outcome.as_str()));
            format!("{}\u{3000}{outcome}", dates::long_instant(t, at))
        },
    );
    facts.push((t.s("settings.ca.last_attempt").to_owned(), last));
    facts.push((t.s("settings.ca.waiting").to_owned(), waiting(frame).await?));
    Ok(facts)
}

/// How many confirmed cases are due.
async fn waiting(frame: &Frame) -> Result<String> {
    let due = case_chunks::due(frame.today());
    Ok(counted_items(frame.t, counting::one(&frame.desk.db, due).await?))
}

/// `POST /desk/settings/ca/check`
pub async fn check(frame: Frame, Form(_): Form<NoFields>) -> Result<Redirect> {
    open(&frame).await?;
    let flash = match check_ca(&frame.desk).await {
        Ok(answer) => told(&frame, &answer),
        Err(Error::Conflict(problem)) => {
            Flash { kind: FlashKind::Warning, text: frame.t.problem(&problem), next_call: false }
        }
        Err(error) => return Err(error),
    };
    frame.flashes.put(flash).await?;
    Ok(Redirect::to(HREF))
}

fn told(frame: &Frame, answer: &CaAnswer) -> Flash {
    let t = frame.t;
    let milliseconds = answer.took.as_millis();
    let status = match &answer.status {
        Ok(CaStatus::Good) => "settings.ca.answer.good",
        Ok(CaStatus::Revoked { .. }) => "settings.ca.answer.revoked",
        Ok(CaStatus::Unknown) => "settings.ca.answer.unknown",
        Err(error) => {
            let text = t.f("settings.ca.no_answer", &[("error", error), ("ms", &milliseconds)]);
            return Flash { kind: FlashKind::Error, text, next_call: false };
        }
    };
    let name = &answer.common_name;
    Flash::done(t.f("settings.ca.answered", &[("ms", &milliseconds), ("name", name), ("status", &t.s(status))]))
}

/// `GET /desk/settings/ca/pause`
pub async fn edit_pause(frame: Frame) -> Result<ConfirmPage> {
    open(&frame).await?;
    pause_page(&frame, String::new()).await
}

/// `POST /desk/settings/ca/pause`
pub async fn pause(frame: Frame, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    match pause_ca(&frame.desk, form.version, &form.reason, &frame.actor(), frame.now).await {
        Ok(()) => saved(&frame, "settings.ca.ca_paused", HREF).await,
        Err(error) => again(&frame, pause_page(&frame, form.reason).await?, error),
    }
}

async fn pause_page(frame: &Frame, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    Ok(ConfirmPage {
        title: t.s("settings.ca.confirm_pause").to_owned(),
        action: format!("{HREF}/pause"),
        changes: vec![ChangeRow::new(t.s("settings.ca.title"), t.s("settings.ca.running"), t.s("settings.ca.paused"))],
        effect: t.s("settings.ca.pause_effect").to_owned(),
        warnings: vec![t.f("settings.ca.pause_warning", &[("n", &waiting(frame).await?)])],
        reason,
        button: Button { icon: "pause", label: t.s("settings.ca.pause"), danger: true },
        ..switch_page(frame).await?
    })
}

/// `GET /desk/settings/ca/resume`
pub async fn edit_resume(frame: Frame) -> Result<ConfirmPage> {
    open(&frame).await?;
    resume_page(&frame, String::new()).await
}

/// `POST /desk/settings/ca/resume`
pub async fn resume(frame: Frame, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    match resume_ca(&frame.desk, form.version, &form.reason, &frame.actor(), frame.now).await {
        Ok(()) => {
            frame.desk.nudge();
            saved(&frame, "settings.ca.ca_resumed", HREF).await
        }
        Err(error) => again(&frame, resume_page(&frame, form.reason).await?, error),
    }
}

async fn resume_page(frame: &Frame, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    Ok(ConfirmPage {
        title: t.s("settings.ca.confirm_resume").to_owned(),
        action: format!("{HREF}/resume"),
        changes: vec![ChangeRow::new(t.s("settings.ca.title"), t.s("settings.ca.paused"), t.s("settings.ca.running"))],
        effect: t.s("settings.ca.resume_effect").to_owned(),
        reason,
        button: Button { icon: "rotate-cw", label: t.s("settings.ca.resume"), danger: false },
        ..switch_page(frame).await?
    })
}

async fn switch_page(frame: &Frame) -> Result<ConfirmPage> {
    let guard = guard(frame, SettingName::CaConnection).await?;
    Ok(ConfirmPage { guard, ..blank(frame, HREF, "settings.ca.title").await? })
}
