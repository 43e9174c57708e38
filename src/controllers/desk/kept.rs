//! Forms that were sent after the session had ended: kept on the server until their sender has logged in again
//! (WCAG 2.2.5), then shown with a way to go on. Nothing is recorded meanwhile.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use loco_rs::app::AppContext;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::frame::Frame;
use crate::controllers::extractors::check_csrf;
use crate::controllers::session::log_in_url;
use crate::controllers::session_store::{self, Side, USER_ID};
use crate::domain::csr;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::sessions;
use crate::services::Services;
use crate::views::chrome::Place;
use crate::views::desk::kept::KeptPage;

pub const PATH: &str = "/desk/kept";
const KEY: &str = "kept_form";
/// Bytes of a form: the longest mail text is 10,000 characters, each of which takes up to nine.
const LIMIT: usize = 256 * 1024;

/// A form as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Whoever logs in instead does not get it.
    user: i64,
    path: String,
    fields: Vec<(String, String)>,
    sent_at: DateTime<Utc>,
    /// The page it was on, where it waited for a proof and not for a log-in.
    #[serde(default)]
    proven_from: Option<String>,
}

impl Kept {
    /// A form that waits until its sender has proven who they are; nothing where it holds what must not be stored.
    pub fn until_proven(
        user: i64,
        path: &str,
        fields: &[(String, String)],
        back: &str,
        sent_at: DateTime<Utc>,
    ) -> Option<Self> {
        let fields: Vec<_> = fields.iter().filter(|(name, _)| name != "_csrf").cloned().collect();
        let may_be = fields.iter().all(|(name, value)| may_be_stored(name, value));
        let proven_from = Some(back.to_owned());
        may_be.then(|| Self { user, path: path.to_owned(), fields, sent_at, proven_from })
    }

    pub fn into_fields(self) -> Vec<(String, String)> {
        self.fields
    }
}

/// Within the sessions' layer. A form of the desk whose session has ended, or began anew in another window, is kept, and
/// its sender is led to the log-in page and from there to [`PATH`].
pub async fn keep(State(ctx): State<AppContext>, session: Session, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded")));
    if request.method() != Method::POST || !path.starts_with("/desk/") || !is_form {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LIMIT).await else {
        return Error::TooLarge.into_response();
    };
    let again = || Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    match kept(&ctx, &session, parts.uri.path(), &bytes).await {
        Ok(Some(kept)) => match put(&session, kept).await {
            Ok(true) => Redirect::to(PATH).into_response(),
            Ok(false) => Redirect::to(&log_in_url(Side::Desk, Some(PATH), true)).into_response(),
            Err(error) => {
                tracing::warn!(cause = %error, "a form could not be kept");
                next.run(again()).await
            }
        },
        Ok(None) => next.run(again()).await,
        Err(error) => error.into_response(),
    }
}

/// The form, when its session is over and it is known whose it was.
async fn kept(ctx: &AppContext, session: &Session, path: &str, body: &Bytes) -> Result<Option<Kept>> {
    let desk = Services::of(ctx)?;
    // Asked first: looking into a session that has ended makes it forget its id.
    let id = session.id().map(|id| session_store::hash(&id));
    let fields = fields(body).await;
    let token = fields.iter().find(|(name, _)| name == "_csrf").map(|(_, value)| value.as_str()).unwrap_or_default();
    let live: Option<i64> = session.get(USER_ID).await.map_err(Error::internal)?;
    let user = match live {
        // Without a token it is none of our forms: refused where it goes.
        Some(_) if token.is_empty() || check_csrf(session, token).await.is_ok() => return Ok(None),
        Some(user) => Some(user),
        None => match id {
            Some(id) => sessions::owner(&desk.db, &id).await?,
            None => None,
        },
    };
    Ok(user.map(|user| Kept {
        user,
        path: path.to_owned(),
        fields: fields.into_iter().filter(|(name, value)| may_be_stored(name, value)).collect(),
        sent_at: desk.clock.now(),
        proven_from: None,
    }))
}

/// Neither a password, nor a code, nor a private key is written anywhere, by mistake or not.
fn may_be_stored(name: &str, value: &str) -> bool {
    name != "_csrf" && !name.contains("password") && !name.contains("code") && !csr::holds_private_key(value.as_bytes())
}

pub async fn fields(body: &Bytes) -> Vec<(String, String)> {
    let request = Request::builder()
        .method(Method::POST)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.clone()));
    let Ok(request) = request else { return Vec::new() };
    axum::Form::from_request(request, &()).await.map(|axum::Form(fields)| fields).unwrap_or_default()
}

/// Whether somebody is logged in.
async fn put(session: &Session, kept: Kept) -> Result<bool> {
    session.insert(KEY, kept).await.map_err(Error::internal)?;
    let user: Option<i64> = session.get(USER_ID).await.map_err(Error::internal)?;
    Ok(user.is_some())
}

/// What a visitor's session keeps for `user`, before that session gives way to a new one.
pub async fn take(session: &Session, user: i64) -> Result<Option<Kept>> {
    let kept: Option<Kept> = session.get(KEY).await.map_err(Error::internal)?;
    Ok(kept.filter(|kept| kept.user == user))
}

/// Into the session of the one who has logged in.
pub async fn restore(session: &Session, kept: Option<Kept>) -> Result<()> {
    match kept {
        Some(kept) => session.insert(KEY, kept).await.map_err(Error::internal),
        None => Ok(()),
    }
}

/// `GET /desk/kept`
pub async fn show(frame: Frame, session: Session) -> Result<Response> {
    let kept: Option<Kept> = session.get(KEY).await.map_err(Error::internal)?;
    let fresh = |kept: &Kept| kept.user == frame.staff.id && frame.now < kept.sent_at + sessions::ANONYMOUS;
    let Some(kept) = kept.filter(fresh) else {
        frame.done(frame.t.s("kept.nothing")).await?;
        return Ok(Redirect::to("/desk/today").into_response());
    };
    let t = frame.t;
    // A call is not recorded at once: its case is claimed again, and what was typed comes back.
    let call = kept.path.strip_suffix("/calls").filter(|_| case_of(&kept.path).is_some());
    let action = call.map_or_else(|| kept.path.clone(), |case| format!("{case}/claim"));
    let (title, lead) = match kept.proven_from {
        Some(_) => (t.s("kept.proven_title"), t.s("kept.proven_lead").to_owned()),
        None => (t.s("kept.title"), t.f("kept.lead", &[("time", &dates::time(kept.sent_at + sessions::ANONYMOUS))])),
    };
    let case = case_of(&kept.path).unwrap_or_else(|| "/desk/today".to_owned());
    Ok(KeptPage {
        chrome: frame.chrome(Place::Today).await?,
        title: title.to_owned(),
        lead,
        is_proven: kept.proven_from.is_some(),
        typed: kept.fields.iter().filter_map(|(name, value)| shown(t, name, value)).collect(),
        is_call: call.is_some(),
        back: kept.proven_from.unwrap_or(case),
        action,
        csrf: frame.staff.csrf.clone(),
        fields: kept.fields,
    }
    .into_response())
}

/// The page of the case that a form belongs to.
fn case_of(path: &str) -> Option<String> {
    let number = path.strip_prefix("/desk/cases/")?.split('/').next()?;
    number.parse::<ReceptionNumber>().ok().map(|number| format!("/desk/cases/{number}"))
}

/// Label and words of a field that a person filled in.
fn shown(t: Texts, name: &str, value: &str) -> Option<(String, String)> {
    if value.trim().is_empty() || matches!(name, "version" | "idem" | "then") {
        return None;
    }
    let group = match name {
        "outcome" => "outcome",
        "identity_checks" => "identity",
        "spoke_with" => "contact_role",
        _ => "",
    };
    let word = t.get(&format!("{group}.{value}")).map_or_else(|| value.to_owned(), str::to_owned);
    let label = t.get(&format!("kept.field.{name}")).unwrap_or_else(|| t.s("kept.other"));
    Some((label.to_owned(), word))
}
