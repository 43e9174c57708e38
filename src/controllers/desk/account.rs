//! ログインと本人確認: the second factor, the passkeys and the log-ins of whoever is logged in. What changes them asks for
//! a fresh proof (`controllers::step_up`).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::claims::NoFields;
use super::frame::Frame;
use crate::actions::add_passkey::{AddPasskey, add_passkey};
use crate::actions::end_sessions::{WhichSessions, end_sessions};
use crate::actions::remove_passkey::remove_passkey;
use crate::actions::turn_off_staff_code::turn_off_staff_code;
use crate::actions::turn_on_code::TurnOnCode;
use crate::actions::turn_on_staff_code::turn_on_staff_code;
use crate::controllers::extractors::{Form, Path};
use crate::controllers::session_store::{self, Profile};
use crate::controllers::staff_session::{means, note_proof, profile};
use crate::domain::confirmation_code;
use crate::domain::problem::Problem;
use crate::domain::sign_in::Means;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::{passkeys, sessions, user_recovery_codes, users};
use crate::views::chrome::Place;
use crate::views::desk::account::{
    EndSessionForm, NewPasskeyForm, NewPasskeyPage, PasskeyRow, SessionRow, StaffAccountPage, StaffCodeOffPage,
    StaffEnrolForm, StaffEnrolPage, StaffRecoveryPage, browser_name,
};
use crate::views::form::FieldErrors;
use crate::views::portal::qr::QrPicture;

pub const HREF: &str = "/desk/account";
/// Where the authenticator app is set up.
pub const CODE: &str = "/desk/account/code";
/// Where passkeys are added.
pub const PASSKEYS: &str = "/desk/account/passkeys";
/// The secret that the app is given, until a code shows that it has it.
const OFFERED_SECRET: &str = "offered_code_secret";
const QUESTION: &str = "new_passkey_question";

async fn own(frame: &Frame) -> Result<users::Model> {
    users::Entity::find_enabled(&frame.desk.db, frame.staff.id).await?.ok_or(Error::Unauthenticated)
}

/// `GET /desk/account`
pub async fn show(frame: Frame, session: Session) -> Result<StaffAccountPage> {
    page(&frame, &session, FieldErrors::default()).await
}

async fn page(frame: &Frame, session: &Session, errors: FieldErrors) -> Result<StaffAccountPage> {
    let (t, db, user) = (frame.t, &frame.desk.db, own(frame).await?);
    let left = match user.totp_secret {
        Some(_) => Some(user_recovery_codes::count_unused(db, user.id).await?),
        None => None,
    };
    let row = |passkey: passkeys::Model| PasskeyRow {
        removal: format!("{PASSKEYS}/{}/removal", passkey.id),
        created: dates::short_instant(t, passkey.created_at),
        used: passkey.last_used_at.map_or_else(|| t.s("sign_in.never").to_owned(), |at| dates::short_instant(t, at)),
        name: passkey.name,
    };
    Ok(StaffAccountPage {
        chrome: frame.chrome(Place::Preferences).await?,
        recovery_left: left.map(|n| t.f("sign_in.recovery_left", &[("n", &n)])),
        may_add_passkey: frame.desk.passkeys.is_some(),
        passkeys: passkeys::of_user(db, user.id).await?.into_iter().map(row).collect(),
        sessions: session_rows(frame, user.id, current(session).as_deref()).await?,
        errors,
    })
}

fn current(session: &Session) -> Option<String> {
    session.id().map(|id| session_store::hash(&id))
}

/// The log-ins of a member of staff, for themselves and for administrators.
pub async fn session_rows(frame: &Frame, user_id: i64, current: Option<&str>) -> Result<Vec<SessionRow>> {
    let found = sessions::of_user(&frame.desk.db, user_id, frame.now).await?;
    Ok(found.into_iter().map(|session| session_row(frame.t, session, current)).collect())
}

fn session_row(t: Texts, session: sessions::Model, current: Option<&str>) -> SessionRow {
    let profile = Profile::of(&session.data);
    SessionRow {
        browser: browser_name(t, &profile.browser),
        by: t.s(&format!("sign_in.means.{}", means(&profile).as_str())).to_owned(),
        address: profile.address.unwrap_or_else(|| t.s("sign_in.address_unknown").to_owned()),
        began: dates::short_instant(t, session.created_at),
        seen: dates::short_instant(t, session.last_seen_at),
        current: current == Some(session.id_hash.as_str()),
        id: session.id_hash,
    }
}

/// `GET /desk/account/code`
pub async fn new_code(frame: Frame, session: Session) -> Result<Response> {
    if own(&frame).await?.totp_secret.is_some() {
        return Ok(Redirect::to(HREF).into_response());
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

async fn enrol_page(frame: &Frame, session: &Session, errors: FieldErrors) -> Result<StaffEnrolPage> {
    let secret = offered_secret(session).await?;
    let login = own(frame).await?.email;
    let uri = confirmation_code::provisioning_uri(&secret, &frame.desk.settings.desk.staff_product, &login);
    let strong = means(&profile(session).await?).is_strong();
    Ok(StaffEnrolPage {
        chrome: frame.chrome(Place::Preferences).await?,
        required: frame.desk.settings.staff.require_second_factor && !strong,
        may_add_passkey: frame.desk.passkeys.is_some(),
        secret: confirmation_code::grouped(&secret),
        qr: QrPicture::of(&uri),
        errors,
    })
}

/// `POST /desk/account/code`: answers with the recovery codes themselves, not with a redirect: they are kept nowhere.
pub async fn create_code(frame: Frame, session: Session, Form(form): Form<StaffEnrolForm>) -> Result<Response> {
    let input = TurnOnCode { secret: offered_secret(&session).await?, code: form.code };
    match turn_on_staff_code(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(codes) => {
            session.remove::<String>(OFFERED_SECRET).await.map_err(Error::internal)?;
            note_proof(&session, Some(Means::Code), frame.now).await?;
            Ok(StaffRecoveryPage { chrome: frame.chrome(Place::Preferences).await?, codes }.into_response())
        }
        Err(Error::Conflict(_)) => Ok(Redirect::to(HREF).into_response()),
        Err(error) => {
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, enrol_page(&frame, &session, errors).await?).into_response())
        }
    }
}

/// `GET /desk/account/code/off`
pub async fn edit_code(frame: Frame) -> Result<Response> {
    if own(&frame).await?.totp_secret.is_none() {
        return Ok(Redirect::to(HREF).into_response());
    }
    let chrome = frame.chrome(Place::Preferences).await?;
    Ok(StaffCodeOffPage { chrome, errors: FieldErrors::default() }.into_response())
}

/// `POST /desk/account/code/off`
pub async fn destroy_code(frame: Frame, Form(NoFields {}): Form<NoFields>) -> Result<Response> {
    match turn_off_staff_code(&frame.desk, &frame.actor(), frame.now).await {
        Ok(()) => back(&frame, "sign_in.code_is_off").await,
        Err(error) => {
            let status = error.status();
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            let chrome = frame.chrome(Place::Preferences).await?;
            Ok((status, StaffCodeOffPage { chrome, errors }).into_response())
        }
    }
}

async fn back(frame: &Frame, key: &str) -> Result<Response> {
    frame.done(frame.t.s(key)).await?;
    Ok(Redirect::to(HREF).into_response())
}

/// `GET /desk/account/passkeys`
pub async fn new_passkey(frame: Frame, session: Session) -> Result<NewPasskeyPage> {
    passkey_page(&frame, &session, String::new(), FieldErrors::default()).await
}

async fn passkey_page(frame: &Frame, session: &Session, name: String, errors: FieldErrors) -> Result<NewPasskeyPage> {
    let passkeys = frame.desk.passkeys.as_ref().ok_or_else(|| Error::not_found("not_found"))?;
    let user = own(frame).await?;
    let stored = passkeys::of_user(&frame.desk.db, user.id).await?;
    let stored: Vec<String> = stored.into_iter().map(|passkey| passkey.credential).collect();
    let question = passkeys.ask_to_enrol(user.id, &user.email, &user.name, &stored).map_err(Error::internal)?;
    session.insert(QUESTION, question.kept).await.map_err(Error::internal)?;
    Ok(NewPasskeyPage { chrome: frame.chrome(Place::Preferences).await?, options: question.options, name, errors })
}

/// `POST /desk/account/passkeys`
pub async fn create_passkey(frame: Frame, session: Session, Form(form): Form<NewPasskeyForm>) -> Result<Response> {
    let question: Option<String> = session.remove(QUESTION).await.map_err(Error::internal)?;
    let added = match question {
        Some(question) => {
            let input = AddPasskey { name: form.name.clone(), answer: form.answer, question };
            add_passkey(&frame.desk, input, &frame.actor(), frame.now).await
        }
        None => Err(Problem::new("passkey_refused").into()),
    };
    match added {
        Ok(()) => {
            note_proof(&session, Some(Means::Passkey), frame.now).await?;
            back(&frame, "sign_in.passkey_added").await
        }
        Err(error) => {
            let status = error.status();
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((status, passkey_page(&frame, &session, form.name, errors).await?).into_response())
        }
    }
}

/// `POST /desk/account/passkeys/{id}/removal`
pub async fn destroy_passkey(
    frame: Frame,
    session: Session,
    Path(id): Path<i64>,
    Form(NoFields {}): Form<NoFields>,
) -> Result<Response> {
    match remove_passkey(&frame.desk, id, &frame.actor(), frame.now).await {
        Ok(()) => back(&frame, "sign_in.passkey_removed").await,
        Err(error) => {
            let status = error.status();
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((status, page(&frame, &session, errors).await?).into_response())
        }
    }
}

/// `POST /desk/account/sessions/end`
pub async fn destroy_sessions(frame: Frame, session: Session, Form(form): Form<EndSessionForm>) -> Result<Response> {
    let kept = current(&session).ok_or(Error::Unauthenticated)?;
    let which = form.session.map_or(WhichSessions::AllBut(kept), WhichSessions::One);
    end_sessions(&frame.desk, which, &frame.actor(), frame.now).await?;
    back(&frame, "sign_in.sessions_ended").await
}
