//! 利用者と役割: who may work at the desk, in which role.

use axum::response::{IntoResponse, Response};
use sea_orm::EntityTrait;
use serde::Deserialize;

use super::super::account::session_rows;
use super::super::frame::Frame;
use super::{again, blank, label, open, roles, saved};
use crate::actions::change_role::{ChangeRole, change_role};
use crate::actions::create_user::{NewStaff, create_user};
use crate::actions::disable_user::disable_user;
use crate::actions::enable_user::enable_user;
use crate::actions::reset_password::reset_password as give_password;
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::role::Role;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::passkeys;
use crate::models::passwords::Passwords;
use crate::models::users::{self, Model as User};
use crate::views::chrome::Place;
use crate::views::desk::settings::accounts::{
    NewUserForm, NewUserPage, SecretPage, UserDeed, UserPage, UserRow, UsersPage,
};
use crate::views::desk::settings::{Button, ChangeRow, ConfirmPage, ReasonForm};
use crate::views::form::FieldErrors;
use crate::views::parts::{Link, StatusLabel, Tone};

const HREF: &str = "/desk/settings/users";
const LIMIT: usize = 200;

/// `GET /desk/settings/users`
pub async fn index(frame: Frame) -> Result<UsersPage> {
    open(&frame).await?;
    let t = frame.t;
    let mut found = users::all(&frame.desk.db, LIMIT as u64 + 1).await?;
    let cut = (found.len() > LIMIT).then(|| t.f("settings.cut", &[("n", &LIMIT)]));
    found.truncate(LIMIT);
    let keys = passkeys::owners(&frame.desk.db).await?;
    let row = |user: User| UserRow {
        href: href(user.id),
        factor: factor(t, &user, keys.contains(&user.id)),
        last_login: user.last_login_at.map(|at| dates::short_instant(t, at)).unwrap_or_default(),
        role: role_name(t, user.role),
        status: status(t, &user),
        created: dates::table(t, dates::day_of(user.created_at)),
        name: user.name,
        email: user.email,
    };
    let rows = found.into_iter().map(row).collect();
    Ok(UsersPage { chrome: frame.chrome(Place::Settings).await?, rows, cut })
}

pub(super) fn href(id: i64) -> String {
    format!("{HREF}/{id}")
}

pub(super) fn role_name(t: Texts, role: Role) -> String {
    t.s(&format!("role.{}", role.as_str())).to_owned()
}

/// What the log-in asks for besides the password.
fn factor(t: Texts, user: &User, has_passkey: bool) -> String {
    let code = user.totp_secret.as_ref().map(|_| "settings.users.factor_code");
    let passkey = has_passkey.then_some("settings.users.factor_passkey");
    let sso = user.sso_subject.as_ref().map(|_| "settings.users.factor_sso");
    let all: Vec<&str> = [code, passkey, sso].into_iter().flatten().map(|key| t.s(key)).collect();
    if all.is_empty() {
        t.s("settings.users.factor_none").to_owned()
    } else {
        all.join(t.s("settings.users.factor_and"))
    }
}

fn status(t: Texts, user: &User) -> StatusLabel {
    match (user.disabled_at, user.must_change_password) {
        (Some(_), _) => label(t, "ban", Tone::Hold, "settings.users.disabled"),
        (None, true) => label(t, "lock", Tone::Wait, "settings.users.password_due"),
        (None, false) => label(t, "circle-check", Tone::Ok, "settings.users.active"),
    }
}

pub(super) async fn find(frame: &Frame, id: i64) -> Result<User> {
    let found = users::Entity::find_by_id(id).one(&frame.desk.db).await?;
    found.ok_or_else(|| Error::not_found("user_not_found"))
}

/// `GET /desk/settings/users/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>) -> Result<UserPage> {
    open(&frame).await?;
    let t = frame.t;
    let user = find(&frame, id).await?;
    let own = user.id == frame.staff.id;
    let changeable = !own && user.disabled_at.is_none();
    let has_passkey = passkeys::count_of(&frame.desk.db, id).await? > 0;
    let last_login =
        user.last_login_at.map_or_else(|| t.s("sign_in.never").to_owned(), |at| dates::long_instant(t, at));
    let mut facts = vec![
        (t.s("settings.users.email").to_owned(), user.email.clone()),
        (t.s("settings.users.role").to_owned(), role_name(t, user.role)),
        (t.s("settings.users.created").to_owned(), dates::long_instant(t, user.created_at)),
        (t.s("settings.users.last_login").to_owned(), last_login),
        (t.s("settings.users.factor").to_owned(), factor(t, &user, has_passkey)),
    ];
    facts.extend(user.disabled_at.map(|at| (t.s("settings.users.disabled_at").to_owned(), dates::long_instant(t, at))));
    Ok(UserPage {
        chrome: frame.chrome(Place::Settings).await?,
        href: href(id),
        status: status(t, &user),
        facts,
        locked: own.then(|| t.s("settings.users.own").to_owned()),
        roles: if changeable { roles(t, user.role.as_str()) } else { Vec::new() },
        deeds: if own { Vec::new() } else { deeds(t, &user, has_passkey) },
        sessions: session_rows(&frame, id, None).await?,
        name: user.name,
    })
}

fn deeds(t: Texts, user: &User, has_passkey: bool) -> Vec<UserDeed> {
    let deed = |path, icon, label: &str, effect: &str| UserDeed { path, icon, label: t.s(label), effect: t.s(effect) };
    if user.disabled_at.is_some() {
        return vec![deed("enable", "rotate-cw", "settings.users.enable", "settings.users.enable_effect")];
    }
    let factor = (user.totp_secret.is_some() || has_passkey)
        .then(|| deed("factor", "lock", "settings.users.release_factor", "settings.users.release_factor_effect"));
    let deeds = [
        Some(deed("password", "lock", "settings.users.reset", "settings.users.reset_effect")),
        factor,
        Some(deed("sessions", "log-out", "settings.users.end_sessions", "settings.users.end_sessions_effect")),
        Some(deed("disable", "ban", "settings.users.disable", "settings.users.disable_effect")),
    ];
    deeds.into_iter().flatten().collect()
}

/// `GET /desk/settings/users/new`
pub async fn new(frame: Frame) -> Result<NewUserPage> {
    open(&frame).await?;
    new_page(&frame, NewUserForm::default(), FieldErrors::default()).await
}

async fn new_page(frame: &Frame, form: NewUserForm, errors: FieldErrors) -> Result<NewUserPage> {
    let roles = roles(frame.t, &form.role);
    Ok(NewUserPage { chrome: frame.chrome(Place::Settings).await?, form, roles, errors })
}

/// `POST /desk/settings/users`: the answer shows the password, once.
pub async fn create(frame: Frame, passwords: Passwords, Form(form): Form<NewUserForm>) -> Result<Response> {
    open(&frame).await?;
    let new = NewStaff {
        name: form.name.clone(),
        email: form.email.clone(),
        role: form.role.parse()?,
        reason: Some(form.reason.clone()),
    };
    match create_user(&frame.desk.db, &passwords, new, &frame.actor(), frame.now).await {
        Ok((user, password)) => {
            Ok(secret(&frame, &user, password, "settings.users.created_title").await?.into_response())
        }
        Err(error) => {
            let status = error.status();
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((status, new_page(&frame, form, errors).await?).into_response())
        }
    }
}

async fn secret(frame: &Frame, user: &User, password: String, title: &str) -> Result<SecretPage> {
    let t = frame.t;
    Ok(SecretPage {
        chrome: frame.chrome(Place::Settings).await?,
        title: t.f(title, &[("name", &user.name)]),
        lead: t.s("settings.users.secret_lead").to_owned(),
        label: t.s("settings.users.one_time_password"),
        secret: password,
        facts: vec![
            (t.s("settings.users.email").to_owned(), user.email.clone()),
            (t.s("settings.users.role").to_owned(), role_name(t, user.role)),
        ],
        back: Link::new(href(user.id), user.name.clone()),
    })
}

#[derive(Deserialize)]
pub struct WantedRole {
    role: String,
    #[serde(default)]
    reason: String,
}

/// `GET /desk/settings/users/{id}/role?role=…`
pub async fn edit_role(frame: Frame, Path(id): Path<i64>, Query(wanted): Query<WantedRole>) -> Result<ConfirmPage> {
    open(&frame).await?;
    role_page(&frame, &find(&frame, id).await?, wanted.role.parse()?, String::new()).await
}

/// `POST /desk/settings/users/{id}/role`
pub async fn update_role(frame: Frame, Path(id): Path<i64>, Form(form): Form<WantedRole>) -> Result<Response> {
    open(&frame).await?;
    let (user, role) = (find(&frame, id).await?, form.role.parse()?);
    let input = ChangeRole { user_id: id, role, reason: form.reason.clone() };
    match change_role(&frame.desk.db, input, &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.users.role_changed", &href(id)).await,
        Err(error) => again(&frame, role_page(&frame, &user, role, form.reason).await?, error),
    }
}

async fn role_page(frame: &Frame, user: &User, role: Role, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    Ok(ConfirmPage {
        hidden: vec![("role", role.as_str().to_owned())],
        changes: vec![ChangeRow::new(t.s("settings.users.role"), role_name(t, user.role), role_name(t, role))],
        effect: t.s(&format!("settings.role_may.{}", role.as_str())).to_owned(),
        ..deed_page(frame, user, "role", reason).await?
    })
}

/// The confirmation of one deed on an account, with the sentences of `settings.users.<path>_…`.
pub(super) async fn deed_page(frame: &Frame, user: &User, path: &str, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let page = blank(frame, HREF, "settings.users.title").await?;
    Ok(ConfirmPage {
        title: t.f(&format!("settings.users.confirm.{path}"), &[("name", &user.name)]),
        back: Link::new(href(user.id), user.name.clone()),
        action: format!("{}/{path}", href(user.id)),
        reason,
        ..page
    })
}

async fn disable_page(frame: &Frame, user: &User, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let (active, disabled) = (t.s("settings.users.active"), t.s("settings.users.disabled"));
    Ok(ConfirmPage {
        changes: vec![ChangeRow::new(t.s("col.status"), active, disabled)],
        effect: t.s("settings.users.disable_effect").to_owned(),
        button: Button { icon: "ban", label: t.s("settings.users.disable"), danger: true },
        ..deed_page(frame, user, "disable", reason).await?
    })
}

async fn enable_page(frame: &Frame, user: &User, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    let (active, disabled) = (t.s("settings.users.active"), t.s("settings.users.disabled"));
    Ok(ConfirmPage {
        changes: vec![ChangeRow::new(t.s("col.status"), disabled, active)],
        effect: t.s("settings.users.enable_effect").to_owned(),
        button: Button { icon: "rotate-cw", label: t.s("settings.users.enable"), danger: false },
        ..deed_page(frame, user, "enable", reason).await?
    })
}

async fn password_page(frame: &Frame, user: &User, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    Ok(ConfirmPage {
        effect: t.s("settings.users.reset_effect").to_owned(),
        button: Button { icon: "lock", label: t.s("settings.users.reset"), danger: true },
        ..deed_page(frame, user, "password", reason).await?
    })
}

/// `GET /desk/settings/users/{id}/disable`
pub async fn edit_disable(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    disable_page(&frame, &find(&frame, id).await?, String::new()).await
}

/// `POST /desk/settings/users/{id}/disable`
pub async fn disable(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let user = find(&frame, id).await?;
    match disable_user(&frame.desk.db, id, &form.reason, &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.users.user_disabled", &href(id)).await,
        Err(error) => again(&frame, disable_page(&frame, &user, form.reason).await?, error),
    }
}

/// `GET /desk/settings/users/{id}/enable`
pub async fn edit_enable(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    enable_page(&frame, &find(&frame, id).await?, String::new()).await
}

/// `POST /desk/settings/users/{id}/enable`
pub async fn enable(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let user = find(&frame, id).await?;
    match enable_user(&frame.desk.db, id, &form.reason, &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.users.user_enabled", &href(id)).await,
        Err(error) => again(&frame, enable_page(&frame, &user, form.reason).await?, error),
    }
}

/// `GET /desk/settings/users/{id}/password`
pub async fn edit_password(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    password_page(&frame, &find(&frame, id).await?, String::new()).await
}

/// `POST /desk/settings/users/{id}/password`: the answer shows the password, once.
pub async fn reset_password(
    frame: Frame,
    passwords: Passwords,
    Path(id): Path<i64>,
    Form(form): Form<ReasonForm>,
) -> Result<Response> {
    open(&frame).await?;
    let user = find(&frame, id).await?;
    match give_password(&frame.desk.db, &passwords, (id, &form.reason), &frame.actor(), frame.now).await {
        Ok((user, password)) => {
            Ok(secret(&frame, &user, password, "settings.users.reset_title").await?.into_response())
        }
        Err(error) => again(&frame, password_page(&frame, &user, form.reason).await?, error),
    }
}
