//! What handlers ask a request for: who is asking, may they, and their input in typed form.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use loco_rs::{app::AppContext, controller::middleware::remote_ip::RemoteIP};
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;
use tower_sessions::Session;

use super::{
    desk::account,
    language, session,
    session_store::{self, Side},
    staff_session,
};
use crate::{
    domain::{
        actor::{Actor, Identity},
        language::Language,
        problem::Problem,
        role::{Permission, Role},
        sign_in::{self, Due},
    },
    errors::{Error, Result},
    messages::Texts,
    models::{api_tokens, customers, passwords::Passwords, users},
    services::Services,
    views::chrome::Flash,
};

const CSRF: &str = "csrf";
const FLASH: &str = "flash";

impl FromRequestParts<AppContext> for Services {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, ctx: &AppContext) -> Result<Self> {
        Self::of(ctx)
    }
}

impl FromRequestParts<AppContext> for Passwords {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, ctx: &AppContext) -> Result<Self> {
        Self::of(ctx)
    }
}

/// The member of staff who is asking. Nobody logged in: to the log-in page and back.
#[derive(Debug, Clone)]
pub struct Staff {
    pub id: i64,
    pub name: String,
    pub role: Role,
    /// Where the request comes from, for the audit log.
    pub address: Option<IpAddr>,
    /// For the hidden field `_csrf` of each form on the page.
    pub csrf: String,
    /// Their own, or the log-in page's as long as they have chosen none.
    pub language: Language,
    /// Whether keys without a modifier do anything.
    pub single_keys: bool,
}

impl Staff {
    /// First line of each handler that not every member of staff may use.
    pub fn require(&self, permission: Permission) -> Result<()> {
        require(self.role, permission)
    }

    pub fn actor(&self) -> Actor {
        let identity = Identity::Staff { id: self.id, name: self.name.clone(), role: self.role };
        Actor::new(identity, self.address.map(|address| address.to_string()))
    }
}

impl FromRequestParts<AppContext> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Response> {
        let address = ClientAddress::of(parts).await;
        match staff(parts, ctx, address).await {
            Ok((staff, due)) => match due.and_then(|due| first(due, parts.uri.path())) {
                Some(path) => Err(redirect(&parts.headers, path)),
                None => Ok(staff),
            },
            Err(Error::Unauthenticated) => Err(to_log_in(parts, ctx, Side::Desk)),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Where something has to be done before anything else. Whoever does not want to may log out.
fn first(due: Due, path: &str) -> Option<&'static str> {
    let (place, open) = match due {
        Due::Password => (session::PASSWORD_PATH, path == session::PASSWORD_PATH),
        Due::SecondFactor => (account::CODE, path == account::CODE || path.starts_with(account::PASSKEYS)),
    };
    (!open && path != session::LOG_OUT_PATH).then_some(place)
}

/// The logged-in user, and what has to come first.
async fn staff(parts: &mut Parts, ctx: &AppContext, address: ClientAddress) -> Result<(Staff, Option<Due>)> {
    let services = Services::of(ctx)?;
    let session = session_of(parts)?;
    let id: i64 = session.get(session_store::USER_ID).await.map_err(Error::internal)?.ok_or(Error::Unauthenticated)?;
    let Some(user) = users::Entity::find_enabled(&services.db, id).await? else {
        session.flush().await.map_err(Error::internal)?;
        return Err(Error::Unauthenticated);
    };
    let csrf = csrf_token(&session).await?;
    let staff = Staff {
        id,
        name: user.name,
        role: user.role,
        address: address.0,
        csrf,
        language: user.language.unwrap_or_else(|| language::remembered(&parts.headers)),
        single_keys: user.single_keys,
    };
    let means = staff_session::means(&staff_session::profile(&session).await?);
    Ok((staff, sign_in::due(means, user.must_change_password, services.settings.staff.require_second_factor)))
}

/// The customer who is asking. Nobody logged in: to the portal's log-in page and back.
#[derive(Debug, Clone)]
pub struct Customer {
    pub id: i64,
    pub name: String,
    /// The organisation whose certificates and cases are all there is for this customer.
    pub subscriber_id: i64,
    /// Where the request comes from, for consent and the audit log.
    pub address: Option<IpAddr>,
    /// For the hidden field `_csrf` of each form on the page.
    pub csrf: String,
}

impl Customer {
    pub fn actor(&self) -> Actor {
        let identity = Identity::Customer { id: self.id, name: self.name.clone(), subscriber_id: self.subscriber_id };
        Actor::new(identity, self.address.map(|address| address.to_string()))
    }
}

impl FromRequestParts<AppContext> for Customer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Response> {
        let address = ClientAddress::of(parts).await;
        match customer(parts, ctx, address).await {
            Ok(customer) => Ok(customer),
            Err(Error::Unauthenticated) => Err(to_log_in(parts, ctx, Side::Portal)),
            Err(error) => Err(error.into_response()),
        }
    }
}

async fn customer(parts: &mut Parts, ctx: &AppContext, address: ClientAddress) -> Result<Customer> {
    let services = Services::of(ctx)?;
    let session = session_of(parts)?;
    let id = session.get(session_store::CUSTOMER_ID).await.map_err(Error::internal)?.ok_or(Error::Unauthenticated)?;
    let Some(account) = customers::Entity::find_enabled(&services.db, id).await? else {
        session.flush().await.map_err(Error::internal)?;
        return Err(Error::Unauthenticated);
    };
    let csrf = csrf_token(&session).await?;
    Ok(Customer { id, name: account.name, subscriber_id: account.subscriber_id, address: address.0, csrf })
}

/// To the log-in page, which leads back: to the page itself, or to the page that the form was on.
fn to_log_in(parts: &Parts, ctx: &AppContext, side: Side) -> Response {
    let https = Services::of(ctx).is_ok_and(|services| services.settings.is_https());
    let wanted = if parts.method == Method::GET {
        parts.uri.path_and_query().map(ToString::to_string)
    } else {
        let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
        referer.and_then(|url| url.parse::<axum::http::Uri>().ok()).map(|url| url.path().to_owned())
    };
    let had_session = cookie_names(&parts.headers).any(|name| name == side.cookie_name(https));
    redirect(&parts.headers, &session::log_in_url(side, wanted.as_deref(), had_session))
}

fn cookie_names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.split('=').next()).map(str::trim)
}

/// Leads the whole browser to `url`, also when htmx asks for a part of a page.
fn redirect(headers: &HeaderMap, url: &str) -> Response {
    if headers.contains_key("hx-request") {
        (StatusCode::UNAUTHORIZED, [("hx-redirect", url.to_owned()), ("content-type", "text/html".to_owned())])
            .into_response()
    } else {
        Redirect::to(url).into_response()
    }
}

/// The program that is asking, by its bearer token.
#[derive(Debug, Clone)]
pub struct ApiCaller {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub address: Option<IpAddr>,
    /// In the language that the program asks for.
    pub t: Texts,
}

impl ApiCaller {
    pub fn require(&self, permission: Permission) -> Result<()> {
        require(self.role, permission)
    }

    pub fn actor(&self) -> Actor {
        let identity = Identity::Token { id: self.id, name: self.name.clone(), role: self.role };
        Actor::new(identity, self.address.map(|address| address.to_string()))
    }
}

impl FromRequestParts<AppContext> for ApiCaller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        let address = ClientAddress::of(parts).await.0;
        let services = Services::of(ctx)?;
        let token = bearer(&parts.headers).ok_or(Error::Unauthenticated)?;
        let found = api_tokens::Entity::find_valid(&services.db, token, services.clock.now()).await?;
        let api_tokens::Model { id, name, role, scopes, .. } = found.ok_or(Error::Unauthenticated)?;
        let scope = if parts.method.is_safe() { "read" } else { "write" };
        if !scopes.split_whitespace().any(|held| held == scope) {
            return Err(Error::Forbidden(Problem::new("token_scope_missing").with("scope", scope)));
        }
        Ok(Self { id, name, role, address, t: Texts::of(language::accepted(&parts.headers)) })
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn require(role: Role, permission: Permission) -> Result<()> {
    if role.may(permission) { Ok(()) } else { Err(Error::forbidden("role_not_allowed")) }
}

/// Where a request comes from: the connection, or the proxy's word when `remote_ip` is configured.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    pub fn is_loopback(self) -> bool {
        self.0.is_some_and(|address| address.is_loopback())
    }

    async fn of(parts: &mut Parts) -> Self {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let Ok(forwarded) = RemoteIP::from_request_parts(parts, &()).await;
        match forwarded {
            RemoteIP::Forwarded(address) | RemoteIP::Socket(address) => Self(Some(address)),
            RemoteIP::None => Self(connection),
        }
    }
}

impl FromRequestParts<AppContext> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self, Infallible> {
        Ok(Self::of(parts).await)
    }
}

/// What the next page says about this request, kept in the session over the redirect.
pub struct Flashes(Session);

impl Flashes {
    pub async fn put(&self, flash: Flash) -> Result<()> {
        self.0.insert(FLASH, flash).await.map_err(Error::internal)
    }

    /// For the page's frame; shown once.
    pub async fn take(&self) -> Result<Option<Flash>> {
        // Taking what is not there would write the session at every page.
        if self.0.get_value(FLASH).await.map_err(Error::internal)?.is_none() {
            return Ok(None);
        }
        self.0.remove(FLASH).await.map_err(Error::internal)
    }
}

impl FromRequestParts<AppContext> for Flashes {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &AppContext) -> Result<Self> {
        session_of(parts).map(Self)
    }
}

/// A posted form. Its hidden field `_csrf` must be the session's.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppContext> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: Request, ctx: &AppContext) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let session = session_of(&parts)?;
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), ctx).await.map_err(unreadable)?;
        if holds_nul(&body) {
            return Err(Error::Malformed(Problem::new("malformed_request")));
        }
        let Guard { csrf } = read_form(parts.clone(), body.clone(), ctx).await?;
        check_csrf(&session, &csrf).await?;
        read_form(parts, body, ctx).await.map(Self)
    }
}

#[derive(Deserialize)]
struct Guard {
    #[serde(rename = "_csrf", default)]
    csrf: String,
}

async fn read_form<T: DeserializeOwned>(parts: Parts, body: Bytes, ctx: &AppContext) -> Result<T> {
    let request = Request::from_parts(parts, Body::from(body));
    match axum_extra::extract::Form::from_request(request, ctx).await {
        Ok(axum_extra::extract::Form(value)) => Ok(value),
        Err(_) => Err(Error::Malformed(Problem::new("malformed_request"))),
    }
}

/// For forms that [`Form`] cannot read (uploads): compares a posted token with the session's.
pub async fn check_csrf(session: &Session, given: &str) -> Result<()> {
    let expected: Option<String> = session.get(CSRF).await.map_err(Error::internal)?;
    let matches = expected.is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(given.as_bytes())));
    if matches { Ok(()) } else { Err(Error::form_expired()) }
}

/// The session's token; a session without one gets it, and with it a row.
pub async fn csrf_token(session: &Session) -> Result<String> {
    if let Some(token) = session.get(CSRF).await.map_err(Error::internal)? {
        return Ok(token);
    }
    let token = hex::encode(rand::random::<[u8; 32]>());
    session.insert(CSRF, &token).await.map_err(Error::internal)?;
    Ok(token)
}

pub fn session_of(parts: &Parts) -> Result<Session> {
    parts.extensions.get::<Session>().cloned().ok_or_else(|| Error::internal("the session layer is missing"))
}

/// A JSON body; unknown members are the business of `T` (`deny_unknown_fields`).
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppContext> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, ctx: &AppContext) -> Result<Self> {
        let axum::Json(value) = axum::Json::from_request(request, ctx).await.map_err(|rejection| match rejection {
            JsonRejection::JsonDataError(error) => {
                Problem::new("json_not_as_expected").with("reason", error.body_text()).into()
            }
            JsonRejection::BytesRejection(error) => unreadable(error),
            other => Error::Malformed(Problem::new("json_malformed").with("reason", other.body_text())),
        })?;
        Ok(Self(value))
    }
}

impl<T: serde::Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Parts of the path. What does not parse names nothing: 404.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppContext> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        match axum::extract::Path::from_request_parts(parts, ctx).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::not_found("not_found")),
        }
    }
}

/// The query string, with repeated names as lists.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppContext> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self> {
        if parts.uri.query().is_some_and(|query| holds_nul(query.as_bytes())) {
            return Err(Error::Malformed(Problem::new("query_malformed").with("reason", "NUL")));
        }
        match axum_extra::extract::Query::from_request_parts(parts, ctx).await {
            Ok(axum_extra::extract::Query(value)) => Ok(Self(value)),
            Err(error) => Err(Error::Malformed(Problem::new("query_malformed").with("reason", error))),
        }
    }
}

/// NUL is in no text that people write, and PostgreSQL takes none.
fn holds_nul(encoded: &[u8]) -> bool {
    encoded.contains(&0) || encoded.windows(3).any(|part| part == b"%00")
}

fn unreadable(rejection: impl IntoResponse) -> Error {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        Error::Malformed(Problem::new("malformed_request"))
    }
}
