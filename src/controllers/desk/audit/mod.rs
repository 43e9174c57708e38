//! S10 監査ログ. Who may not read the whole log sees what they did themselves.

mod export;
mod reading;
mod unlock;

pub use export::create as export;
pub use unlock::{create as unlock, new as new_unlock};

use axum::response::Redirect;

use self::reading::{Reading, names_of};
use super::claims::NoFields;
use super::frame::Frame;
use crate::actions::check_audit::check_audit;
use crate::controllers::extractors::{Form, Query};
use crate::domain::audit::{BATCH, GROUPS};
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::audit_checks::{self, AuditCheck};
use crate::models::audit_events::{self, AuditEvent};
use crate::models::audit_log::{self, Cursor, Page};
use crate::models::users;
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::audit::{AuditFilterForm, AuditPage, CheckNote, ChoiceGroup, Sight};
use crate::views::desk::audit_words::Teller;
use crate::views::form::Choice;
use crate::views::parts::{Empty, Link, Pager, StatusLabel, Tone, counted_items};

const PAGE: u64 = 50;

/// `GET /desk/audit`
pub async fn index(frame: Frame, Query(form): Query<AuditFilterForm>) -> Result<AuditPage> {
    let (t, db) = (frame.t, &frame.desk.db);
    let reading = Reading::of(&frame, &form).await?;
    let page = page_of(&frame, &form).await?;
    let (events, more) = match &reading.filter {
        Some(filter) => audit_log::page(db, filter, page, PAGE).await?,
        None => (Vec::new(), false),
    };
    let count = match &reading.filter {
        Some(filter) => audit_log::count(db, filter).await?,
        None => crate::models::counting::Count::default(),
    };
    let total = counted_items(t, count);
    let names = names_of(&frame.desk.db, &events).await?;
    let teller = Teller { t, names: &names, masked: reading.masked() };
    Ok(AuditPage {
        chrome: frame.chrome(Place::Audit).await?,
        actors: actor_choices(&frame, &form.actor, &teller).await?,
        actions: action_choices(t, &form.action),
        check: check_note(&frame).await?,
        may_export: may_export(&frame),
        printed: printed(&form, &teller, &total),
        pager: pager(t, &form, page, &events, more, &total),
        empty: events.is_empty().then(|| Empty {
            text: t.s("audit.empty").to_owned(),
            link: Some(Link::new("/desk/audit", t.s("list.clear"))),
        }),
        rows: events.iter().map(|event| teller.row(event)).collect(),
        sight: reading.sight,
        total,
        filter: form,
    })
}

fn may_export(frame: &Frame) -> bool {
    frame.may(Permission::ReadAudit) && frame.may(Permission::Export)
}

/// A cursor is the number of an event.
async fn page_of(frame: &Frame, form: &AuditFilterForm) -> Result<Page> {
    let mut places = Vec::with_capacity(2);
    for text in [&form.after, &form.before] {
        let event = match text.parse() {
            Ok(sequence) => audit_events::numbered(&frame.desk.db, sequence).await?,
            Err(_) => None,
        };
        places.push(event.as_ref().map(Cursor::of));
    }
    Ok(Page::of(places[0], places[1]))
}

fn pager(t: Texts, form: &AuditFilterForm, page: Page, events: &[AuditEvent], more: bool, total: &str) -> Pager {
    let (newer, older) = page.neighbours(more);
    let cursor = |event: &AuditEvent| event.sequence.to_string();
    Pager {
        shown: t.f("list.shown", &[("total", &total), ("n", &events.len())]),
        previous: events.first().filter(|_| newer).map(|event| form.page_before(&cursor(event))),
        next: events.last().filter(|_| older).map(|event| form.page_after(&cursor(event))),
    }
}

/// The staff and the machine; whoever else was asked for by an address stays chosen.
async fn actor_choices(frame: &Frame, chosen: &str, teller: &Teller<'_>) -> Result<Option<Vec<Choice>>> {
    if !frame.may(Permission::ReadAudit) {
        return Ok(None);
    }
    let choice = |key: &str, label: String| Choice::new(key, label, key == chosen);
    let mut choices = vec![choice("", frame.t.s("list.all").to_owned())];
    choices.extend(users::everybody(&frame.desk.db).await?.into_iter().map(|user| {
        let key = format!("staff:{}", user.id);
        choice(&key, user.name)
    }));
    choices.extend([BATCH, "system"].map(|key| choice(key, teller.actor(key))));
    if choices.iter().all(|choice| !choice.chosen) {
        choices.push(choice(chosen, teller.actor(chosen)));
    }
    Ok(Some(choices))
}

fn action_choices(t: Texts, chosen: &str) -> Vec<ChoiceGroup> {
    let choice = |action: &&str| Choice::new(*action, t.s(&format!("audit.action.{action}")), *action == chosen);
    let group = |group: &crate::domain::audit::ActionGroup| ChoiceGroup {
        label: t.s(&format!("audit.group.{}", group.name)),
        choices: group.actions.iter().map(choice).collect(),
    };
    GROUPS.iter().map(group).collect()
}

async fn check_note(frame: &Frame) -> Result<CheckNote> {
    let (t, db) = (frame.t, &frame.desk.db);
    let label = |icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(key).to_owned() };
    let running = audit_checks::running(db, frame.now).await?;
    let newest = audit_checks::newest(db).await?;
    let (status, found) = match &newest {
        Some(AuditCheck { fault: None, ended_at: Some(at), sound, .. }) => (
            label("circle-check", Tone::Ok, "audit.check.sound"),
            t.f("audit.check.sound_until", &[("at", &dates::short_instant(t, *at)), ("n", &sound.unwrap_or_default())]),
        ),
        Some(AuditCheck { fault: Some(fault), ended_at: Some(at), fault_sequence, .. }) => (
            label("triangle-alert", Tone::Bad, "audit.check.broken"),
            t.f(
                &format!("audit.check.{fault}"),
                &[("at", &dates::short_instant(t, *at)), ("n", &fault_sequence.unwrap_or_default())],
            ),
        ),
        Some(_) | None => (label("clock", Tone::Wait, "audit.check.never"), t.s("audit.check.daily").to_owned()),
    };
    let goes_on = running.as_ref().map(|check| t.f("audit.check.running", &[("at", &dates::time(check.started_at))]));
    let text = [Some(found), goes_on].into_iter().flatten().collect::<Vec<_>>().join("　");
    Ok(CheckNote { status, text, offered: frame.may(Permission::ReadAudit) && running.is_none() })
}

fn printed(form: &AuditFilterForm, teller: &Teller<'_>, total: &str) -> String {
    let t = teller.t;
    let asked: Vec<String> = form
        .fields()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let value = match name {
                "actor" => teller.actor(value),
                "action" => teller.action(value),
                _ => value.to_owned(),
            };
            format!("{} {value}", t.s(&format!("audit.asked.{name}")))
        })
        .collect();
    let asked = if asked.is_empty() { t.s("list.all").to_owned() } else { asked.join("／") };
    t.f("audit.printed", &[("asked", &asked), ("total", &total)])
}

/// `POST /desk/audit/checks`. The walk goes on in the background; the page shows what it found.
pub async fn check(frame: Frame, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::ReadAudit)?;
    let begun = if audit_checks::running(&frame.desk.db, frame.now).await?.is_some() {
        Flash { kind: FlashKind::Warning, text: frame.t.s("audit.check.running_already").to_owned(), next_call: false }
    } else {
        let (desk, actor, now) = (frame.desk.clone(), frame.actor(), frame.now);
        frame.desk.spawn(async move {
            if let Err(error) = check_audit(&desk, &actor, now).await {
                tracing::error!(cause = %error, "the audit log could not be checked");
            }
        });
        Flash::done(frame.t.s("audit.check.begun"))
    };
    frame.flashes.put(begun).await?;
    Ok(Redirect::to("/desk/audit"))
}

/// Whether personal data is hidden from whoever asks, and until when not.
async fn sight(frame: &Frame, form: &AuditFilterForm) -> Result<Sight> {
    use crate::domain::audit::UNLOCKED_FOR;
    if !frame.staff.role.reads_masked() {
        return Ok(Sight::Open);
    }
    let key = frame.actor().key();
    let unlocked = audit_log::last_time(&frame.desk.db, &key, "audit_unlocked", UNLOCKED_FOR, frame.now).await?;
    Ok(match unlocked {
        Some(at) => Sight::Unlocked(dates::time(at + UNLOCKED_FOR)),
        None => Sight::Masked(form.unlock_href()),
    })
}
