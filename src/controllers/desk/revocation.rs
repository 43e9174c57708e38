//! 失効の確認: the click that cannot be undone.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::case;
use super::frame::{Frame, case_href, reception_number};
use super::installation;
use crate::actions::revoke_case::{Click, RevokeCase, revoke_case};
use crate::controllers::extractors::{Form, Path};
use crate::domain::case::CaseState;
use crate::domain::installation::check_told;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::case_file::CaseFile;
use crate::models::revocation_cases::{self, Case};
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::revocation::{OldInUse, RevocationInput, RevocationPage};
use crate::views::form::FieldErrors;

/// `GET /desk/cases/{no}/revocation/new`
pub async fn new(frame: Frame, Path(no): Path<String>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let file = CaseFile::load(&frame.desk.db, reception_number(&no)?).await?;
    if file.case.state != CaseState::Confirmed {
        return Ok(Redirect::to(&case_href(file.case.reception_number)).into_response());
    }
    Ok(page(&frame, &file, RevocationInput::default(), FieldErrors::default()).await?.into_response())
}

/// `POST /desk/cases/{no}/revocation`
pub async fn create(frame: Frame, Path(no): Path<String>, Form(form): Form<RevocationInput>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let file = CaseFile::load(&frame.desk.db, reception_number(&no)?).await?;
    let order = RevokeCase {
        case_id: file.case.id,
        today: frame.today(),
        click: Some(Click {
            version: form.version,
            serial_suffix: form.serial_suffix.clone(),
            old_in_use_told: form.old_in_use_told.is_some(),
        }),
        batch_run: None,
    };
    match revoke_case(&frame.desk, order, &frame.actor(), frame.now).await {
        Ok(case) => {
            frame.desk.nudge();
            done(&frame, &file, &case).await
        }
        Err(Error::Invalid(problems)) => {
            let errors = FieldErrors::of(frame.t, &problems);
            let page = page(&frame, &file, form, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::Conflict(problem)) => {
            let case = revocation_cases::by_id(&frame.desk.db, file.case.id).await?;
            if is_under_way(case.state) {
                return done(&frame, &file, &case).await;
            }
            let flash = Flash { kind: FlashKind::Error, text: frame.t.problem(&problem), next_call: false };
            frame.flashes.put(flash).await?;
            Ok(Redirect::to(&case_href(file.case.reception_number)).into_response())
        }
        Err(error) => Err(error),
    }
}

/// The click came twice, or the batch was first: what was wanted is done.
fn is_under_way(state: CaseState) -> bool {
    match state {
        CaseState::Revoking | CaseState::Revoked | CaseState::Completed => true,
        CaseState::AwaitingReissue
        | CaseState::AwaitingCall
        | CaseState::Confirmed
        | CaseState::OnHold
        | CaseState::Withdrawn
        | CaseState::Expired => false,
    }
}

async fn done(frame: &Frame, file: &CaseFile, case: &Case) -> Result<Response> {
    let t = frame.t;
    let flash = match (case.state, case.revoked_at) {
        (CaseState::Revoked | CaseState::Completed, Some(at)) => {
            let (name, suffix) = (&file.source.common_name, file.source.serial.suffix());
            let at = dates::long_instant(t, at);
            let text = t.f("revoke.done", &[("common_name", name), ("suffix", &suffix), ("at", &at)]);
            Flash { next_call: true, ..Flash::done(text) }
        }
        (CaseState::OnHold, _) => {
            let answer = case.hold_note.clone().unwrap_or_default();
            let text = t.f("problem.ca_refused", &[("answer", &answer)]);
            Flash { kind: FlashKind::Error, text, next_call: false }
        }
        _ => Flash { kind: FlashKind::Warning, text: t.s("revoke.waiting").to_owned(), next_call: true },
    };
    frame.flashes.put(flash).await?;
    Ok(Redirect::to(&case_href(case.reception_number)).into_response())
}

async fn page(frame: &Frame, file: &CaseFile, typed: RevocationInput, errors: FieldErrors) -> Result<RevocationPage> {
    let t = frame.t;
    let pair = case::certificates::pair(frame, file);
    let reason = t.s(&format!("mail.reason.{}", file.application.reason.as_str()));
    let authorization = file.live_authorization().map(|row| case::side::authorization(frame, file, row));
    Ok(RevocationPage {
        chrome: frame.chrome(Place::Cases).await?,
        head: case::page::head(frame, file),
        guard: frame.guard(&file.case),
        old: pair.old,
        new: pair.new,
        new_expires: file.replacement.as_ref().map(|new| dates::numeric(new.last_day())).unwrap_or_default(),
        authorization: authorization.unwrap_or_default(),
        crl_reason: case::page::crl_reason_label(file.case.revocation_reason),
        crl_reason_because: if file.case.compromise_reported_at.is_some() {
            t.s("pill.key_compromise").to_owned()
        } else {
            t.f("revoke.because", &[("reason", &reason)])
        },
        effect: t.s("revoke.effect_now").to_owned(),
        old_in_use: old_in_use(frame, file, typed.old_in_use_told.is_some()),
        serial_suffix: typed.serial_suffix,
        errors,
    })
}

/// Sites that still show what is about to be revoked.
fn old_in_use(frame: &Frame, file: &CaseFile, told: bool) -> Option<OldInUse> {
    let warning = installation::warning(frame, file)?;
    let standing = installation::standing(frame, file).map(|summary| summary.standing);
    let kind = file.live_authorization()?.kind;
    let must_tell = check_told(standing, kind, false).is_err();
    Some(OldInUse { warning, must_tell, told })
}
