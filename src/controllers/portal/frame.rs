//! What every page of the portal needs: who is asking, the services, the time of the request, and the frame around it.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, Utc};
use loco_rs::{app::AppContext, environment::Environment};

use crate::controllers::extractors::{Customer, Flashes};
use crate::domain::actor::Actor;
use crate::domain::calendar::jst_date;
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::wall::OwnRows;
use crate::models::{halts, subscribers};
use crate::services::Services;
use crate::views::chrome::Flash;
use crate::views::portal::chrome::{DeskContact, PortalChrome, PortalUser};

/// Argument of every handler of the portal that needs a customer.
pub struct PortalFrame {
    pub desk: Services,
    /// What pages are read by: the rows of the customer's organisation.
    pub db: OwnRows,
    pub customer: Customer,
    pub flashes: Flashes,
    /// Read once per request.
    pub now: DateTime<Utc>,
    pub t: Texts,
    environment: Option<String>,
}

impl FromRequestParts<AppContext> for PortalFrame {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Response> {
        let customer = Customer::from_request_parts(parts, ctx).await?;
        let flashes = Flashes::from_request_parts(parts, ctx).await.map_err(IntoResponse::into_response)?;
        let desk = Services::of(ctx).map_err(IntoResponse::into_response)?;
        let environment = environment(ctx);
        let db = OwnRows::new(desk.db.clone(), desk.walled.clone(), customer.subscriber_id);
        Ok(Self { now: desk.clock.now(), desk, db, customer, flashes, t: Texts::JA, environment })
    }
}

/// The name of the environment, unless it is production.
pub fn environment(ctx: &AppContext) -> Option<String> {
    (ctx.environment != Environment::Production).then(|| ctx.environment.to_string())
}

impl PortalFrame {
    pub fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    pub fn actor(&self) -> Actor {
        self.customer.actor()
    }

    pub async fn done(&self, text: impl Into<String>) -> Result<()> {
        self.flashes.put(Flash::done(text)).await
    }

    pub async fn chrome(&self) -> Result<PortalChrome> {
        let subscriber = subscribers::by_id(&self.db, self.customer.subscriber_id).await?;
        let user = PortalUser {
            organisation: subscriber.name,
            name: self.customer.name.clone(),
            csrf: self.customer.csrf.clone(),
        };
        let flash = self.flashes.take().await?;
        let halted = halts::current(&self.db).await?.is_some();
        Ok(PortalChrome {
            user: Some(user),
            halted,
            flash,
            ..visitor_chrome(&self.desk, self.t, self.environment.clone())
        })
    }
}

/// The frame of the pages that come before the log-in.
pub fn visitor_chrome(desk: &Services, t: Texts, environment: Option<String>) -> PortalChrome {
    PortalChrome {
        t,
        product: desk.settings.desk.portal_product.clone(),
        environment,
        user: None,
        desk: desk_contact(desk),
        halted: false,
        flash: None,
    }
}

/// How customers reach the desk, as the foot of each page names it.
fn desk_contact(desk: &Services) -> DeskContact {
    let settings = desk.desk_on(jst_date(desk.clock.now()));
    DeskContact {
        name: format!("{} {}", settings.short_name, settings.service_name),
        telephone: settings.telephone,
        hours: settings.hours,
        email: settings.email,
    }
}
