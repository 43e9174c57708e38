//! Sessions between cookie and table: the cookie holds a random id, the row its SHA-256.

use std::{collections::HashMap, fmt};

use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use chrono::{DateTime, Utc};
use loco_rs::app::AppContext;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    models::sessions::{self, Owner},
    services::Services,
};

/// The member of staff behind the session.
pub const USER_ID: &str = "user_id";
/// What is known of the log-in of a member of staff.
pub const PROFILE: &str = "profile";
/// The customer behind the session.
pub const CUSTOMER_ID: &str = "customer_id";

/// How and from where a member of staff logged in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// [`crate::domain::sign_in::Means`]
    pub means: String,
    /// When they last proved who they are.
    pub proven_at: Option<DateTime<Utc>>,
    pub address: Option<String>,
    /// What the browser says about itself.
    pub browser: String,
}

impl Profile {
    /// Of a stored session.
    pub fn of(data: &str) -> Self {
        let data: HashMap<String, Value> = serde_json::from_str(data).unwrap_or_default();
        let profile = data.get(PROFILE).and_then(|value| serde_json::from_value(value.clone()).ok());
        profile.unwrap_or_default()
    }
}

/// A page that looks for news by itself says so with this header: that is not a person at work, who would stay logged in.
pub const QUIET_HEADER: &str = "x-quiet";

tokio::task_local! {
    static QUIET: ();
}

/// Outside the sessions' layer: a request that a page makes by itself does not put off the end of the session.
pub async fn quietly(request: Request, next: Next) -> Response {
    if request.headers().contains_key(QUIET_HEADER) || request.uri().path().ends_with("/events") {
        QUIET.scope((), next.run(request)).await
    } else {
        next.run(request).await
    }
}

/// Two kinds of people who never share a session: each has a cookie of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Desk,
    Portal,
}

impl Side {
    /// Browsers accept the `__Host-` prefix over TLS only; development runs without.
    pub fn cookie_name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Desk, true) => "__Host-desk",
            (Self::Desk, false) => "desk_session",
            (Self::Portal, true) => "__Host-portal",
            (Self::Portal, false) => "portal_session",
        }
    }
}

pub fn layer(ctx: &AppContext, side: Side) -> SessionManagerLayer<Sessions> {
    let https = Services::of(ctx).is_ok_and(|services| services.settings.is_https());
    SessionManagerLayer::new(Sessions { ctx: ctx.clone() })
        .with_name(side.cookie_name(https))
        .with_secure(https)
        .with_same_site(SameSite::Lax)
}

/// Lifetimes are decided by the rows ([`sessions`]), not by the records' own expiry.
#[derive(Clone)]
pub struct Sessions {
    ctx: AppContext,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let Services { db, clock, .. } = self.services()?;
        let now = clock.now();
        let id = |key: &str| record.data.get(key).and_then(Value::as_i64);
        let owner = match (id(USER_ID), id(CUSTOMER_ID)) {
            (Some(id), _) => Owner::User(id),
            (None, Some(id)) => Owner::Customer(id),
            (None, None) => Owner::Visitor,
        };
        sessions::delete_expired(&db, now).await.map_err(backend)?;
        sessions::insert(&db, hash(&record.id), owner, encode(record)?, now).await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let db = self.services()?.db;
        sessions::store_data(&db, &hash(&record.id), encode(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Services { db, clock, .. } = self.services()?;
        let now = clock.now();
        let Some(session) = sessions::Entity::find_live(&db, &hash(id), now).await.map_err(backend)? else {
            return Ok(None);
        };
        if QUIET.try_with(|()| ()).is_err() {
            sessions::touch(&db, &session, now).await.map_err(backend)?;
        }
        let data: HashMap<String, Value> =
            serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: OffsetDateTime::UNIX_EPOCH }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::delete(&self.services()?.db, &hash(id)).await.map_err(backend)
    }
}

impl Sessions {
    fn services(&self) -> Result<Services> {
        Services::of(&self.ctx).map_err(|error| Error::Backend(error.to_string()))
    }
}

/// What the table keeps instead of the id.
pub fn hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn backend(error: sea_orm::DbErr) -> Error {
    Error::Backend(error.to_string())
}
