//! 「アカウント」: who the customer is, their password, their confirmation code.

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use loco_rs::app::AppContext;
use tower_sessions::Session;

use super::frame::PortalFrame;
use super::visitor::begin;
use crate::actions::change_customer_password::change_customer_password;
use crate::actions::change_password::PasswordChange;
use crate::actions::turn_off_code::turn_off_code;
use crate::actions::turn_on_code::{TurnOnCode, turn_on_code};
use crate::controllers::extractors::Form;
use crate::domain::confirmation_code;
use crate::errors::{Error, Result};
use crate::models::passwords::Passwords;
use crate::models::{customers, recovery_codes, subscribers};
use crate::views::form::FieldErrors;
use crate::views::portal::account::{
    AccountPage, AccountPasswordForm, AccountPasswordPage, CodeOffForm, CodeOffPage, EnrolForm, EnrolPage, RecoveryPage,
};
use crate::views::portal::qr::QrPicture;

const ACCOUNT: &str = "/portal/account";
/// The secret that the app is given, until a code shows that it has it.
const OFFERED_SECRET: &str = "offered_code_secret";

pub fn routes() -> Router<AppContext> {
    Router::new()
        .route(ACCOUNT, get(show))
        .route("/portal/account/password", get(edit_password).post(update_password))
        .route("/portal/account/code", get(new_code).post(create_code))
        .route("/portal/account/code/off", get(edit_code).post(destroy_code))
}

async fn own(frame: &PortalFrame) -> Result<customers::Customer> {
    customers::by_id(&frame.db, frame.customer.id).await
}

async fn show(frame: PortalFrame) -> Result<AccountPage> {
    let (t, db, account) = (frame.t, &frame.db, own(&frame).await?);
    let organisation = subscribers::by_id(db, account.subscriber_id).await?.name;
    let recovery_left = match account.totp_secret {
        Some(_) => Some(recovery_codes::count_unused(db, account.id).await?),
        None => None,
    };
    Ok(AccountPage {
        chrome: frame.chrome().await?,
        csrf: frame.customer.csrf.clone(),
        facts: vec![
            (t.s("portal_account.organisation").to_owned(), organisation),
            (t.s("portal_account.login").to_owned(), account.login),
            (t.s("portal_account.name").to_owned(), account.name),
            (t.s("portal_account.email").to_owned(), account.email),
        ],
        recovery_left: recovery_left.map(|n| t.f("portal_account.recovery_left", &[("n", &n)])),
    })
}

async fn edit_password(frame: PortalFrame) -> Result<AccountPasswordPage> {
    password_page(&frame, FieldErrors::default()).await
}

async fn password_page(frame: &PortalFrame, errors: FieldErrors) -> Result<AccountPasswordPage> {
    let login = own(frame).await?.login;
    Ok(AccountPasswordPage { chrome: frame.chrome().await?, csrf: frame.customer.csrf.clone(), login, errors })
}

async fn update_password(
    frame: PortalFrame,
    passwords: Passwords,
    session: Session,
    Form(form): Form<AccountPasswordForm>,
) -> Result<Response> {
    let change = PasswordChange { current: form.current, new: form.new, repeated: form.repeated };
    match change_customer_password(&frame.desk, &passwords, change, &frame.actor(), frame.now).await {
        Ok(customer) => {
            frame.desk.nudge();
            begin(&session, customer.id).await?;
            frame.done(frame.t.s("portal_account.changed")).await?;
            Ok(Redirect::to(ACCOUNT).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, password_page(&frame, errors).await?).into_response())
        }
    }
}

async fn new_code(frame: PortalFrame, session: Session) -> Result<Response> {
    if own(&frame).await?.totp_secret.is_some() {
        return Ok(Redirect::to(ACCOUNT).into_response());
    }
    Ok(enrol_page(&frame, &session, FieldErrors::default()).await?.into_response())
}

/// The same secret as long as the session lasts: who reloads the page has not scanned in vain.
async fn offered_secret(session: &Session) -> Result<String> {
    if let Some(secret) = session.get(OFFERED_SECRET).await.map_err(Error::internal)? {
        return Ok(secret);
    }
    let secret = confirmation_code::encode(rand::random());
    session.insert(OFFERED_SECRET, &secret).await.map_err(Error::internal)?;
    Ok(secret)
}

async fn enrol_page(frame: &PortalFrame, session: &Session, errors: FieldErrors) -> Result<EnrolPage> {
    let secret = offered_secret(session).await?;
    let login = own(frame).await?.login;
    let uri = confirmation_code::provisioning_uri(&secret, &frame.desk.settings.desk.portal_product, &login);
    Ok(EnrolPage {
        chrome: frame.chrome().await?,
        csrf: frame.customer.csrf.clone(),
        secret: confirmation_code::grouped(&secret),
        qr: QrPicture::of(&uri),
        errors,
    })
}

/// Answers with the recovery codes themselves, not with a redirect: they are kept nowhere, so no other page has them.
async fn create_code(frame: PortalFrame, session: Session, Form(form): Form<EnrolForm>) -> Result<Response> {
    let input = TurnOnCode { secret: offered_secret(&session).await?, code: form.code };
    match turn_on_code(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(codes) => {
            session.remove::<String>(OFFERED_SECRET).await.map_err(Error::internal)?;
            Ok(RecoveryPage { chrome: frame.chrome().await?, codes }.into_response())
        }
        Err(Error::Conflict(_)) => Ok(Redirect::to(ACCOUNT).into_response()),
        Err(error) => {
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, enrol_page(&frame, &session, errors).await?).into_response())
        }
    }
}

async fn edit_code(frame: PortalFrame) -> Result<Response> {
    if own(&frame).await?.totp_secret.is_none() {
        return Ok(Redirect::to(ACCOUNT).into_response());
    }
    Ok(off_page(&frame, FieldErrors::default()).await?.into_response())
}

async fn off_page(frame: &PortalFrame, errors: FieldErrors) -> Result<CodeOffPage> {
    let login = own(frame).await?.login;
    Ok(CodeOffPage { chrome: frame.chrome().await?, csrf: frame.customer.csrf.clone(), login, errors })
}

async fn destroy_code(frame: PortalFrame, passwords: Passwords, Form(form): Form<CodeOffForm>) -> Result<Response> {
    match turn_off_code(&frame.desk.db, &passwords, form.current, &frame.actor(), frame.now).await {
        Ok(()) => {
            frame.done(frame.t.s("portal_code_off.done")).await?;
            Ok(Redirect::to(ACCOUNT).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, off_page(&frame, errors).await?).into_response())
        }
    }
}
