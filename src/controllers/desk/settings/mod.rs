//! S11 設定: the overview, and what its pages share. Administrators only.
//!
//! Each change is made in two steps: a form, then the difference with the reason asked for. Only the second step changes
//! anything.

pub mod access;
pub mod authorities;
pub mod ca;
pub mod calendar;
pub mod calls;
pub mod closures;
pub mod deliveries;
pub mod fields;
pub mod hours;
pub mod installation;
pub mod sso;
pub mod tokens;
pub mod users;
pub mod validity;
pub mod webhooks;

use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;

use super::frame::Frame;
use crate::actions::take_over_settings::take_over_settings;
use crate::domain::role::{Permission, Role};
use crate::domain::setting::SettingName;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::desk_settings::{self, SettingVersion};
use crate::models::{api_tokens, users as accounts};
use crate::views::chrome::Place;
use crate::views::desk::settings::{Button, ConfirmPage, Section, SettingsPage, VersionRow};
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::{Link, StatusLabel, Tone};

/// Changes of a setting that its page lists.
const HISTORY: u64 = 10;
/// Accounts or tokens that the overview counts.
const COUNTED: u64 = 1000;

/// First line of each handler: an administrator asks, and sees the settings as they are in the database now.
pub(super) async fn open(frame: &Frame) -> Result<()> {
    frame.staff.require(Permission::Administer)?;
    take_over_settings(&frame.desk).await
}

/// `GET /desk/settings`
pub async fn index(frame: Frame) -> Result<SettingsPage> {
    open(&frame).await?;
    let sections = vec![
        calendar::section(&frame),
        validity::section(&frame),
        calls::section(&frame),
        users_section(&frame).await?,
        tokens_section(&frame).await?,
        sso::section(&frame),
        ca::section(&frame),
        installation::section(&frame),
        webhooks::section(&frame).await?,
        text_section(&frame, "/desk/settings/mail_texts", "mail", "texts.mails"),
        text_section(&frame, "/desk/settings/call_scripts", "phone", "texts.call_scripts"),
    ];
    Ok(SettingsPage { chrome: frame.chrome(Place::Settings).await?, sections })
}

async fn users_section(frame: &Frame) -> Result<Section> {
    let t = frame.t;
    let users = accounts::all(&frame.desk.db, COUNTED).await?;
    let in_role = |role: Role| users.iter().filter(|user| user.role == role && user.disabled_at.is_none()).count();
    let fact = |role: Role| {
        let name = t.s(&format!("role.{}", role.as_str()));
        t.f("settings.users.fact", &[("role", &name), ("n", &in_role(role))])
    };
    Ok(Section {
        href: "/desk/settings/users",
        icon: "circle-user-round",
        title: t.s("settings.users.title"),
        what: t.s("settings.users.what"),
        facts: Role::ALL.into_iter().map(fact).collect(),
        warning: None,
    })
}

fn text_section(frame: &Frame, href: &'static str, icon: &'static str, key: &str) -> Section {
    let (title, what) = (frame.t.s(key), frame.t.s(&format!("{key}_explained")));
    Section { href, icon, title, what, facts: Vec::new(), warning: None }
}

async fn tokens_section(frame: &Frame) -> Result<Section> {
    let t = frame.t;
    let tokens = api_tokens::newest(&frame.desk.db, frame.now, COUNTED).await?;
    let live = tokens.iter().filter(|token| token.revoked_at.is_none() && token.expires_at > frame.now).count();
    Ok(Section {
        href: "/desk/settings/tokens",
        icon: "lock",
        title: t.s("settings.tokens.title"),
        what: t.s("settings.tokens.what"),
        facts: vec![t.f("settings.tokens.fact", &[("n", &live)])],
        warning: None,
    })
}

/// The newest version of a setting, for the forms that change it; 0 where nobody has changed it.
async fn seen(frame: &Frame, name: SettingName) -> Result<i64> {
    Ok(desk_settings::newest(&frame.desk.db, name).await?.map_or(0, |row| row.version))
}

async fn guard(frame: &Frame, name: SettingName) -> Result<Guard> {
    Ok(Guard { version: seen(frame, name).await?, ..frame.plain_guard() })
}

async fn history(frame: &Frame, name: SettingName) -> Result<Vec<VersionRow>> {
    let t = frame.t;
    let versions = desk_settings::history(&frame.desk.db, name, HISTORY).await?;
    let names = frame.staff_names(versions.iter().map(|version| version.changed_by.as_str())).await?;
    let in_force = in_force(&versions, frame.today());
    let row = |version: &SettingVersion| VersionRow {
        at: dates::short_instant(t, version.changed_at),
        by: names.get(&version.changed_by).unwrap_or(&version.changed_by).clone(),
        effective_on: dates::table(t, version.effective_on),
        reason: version.reason.clone(),
        status: if Some(version.version) == in_force {
            label(t, "circle-check", Tone::Ok, "settings.version.in_force")
        } else if version.effective_on > frame.today() {
            label(t, "calendar-days", Tone::Wait, "settings.version.planned")
        } else {
            label(t, "clock", Tone::Hold, "settings.version.former")
        },
    };
    Ok(versions.iter().map(row).collect())
}

/// As [`desk_settings`] decides it.
fn in_force(versions: &[SettingVersion], today: NaiveDate) -> Option<i64> {
    let begun = versions.iter().filter(|version| version.effective_on <= today);
    begun.max_by_key(|version| (version.effective_on, version.version)).map(|version| version.version)
}

fn label(t: Texts, icon: &'static str, tone: Tone, key: &str) -> StatusLabel {
    StatusLabel { icon, tone, text: t.s(key).to_owned() }
}

/// A confirmation that leads back to the page at `href`, with nothing filled in.
async fn blank(frame: &Frame, href: &str, key: &str) -> Result<ConfirmPage> {
    Ok(ConfirmPage {
        chrome: frame.chrome(Place::Settings).await?,
        title: String::new(),
        back: Link::new(href, frame.t.s(key)),
        action: String::new(),
        guard: frame.plain_guard(),
        hidden: Vec::new(),
        effect: String::new(),
        warnings: Vec::new(),
        changes: Vec::new(),
        cut: None,
        reason: String::new(),
        button: Button { icon: "circle-check", label: frame.t.s("settings.save"), danger: false },
        errors: FieldErrors::default(),
    })
}

/// The roles to choose from.
fn roles(t: Texts, chosen: &str) -> Vec<Choice> {
    let choice = |role: Role| {
        let name = role.as_str();
        Choice::new(name, t.s(&format!("role.{name}")), name == chosen)
    };
    Role::ALL.into_iter().map(choice).collect()
}

async fn saved(frame: &Frame, key: &str, href: &str) -> Result<Response> {
    frame.done(frame.t.s(key)).await?;
    Ok(Redirect::to(href).into_response())
}

/// The confirmation once more, with what is wrong: 422, or 409 where somebody else was faster.
fn again(frame: &Frame, mut page: ConfirmPage, error: Error) -> Result<Response> {
    let status = error.status();
    page.errors = FieldErrors::of(frame.t, &error.into_problems()?);
    Ok((status, page).into_response())
}
