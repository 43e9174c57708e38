//! A customer logs in, with a confirmation code where the account asks for one, and out.

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::{DateTime, Duration, Utc};
use loco_rs::app::AppContext;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use super::HOME;
use super::visitor::{Visitor, begin, renew};
use crate::actions::confirm_log_in::{Code, ConfirmLogIn, confirm_log_in};
use crate::actions::log_in::Credentials;
use crate::actions::log_in_customer::{LoggedIn, log_in_customer};
use crate::controllers::extractors::{Customer, Form, Query};
use crate::controllers::session::{Arrival, is_local, log_in_url};
use crate::controllers::session_store::{self, Side};
use crate::errors::{Error, Result};
use crate::models::customers;
use crate::models::passwords::Passwords;
use crate::views::form::FieldErrors;
use crate::views::portal::account::{LoginCodeForm, LoginCodePage, LoginForm, LoginPage};

/// How long a right password waits for its code.
const CODE_TIME: Duration = Duration::minutes(5);
const CODE_PAGE: &str = "/portal/login/code";
const PENDING: &str = "login_code";

pub fn routes() -> Router<AppContext> {
    Router::new()
        .route("/portal/login", get(new).post(create))
        .route(CODE_PAGE, get(new_code).post(create_code))
        .route("/portal/logout", post(destroy))
}

async fn new(visitor: Visitor, Query(arrival): Query<Arrival>) -> Result<Response> {
    let customer: Option<i64> = visitor.session.get(session_store::CUSTOMER_ID).await.map_err(Error::internal)?;
    if customer.is_some() {
        return Ok(Redirect::to(destination(&arrival.next)).into_response());
    }
    let notice = arrival.ended.then(|| visitor.t.s("portal_login.ended").to_owned());
    let typed = Typed { login: String::new(), next: arrival.next };
    Ok(page(&visitor, typed, notice, FieldErrors::default()).await?.into_response())
}

/// What the person typed, shown again with the reason.
struct Typed {
    login: String,
    next: String,
}

async fn page(visitor: &Visitor, typed: Typed, notice: Option<String>, errors: FieldErrors) -> Result<LoginPage> {
    let Typed { login, next } = typed;
    Ok(LoginPage { chrome: visitor.chrome().await?, csrf: visitor.csrf().await?, login, next, notice, errors })
}

async fn create(visitor: Visitor, passwords: Passwords, form: Result<Form<LoginForm>>) -> Result<Response> {
    let form = match form {
        Ok(Form(form)) => form,
        Err(Error::Forbidden(_)) => return Ok(start_again()),
        Err(error) => return Err(error),
    };
    let credentials = Credentials { account: form.login.clone(), password: form.password, address: visitor.address() };
    match log_in_customer(&visitor.desk.db, &passwords, credentials, visitor.now).await {
        Ok(LoggedIn::Done(customer)) => {
            begin(&visitor.session, customer.id).await?;
            Ok(Redirect::to(destination(&form.next)).into_response())
        }
        Ok(LoggedIn::CodeNeeded(customer)) => {
            renew(&visitor.session).await?;
            let pending = Pending::new(&customer, form.next, visitor.now);
            visitor.session.insert(PENDING, pending).await.map_err(Error::internal)?;
            Ok(Redirect::to(CODE_PAGE).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(visitor.t, &error.into_problems()?);
            let typed = Typed { login: form.login, next: form.next };
            let page = page(&visitor, typed, None, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Somebody whose password was right, and who is not logged in yet.
#[derive(Serialize, Deserialize)]
struct Pending {
    customer_id: i64,
    /// Of the password that was right: a new one ends the wait.
    password: String,
    next: String,
    until: DateTime<Utc>,
}

impl Pending {
    fn new(customer: &customers::Customer, next: String, now: DateTime<Utc>) -> Self {
        Self { customer_id: customer.id, password: password_mark(customer), next, until: now + CODE_TIME }
    }

    /// What the session holds, while it still counts.
    async fn of(visitor: &Visitor) -> Result<Option<Self>> {
        let pending: Option<Self> = visitor.session.get(PENDING).await.map_err(Error::internal)?;
        let Some(pending) = pending.filter(|pending| visitor.now < pending.until) else { return Ok(None) };
        let customer = customers::Entity::find_enabled(&visitor.desk.db, pending.customer_id).await?;
        Ok(customer.filter(|customer| password_mark(customer) == pending.password).map(|_| pending))
    }
}

fn password_mark(customer: &customers::Customer) -> String {
    hex::encode(Sha256::digest(customer.password_hash.as_deref().unwrap_or_default()))
}

fn start_again() -> Response {
    Redirect::to(&log_in_url(Side::Portal, None, true)).into_response()
}

async fn new_code(visitor: Visitor) -> Result<Response> {
    match Pending::of(&visitor).await? {
        Some(_) => Ok(code_page(&visitor, FieldErrors::default()).await?.into_response()),
        None => Ok(start_again()),
    }
}

async fn code_page(visitor: &Visitor, errors: FieldErrors) -> Result<LoginCodePage> {
    Ok(LoginCodePage { chrome: visitor.chrome().await?, csrf: visitor.csrf().await?, errors })
}

async fn create_code(visitor: Visitor, form: Result<Form<LoginCodeForm>>) -> Result<Response> {
    let form = match form {
        Ok(Form(form)) => form,
        Err(Error::Forbidden(_)) => return Ok(start_again()),
        Err(error) => return Err(error),
    };
    let Some(pending) = Pending::of(&visitor).await? else { return Ok(start_again()) };
    let code = form.recovery.map_or_else(|| Code::App(form.code), Code::Recovery);
    let input = ConfirmLogIn { customer_id: pending.customer_id, code, address: visitor.address() };
    match confirm_log_in(&visitor.desk, input, visitor.now).await {
        Ok(customer) => {
            begin(&visitor.session, customer.id).await?;
            Ok(Redirect::to(destination(&pending.next)).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(visitor.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, code_page(&visitor, errors).await?).into_response())
        }
    }
}

#[derive(Deserialize)]
struct LogOutForm {
    #[serde(rename = "_csrf")]
    _csrf: String,
}

async fn destroy(session: Session, _: Customer, Form(_): Form<LogOutForm>) -> Result<Redirect> {
    session.flush().await.map_err(Error::internal)?;
    Ok(Redirect::to("/portal/login"))
}

/// Back to the page that was asked for, if it is one of the portal's that need a log-in.
fn destination(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let climbs = path.contains("..") || path.to_ascii_lowercase().contains("%2e");
    let open = ["/portal/login", "/portal/logout", "/portal/password"];
    let led_back = is_local(next)
        && path.starts_with("/portal/")
        && !climbs
        && !open
            .iter()
            .any(|page| path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if led_back { next } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_in_leads_back_to_pages_of_the_portal_only() {
        for (asked, led_to) in [
            ("/portal/requests/RQ-260806-0182?from=mail", "/portal/requests/RQ-260806-0182?from=mail"),
            ("/portal/account", "/portal/account"),
            ("", HOME),
            ("/portal", HOME),
            ("/desk/today", HOME),
            ("/portal/../desk/today", HOME),
            ("/portal/%2E%2e/desk/today", HOME),
            ("/portal//evil.example", "/portal//evil.example"),
            ("//evil.example/portal/", HOME),
            ("https://evil.example/portal/", HOME),
            ("/portal\\..", HOME),
            ("/portal/login", HOME),
            ("/portal/login/code", HOME),
            ("/portal/logout", HOME),
            ("/portal/password/new", HOME),
        ] {
            assert_eq!(destination(asked), led_to, "{asked:?}");
        }
    }
}
