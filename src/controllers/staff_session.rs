//! What a session knows of the member of staff who is logged in: by what, from where, and when they last proved who they
//! are; and of the one whose password was right and who is not in yet.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Duration, Utc};
use loco_rs::app::AppContext;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use super::desk::kept;
use super::extractors::{ClientAddress, csrf_token};
use super::session_store::{PROFILE, Profile, USER_ID};
use super::{language, session};
use crate::{
    domain::sign_in::Means,
    errors::{Error, Result},
    models::users,
    services::Services,
};

/// How long a right password waits for the second factor.
const FACTOR_TIME: Duration = Duration::minutes(5);
const PENDING: &str = "second_factor";
/// Characters of what a browser says about itself that are kept.
const LONGEST_BROWSER: usize = 200;

/// Where a request comes from, as its sender tells.
pub struct Visit {
    pub address: Option<String>,
    browser: String,
}

impl FromRequestParts<AppContext> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, ctx).await?;
        let browser = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let browser = browser.chars().take(LONGEST_BROWSER).collect();
        Ok(Self { address: address.map(|address| address.to_string()), browser })
    }
}

impl Visit {
    /// For counting attempts.
    pub fn address(&self) -> String {
        self.address.clone().unwrap_or_else(|| "unknown".to_owned())
    }
}

/// A new session under a new id with a new token; nothing of the visitor's stays.
pub async fn begin(session: &Session, user_id: i64, profile: Profile) -> Result<()> {
    session.clear().await;
    session.cycle_id().await.map_err(Error::internal)?;
    session.insert(USER_ID, user_id).await.map_err(Error::internal)?;
    session.insert(PROFILE, profile).await.map_err(Error::internal)?;
    csrf_token(session).await.map(|_| ())
}

/// The user is in: on to the page that was asked for, with the form that a session before this one lost.
pub async fn enter(
    services: &Services,
    session: &Session,
    visit: Visit,
    (user, means): (&users::Model, Means),
    wanted: &str,
) -> Result<Response> {
    let kept = kept::take(session, user.id).await?;
    let proven_at = Some(services.clock.now());
    let profile =
        Profile { means: means.as_str().to_owned(), proven_at, address: visit.address, browser: visit.browser };
    begin(session, user.id, profile).await?;
    kept::restore(session, kept).await?;
    let wanted = Redirect::to(session::destination(wanted));
    Ok((language::remember(user.language, services), wanted).into_response())
}

/// What is known of the log-in; nothing of one that began before this was kept.
pub async fn profile(session: &Session) -> Result<Profile> {
    let profile: Option<Profile> = session.get(PROFILE).await.map_err(Error::internal)?;
    Ok(profile.unwrap_or_default())
}

/// By what the member of staff came in.
pub fn means(profile: &Profile) -> Means {
    profile.means.parse().unwrap_or(Means::Password)
}

/// They have just proven who they are, once more or by something stronger.
pub async fn note_proof(session: &Session, stronger: Option<Means>, now: DateTime<Utc>) -> Result<()> {
    let before = profile(session).await?;
    let means = stronger.map_or(before.means, |means| means.as_str().to_owned());
    let profile = Profile { means, proven_at: Some(now), ..before };
    session.insert(PROFILE, profile).await.map_err(Error::internal)
}

/// Somebody whose password was right, and who is not logged in yet.
#[derive(Serialize, Deserialize)]
pub struct Pending {
    pub user_id: i64,
    /// Of the password that was right: a new one ends the wait.
    password: String,
    pub next: String,
    until: DateTime<Utc>,
}

impl Pending {
    /// In a session that knows nothing else but a form that was lost.
    pub async fn begin(session: &Session, user: &users::Model, next: String, now: DateTime<Utc>) -> Result<()> {
        let kept = kept::take(session, user.id).await?;
        session.clear().await;
        session.cycle_id().await.map_err(Error::internal)?;
        csrf_token(session).await?;
        kept::restore(session, kept).await?;
        let pending = Self { user_id: user.id, password: mark(user), next, until: now + FACTOR_TIME };
        session.insert(PENDING, pending).await.map_err(Error::internal)
    }

    /// Who opens the log-in page once more begins anew.
    pub async fn forget(session: &Session) -> Result<()> {
        if session.get_value(PENDING).await.map_err(Error::internal)?.is_some() {
            session.remove_value(PENDING).await.map_err(Error::internal)?;
        }
        Ok(())
    }

    /// What the session holds, while it still counts.
    pub async fn of(session: &Session, services: &Services) -> Result<Option<(Self, users::Model)>> {
        let pending: Option<Self> = session.get(PENDING).await.map_err(Error::internal)?;
        let Some(pending) = pending.filter(|pending| services.clock.now() < pending.until) else { return Ok(None) };
        let user = users::Entity::find_enabled(&services.db, pending.user_id).await?;
        Ok(user.filter(|user| mark(user) == pending.password).map(|user| (pending, user)))
    }
}

fn mark(user: &users::Model) -> String {
    hex::encode(Sha256::digest(&user.password_hash))
}
