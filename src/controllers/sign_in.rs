//! The ways into the desk besides a password alone: the second step with a code, passkeys, single sign-on.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use loco_rs::{app::AppContext, controller::Routes};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tower_sessions::Session;

use super::{
    extractors::{Flashes, Form, Query, Staff, csrf_token},
    language::PageTexts,
    session::{self, log_in_url},
    session_store::Side,
    staff_session::{Pending, Visit, enter},
    step_up_by_sso,
};
use crate::{
    actions::{
        confirm_log_in::Code,
        confirm_staff_log_in::{ConfirmStaffLogIn, confirm_staff_log_in},
        log_in_by_passkey::{PasskeyAnswer, log_in_by_passkey},
        log_in_by_sso::{SsoIdentity, log_in_by_sso},
    },
    domain::{problem::Problem, sign_in::Means},
    errors::{Error, Result},
    messages::Texts,
    models::{passkeys, users},
    services::Services,
    sso::{self, Arrival, Asking, Departure, SingleSignOn, SsoError},
    views::{
        form::FieldErrors,
        sign_in::{CodePage, PasskeyForm, StaffCodeForm},
    },
};

pub const CODE_PAGE: &str = "/login/code";
pub const SSO: &str = "/login/sso";
/// The question that the browser's passkey is to answer; it counts once.
const QUESTION: &str = "passkey_question";
const DEPARTURE: &str = "sso_departure";

pub fn routes() -> Routes {
    Routes::new()
        .add(CODE_PAGE, get(new_code).post(create_code))
        .add("/login/passkey", post(create_by_passkey))
        .add(SSO, get(depart))
        .add(sso::CALLBACK, get(arrive))
}

/// What a page asks the browser's passkeys; nothing where there can be none.
pub async fn passkey_options(services: &Services, session: &Session) -> Result<Option<String>> {
    let Some(passkeys) = &services.passkeys else { return Ok(None) };
    let question = passkeys.ask().map_err(Error::internal)?;
    session.insert(QUESTION, question.kept).await.map_err(Error::internal)?;
    Ok(Some(question.options))
}

/// The question as it was kept, which is then gone.
pub async fn take_question(session: &Session) -> Result<String> {
    let kept: Option<String> = session.remove(QUESTION).await.map_err(Error::internal)?;
    kept.ok_or_else(|| Problem::new("passkey_refused").into())
}

fn start_again() -> Response {
    Redirect::to(&log_in_url(Side::Desk, None, true)).into_response()
}

async fn new_code(services: Services, session: Session, PageTexts(t): PageTexts) -> Result<Response> {
    match Pending::of(&session, &services).await? {
        Some((_, user)) => Ok(code_page(&services, &session, t, &user, FieldErrors::default()).await?.into_response()),
        None => Ok(start_again()),
    }
}

async fn code_page(
    services: &Services,
    session: &Session,
    t: Texts,
    user: &users::Model,
    errors: FieldErrors,
) -> Result<CodePage> {
    let has_passkey = passkeys::count_of(&services.db, user.id).await? > 0;
    Ok(CodePage {
        t,
        product: services.settings.desk.staff_product.clone(),
        csrf: csrf_token(session).await?,
        by_code: user.totp_secret.is_some(),
        passkey: if has_passkey { passkey_options(services, session).await? } else { None },
        errors,
    })
}

async fn create_code(
    services: Services,
    session: Session,
    visit: Visit,
    PageTexts(t): PageTexts,
    form: Result<Form<StaffCodeForm>>,
) -> Result<Response> {
    let form = match form {
        Ok(Form(form)) => form,
        Err(Error::Forbidden(_)) => return Ok(start_again()),
        Err(error) => return Err(error),
    };
    let Some((pending, user)) = Pending::of(&session, &services).await? else { return Ok(start_again()) };
    let code = form.recovery.map_or_else(|| Code::App(form.code), Code::Recovery);
    let input = ConfirmStaffLogIn { user_id: pending.user_id, code, address: visit.address() };
    match confirm_staff_log_in(&services, input, services.clock.now()).await {
        Ok((user, means)) => enter(&services, &session, visit, (&user, means), &pending.next).await,
        Err(error) => {
            let errors = FieldErrors::of(t, &error.into_problems()?);
            let page = code_page(&services, &session, t, &user, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// From the log-in page, or from the second step: then it has to be the same person's.
async fn create_by_passkey(
    State(ctx): State<AppContext>,
    services: Services,
    session: Session,
    visit: Visit,
    PageTexts(t): PageTexts,
    form: Result<Form<PasskeyForm>>,
) -> Result<Response> {
    let form = match form {
        Ok(Form(form)) => form,
        Err(Error::Forbidden(_)) => return Ok(start_again()),
        Err(error) => return Err(error),
    };
    let pending = Pending::of(&session, &services).await?;
    let awaited = pending.as_ref().map(|(pending, _)| pending.user_id);
    let outcome = match take_question(&session).await {
        Ok(question) => {
            let input = PasskeyAnswer { answer: form.answer, question, address: visit.address() };
            log_in_by_passkey(&services, input, awaited, services.clock.now()).await
        }
        Err(error) => Err(error),
    };
    match (outcome, pending) {
        (Ok(user), pending) => {
            let next = pending.map_or(form.next, |(pending, _)| pending.next);
            enter(&services, &session, visit, (&user, Means::Passkey), &next).await
        }
        (Err(error), Some((_, user))) => {
            let errors = FieldErrors::of(t, &error.into_problems()?);
            let page = code_page(&services, &session, t, &user, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        (Err(error), None) => {
            let errors = FieldErrors::of(t, &error.into_problems()?);
            session::refused(&ctx, t, &session, (String::new(), form.next), errors).await
        }
    }
}

/// Somebody on the way to the provider, and where they want to go after.
#[derive(Serialize, Deserialize)]
struct Journey {
    departure: Departure,
    next: String,
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
}

async fn depart(
    State(ctx): State<AppContext>,
    services: Services,
    session: Session,
    PageTexts(t): PageTexts,
    Query(Wanted { next }): Query<Wanted>,
) -> Result<Response> {
    let Some(sso) = &services.sso else { return Err(Error::not_found("not_found")) };
    match sso.depart(Asking::AsItLikes).await {
        Ok((url, departure)) => {
            session.insert(DEPARTURE, Journey { departure, next }).await.map_err(Error::internal)?;
            Ok(Redirect::to(&url).into_response())
        }
        Err(error) => unreachable_or_refused(&ctx, t, &session, next, &error).await,
    }
}

/// What the provider sends along.
#[derive(Deserialize)]
pub struct Landing {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

impl Landing {
    /// What the provider vouches for to the browser that left.
    pub async fn arrival(
        self,
        sso: &SingleSignOn,
        departure: Departure,
        now: DateTime<Utc>,
    ) -> Result<Arrival, SsoError> {
        if !bool::from(departure.state.as_bytes().ct_eq(self.state.as_bytes())) || self.code.is_empty() {
            return Err(SsoError::Refused("another state, or no code".to_owned()));
        }
        sso.arrive(self.code, departure, now).await
    }
}

async fn arrive(
    State(ctx): State<AppContext>,
    services: Services,
    session: Session,
    visit: Visit,
    PageTexts(t): PageTexts,
    (staff, flashes): (Result<Staff, Response>, Flashes),
    Query(landing): Query<Landing>,
) -> Result<Response> {
    let Some(sso) = &services.sso else { return Err(Error::not_found("not_found")) };
    if let (Ok(staff), Some(journey)) = (staff, step_up_by_sso::Journey::take(&session).await?) {
        return step_up_by_sso::arrive((&services, sso), &session, (&staff, &flashes), journey, landing).await;
    }
    let journey: Option<Journey> = session.remove(DEPARTURE).await.map_err(Error::internal)?;
    let Some(Journey { departure, next }) = journey else { return Ok(start_again()) };
    let now = services.clock.now();
    let arrival = match landing.arrival(sso, departure, now).await {
        Ok(arrival) => arrival,
        Err(error) => return unreachable_or_refused(&ctx, t, &session, next, &error).await,
    };
    let identity = SsoIdentity { subject: arrival.identity(), email: arrival.email };
    match log_in_by_sso(&services, identity, visit.address(), now).await {
        Ok(user) => enter(&services, &session, visit, (&user, Means::SingleSignOn), &next).await,
        Err(error) => {
            let errors = FieldErrors::of(t, &error.into_problems()?);
            session::refused(&ctx, t, &session, (String::new(), next), errors).await
        }
    }
}

/// The problem that the page names; why, the log does.
pub fn code(error: &SsoError) -> &'static str {
    tracing::warn!(cause = %error, "single sign-on failed");
    match error {
        SsoError::Refused(_) => "sso_not_proven",
        SsoError::Provider(_) | SsoError::Settings(_) => "sso_unavailable",
    }
}

async fn unreachable_or_refused(
    ctx: &AppContext,
    t: Texts,
    session: &Session,
    next: String,
    error: &SsoError,
) -> Result<Response> {
    let errors = FieldErrors::of(t, &[Problem::new(code(error))]);
    session::refused(ctx, t, session, (String::new(), next), errors).await
}
