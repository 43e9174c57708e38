//! Who gets in, of the users' pages: taking away a lost second factor, ending log-ins, and the list for the quarterly
//! review.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::super::claims::NoFields;
use super::super::frame::Frame;
use super::users::{deed_page, find, href, role_name};
use super::{again, open, saved};
use crate::actions::end_user_sessions::end_user_sessions;
use crate::actions::release_factor::release_factor;
use crate::actions::review_access::{Access, review_access};
use crate::controllers::extractors::{Form, Path};
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::users::Model as User;
use crate::views::desk::settings::{Button, ConfirmPage, ReasonForm};
use crate::views::sheet;

/// `GET /desk/settings/users/{id}/factor`
pub async fn edit_factor(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    factor_page(&frame, &find(&frame, id).await?, String::new()).await
}

async fn factor_page(frame: &Frame, user: &User, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    Ok(ConfirmPage {
        effect: t.s("settings.users.release_factor_effect").to_owned(),
        button: Button { icon: "lock", label: t.s("settings.users.release_factor"), danger: true },
        ..deed_page(frame, user, "factor", reason).await?
    })
}

/// `POST /desk/settings/users/{id}/factor`
pub async fn release(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let user = find(&frame, id).await?;
    match release_factor(&frame.desk.db, (id, &form.reason), &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.users.factor_released", &href(id)).await,
        Err(error) => again(&frame, factor_page(&frame, &user, form.reason).await?, error),
    }
}

/// `GET /desk/settings/users/{id}/sessions`
pub async fn edit_sessions(frame: Frame, Path(id): Path<i64>) -> Result<ConfirmPage> {
    open(&frame).await?;
    sessions_page(&frame, &find(&frame, id).await?, String::new()).await
}

async fn sessions_page(frame: &Frame, user: &User, reason: String) -> Result<ConfirmPage> {
    let t = frame.t;
    Ok(ConfirmPage {
        effect: t.s("settings.users.end_sessions_effect").to_owned(),
        button: Button { icon: "log-out", label: t.s("settings.users.end_sessions"), danger: true },
        ..deed_page(frame, user, "sessions", reason).await?
    })
}

/// `POST /desk/settings/users/{id}/sessions`
pub async fn end_sessions(frame: Frame, Path(id): Path<i64>, Form(form): Form<ReasonForm>) -> Result<Response> {
    open(&frame).await?;
    let user = find(&frame, id).await?;
    match end_user_sessions(&frame.desk.db, (id, &form.reason), &frame.actor(), frame.now).await {
        Ok(_) => saved(&frame, "settings.users.sessions_ended", &href(id)).await,
        Err(error) => again(&frame, sessions_page(&frame, &user, form.reason).await?, error),
    }
}

/// The columns of the review, by the ends of the keys of their headings.
const COLUMNS: [&str; 10] =
    ["name", "email", "role", "status", "created", "last_login", "code", "passkey", "sso", "disabled"];

/// `POST /desk/settings/users/review`
pub async fn review(frame: Frame, Form(NoFields {}): Form<NoFields>) -> Result<Response> {
    open(&frame).await?;
    let t = frame.t;
    let accounts = review_access(&frame.desk, &frame.actor(), frame.now).await?;
    let headings = COLUMNS.map(|column| t.s(&format!("settings.users.review_column.{column}")));
    let mut text = format!("{}{}", sheet::MARK, sheet::line(headings));
    for access in accounts {
        text.push_str(&sheet::line(line(t, access)));
    }
    let name = format!("attachment; filename=\"access-{}.csv\"", frame.today().format("%Y%m%d"));
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, text).into_response())
}

fn line(t: Texts, access: Access) -> [String; COLUMNS.len()] {
    let has = |it: bool| {
        let word = if it { "yes" } else { "no" };
        t.s(&format!("settings.users.review_column.{word}")).to_owned()
    };
    let status = match (access.disabled_at, access.must_change_password) {
        (Some(_), _) => "settings.users.disabled",
        (None, true) => "settings.users.password_due",
        (None, false) => "settings.users.active",
    };
    [
        access.name,
        access.email,
        role_name(t, access.role),
        t.s(status).to_owned(),
        dates::csv_instant(access.created_at),
        access.last_login_at.map(dates::csv_instant).unwrap_or_default(),
        has(access.code),
        has(access.passkey),
        has(access.sso),
        access.disabled_at.map(dates::csv_instant).unwrap_or_default(),
    ]
}
