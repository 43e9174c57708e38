//! Logging in and out, and choosing a password.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use loco_rs::{app::AppContext, controller::Routes, environment::Environment};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    extractors::{Flashes, Form, Query, Staff, csrf_token},
    language::{self, PageTexts},
    portal,
    session_store::{self, Profile, Side},
    sign_in,
    staff_session::{self, Pending, Visit},
};
use crate::{
    actions::{
        change_password::{PasswordChange, change_password},
        log_in::{Credentials, StaffLoggedIn, log_in},
    },
    domain::{language::Language, sign_in::Means},
    errors::{Error, Result},
    messages::Texts,
    models::passwords::Passwords,
    services::Services,
    views::{
        chrome::Flash,
        form::FieldErrors,
        parts::Link,
        password::{PasswordForm, PasswordPage},
        session::{LoginForm, LoginPage},
    },
};

pub const PASSWORD_PATH: &str = "/password";
pub const LOG_OUT_PATH: &str = "/logout";
/// Where the day begins.
const HOME: &str = "/desk/today";

pub fn routes() -> Routes {
    Routes::new()
        .add("/", get(home))
        .add("/login", get(new).post(create))
        .add(LOG_OUT_PATH, axum::routing::post(destroy))
        .add(PASSWORD_PATH, get(edit_password).post(update_password))
}

/// The log-in page of a side that leads back to `wanted`; `ended`: there was a session, and it is over.
pub fn log_in_url(side: Side, wanted: Option<&str>, ended: bool) -> String {
    let (page, home) = match side {
        Side::Desk => ("/login", HOME),
        Side::Portal => ("/portal/login", portal::HOME),
    };
    let next = wanted
        .filter(|path| is_local(path) && !["/", "/portal", home].contains(path))
        .map(|path| format!("next={}", percent(path)));
    let ended = ended.then(|| "ended=true".to_owned());
    let query = [next, ended].into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
}

/// How somebody comes to a log-in page.
#[derive(Deserialize)]
pub struct Arrival {
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    pub ended: bool,
    /// Of the log-in page, from here on.
    #[serde(default)]
    pub language: String,
}

async fn home(_: Staff) -> Redirect {
    Redirect::to(HOME)
}

async fn new(
    State(ctx): State<AppContext>,
    services: Services,
    session: Session,
    PageTexts(t): PageTexts,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let user: Option<i64> = session.get(session_store::USER_ID).await.map_err(Error::internal)?;
    if user.is_some() {
        return Ok(Redirect::to(destination(&arrival.next)).into_response());
    }
    Pending::forget(&session).await?;
    let asked: Option<Language> = arrival.language.parse().ok();
    let t = asked.map_or(t, Texts::of);
    let notice = arrival.ended.then(|| t.s("session.ended").to_owned());
    let typed = Typed { email: String::new(), next: arrival.next };
    let page = page(&ctx, t, &session, typed, notice, FieldErrors::default()).await?;
    Ok((language::remember(asked, &services), page).into_response())
}

/// What the person typed, shown again with the reason.
struct Typed {
    email: String,
    next: String,
}

async fn page(
    ctx: &AppContext,
    t: Texts,
    session: &Session,
    typed: Typed,
    notice: Option<String>,
    errors: FieldErrors,
) -> Result<LoginPage> {
    let services = Services::of(ctx)?;
    let environment = (ctx.environment != Environment::Production).then(|| ctx.environment.to_string());
    let sso = services.sso.is_some().then(|| format!("{}?next={}", sign_in::SSO, percent(&typed.next)));
    Ok(LoginPage {
        t,
        product: services.settings.desk.staff_product.clone(),
        environment,
        languages: languages(t, &typed.next),
        csrf: csrf_token(session).await?,
        email: typed.email,
        next: typed.next,
        notice,
        errors,
        sso,
        passkey: sign_in::passkey_options(&services, session).await?,
        demonstration: None,
    })
}

/// To the same page in the other languages, each named in its own.
fn languages(t: Texts, next: &str) -> Vec<(&'static str, Link)> {
    let others = Language::ALL.into_iter().filter(|language| *language != t.language());
    let page = log_in_url(Side::Desk, Some(next), false);
    let separator = if page.contains('?') { '&' } else { '?' };
    let link = |language: Language| {
        let tag = language.as_str();
        let label = Texts::of(language).s("preferences.language_name");
        (tag, Link::new(format!("{page}{separator}language={tag}"), label))
    };
    others.map(link).collect()
}

async fn create(
    State(ctx): State<AppContext>,
    services: Services,
    passwords: Passwords,
    session: Session,
    visit: Visit,
    PageTexts(t): PageTexts,
    form: Result<Form<LoginForm>>,
) -> Result<Response> {
    let form = match form {
        Ok(Form(form)) => form,
        Err(Error::Forbidden(_)) => return Ok(Redirect::to(&log_in_url(Side::Desk, None, true)).into_response()),
        Err(error) => return Err(error),
    };
    let credentials = Credentials { account: form.email.clone(), password: form.password, address: visit.address() };
    let now = services.clock.now();
    match log_in(&services.db, &passwords, credentials, now).await {
        Ok(StaffLoggedIn::Done(user)) => {
            staff_session::enter(&services, &session, visit, (&user, Means::Password), &form.next).await
        }
        Ok(StaffLoggedIn::FactorNeeded(user)) => {
            Pending::begin(&session, &user, form.next, now).await?;
            Ok(Redirect::to(sign_in::CODE_PAGE).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(t, &error.into_problems()?);
            refused(&ctx, t, &session, (form.email, form.next), errors).await
        }
    }
}

/// The log-in page once more, with what was typed and what is wrong.
pub async fn refused(
    ctx: &AppContext,
    t: Texts,
    session: &Session,
    (email, next): (String, String),
    errors: FieldErrors,
) -> Result<Response> {
    let page = page(ctx, t, session, Typed { email, next }, None, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Deserialize)]
struct LogOutForm {
    #[serde(rename = "_csrf")]
    _csrf: String,
}

async fn destroy(session: Session, _: Staff, Form(_): Form<LogOutForm>) -> Result<Redirect> {
    session.flush().await.map_err(Error::internal)?;
    Ok(Redirect::to("/login"))
}

async fn edit_password(services: Services, staff: Staff) -> PasswordPage {
    password_page(&services, staff, FieldErrors::default())
}

fn password_page(services: &Services, staff: Staff, errors: FieldErrors) -> PasswordPage {
    PasswordPage {
        t: Texts::of(staff.language),
        product: services.settings.desk.staff_product.clone(),
        csrf: staff.csrf,
        user_name: staff.name,
        errors,
    }
}

async fn update_password(
    services: Services,
    passwords: Passwords,
    session: Session,
    staff: Staff,
    flashes: Flashes,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    let change = PasswordChange { current: form.current, new: form.new, repeated: form.repeated };
    let changed = change_password(&services, &passwords, change, &staff.actor(), services.clock.now()).await;
    match changed {
        Ok(user) => {
            let now = services.clock.now();
            let profile = staff_session::profile(&session).await?;
            let profile = Profile { proven_at: Some(now), ..profile };
            staff_session::begin(&session, user.id, profile).await?;
            flashes.put(Flash::done(Texts::of(staff.language).s("session.password_changed"))).await?;
            Ok(Redirect::to(HOME).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(Texts::of(staff.language), &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, password_page(&services, staff, errors)).into_response())
        }
    }
}

/// Back to the page that was asked for, if it is one of ours.
pub fn destination(next: &str) -> &str {
    if is_local(next) { next } else { HOME }
}

/// A path on this host. `//host`, `/\host` and control characters lead elsewhere in some browsers.
pub fn is_local(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !path.starts_with("/login")
        && !path.starts_with("/logout")
}

/// Percent-encodes a value of a query.
pub fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_in_leads_back_to_local_pages_only() {
        for (asked, led_to) in [
            ("/desk/cases?state=confirmed&q=a", "/desk/cases?state=confirmed&q=a"),
            ("", HOME),
            ("//evil.example", HOME),
            ("/\\evil.example", HOME),
            ("/desk\\..", HOME),
            ("https://evil.example/", HOME),
            ("/a\r\nSet-Cookie: x", HOME),
            ("/login", HOME),
            ("/logout", HOME),
        ] {
            assert_eq!(destination(asked), led_to, "{asked:?}");
        }
    }

    #[test]
    fn the_wanted_page_survives_as_one_value_of_the_query() {
        assert_eq!(
            log_in_url(Side::Desk, Some("/desk/cases?q=a&b"), true),
            "/login?next=/desk/cases%3Fq%3Da%26b&ended=true"
        );
        assert_eq!(log_in_url(Side::Desk, Some("//evil.example"), false), "/login");
        assert_eq!(log_in_url(Side::Desk, None, false), "/login");
    }
}
