//! What the pages before the log-in need: the visitor's session, the services, the time of the request, and the frame.

use axum::{extract::FromRequestParts, http::request::Parts};
use chrono::{DateTime, Utc};
use loco_rs::app::AppContext;
use tower_sessions::Session;

use super::frame::{environment, visitor_chrome};
use crate::controllers::extractors::{ClientAddress, Flashes, csrf_token, session_of};
use crate::controllers::session_store;
use crate::errors::{Error, Result};
use crate::messages::Texts;
use crate::services::Services;
use crate::views::portal::chrome::PortalChrome;

/// Argument of every portal handler that nobody has to be logged in for.
pub struct Visitor {
    pub desk: Services,
    pub session: Session,
    pub flashes: Flashes,
    /// Where the request comes from.
    pub address: Option<String>,
    /// Read once per request.
    pub now: DateTime<Utc>,
    pub t: Texts,
    environment: Option<String>,
}

impl FromRequestParts<AppContext> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, ctx).await;
        let flashes = Flashes::from_request_parts(parts, ctx).await?;
        let desk = Services::of(ctx)?;
        Ok(Self {
            now: desk.clock.now(),
            desk,
            session: session_of(parts)?,
            flashes,
            address: address.map(|address| address.to_string()),
            t: Texts::JA,
            environment: environment(ctx),
        })
    }
}

impl Visitor {
    pub async fn chrome(&self) -> Result<PortalChrome> {
        let flash = self.flashes.take().await?;
        Ok(PortalChrome { flash, ..visitor_chrome(&self.desk, self.t, self.environment.clone()) })
    }

    pub async fn csrf(&self) -> Result<String> {
        csrf_token(&self.session).await
    }

    /// For counting attempts.
    pub fn address(&self) -> String {
        self.address.clone().unwrap_or_else(|| "unknown".to_owned())
    }
}

/// A new session under a new id with a new token; nothing of what was there before stays.
pub async fn renew(session: &Session) -> Result<()> {
    session.clear().await;
    session.cycle_id().await.map_err(Error::internal)?;
    csrf_token(session).await.map(|_| ())
}

/// The customer is in.
pub async fn begin(session: &Session, customer_id: i64) -> Result<()> {
    session.clear().await;
    session.cycle_id().await.map_err(Error::internal)?;
    session.insert(session_store::CUSTOMER_ID, customer_id).await.map_err(Error::internal)?;
    csrf_token(session).await.map(|_| ())
}
