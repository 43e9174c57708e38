//! 個人情報を表示する: an auditor says why.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::actions::unlock_audit::unlock_audit;
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::{Form, Query};
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::views::chrome::Place;
use crate::views::desk::audit::UnlockPage;
use crate::views::form::FieldErrors;

const LIST: &str = "/desk/audit";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UnlockForm {
    reason: String,
    back: String,
}

/// `GET /desk/audit/unlock/new`
pub async fn new(frame: Frame, Query(form): Query<UnlockForm>) -> Result<UnlockPage> {
    frame.staff.require(Permission::ReadAudit)?;
    page(&frame, form, FieldErrors::default()).await
}

/// `POST /desk/audit/unlock`
pub async fn create(frame: Frame, Form(form): Form<UnlockForm>) -> Result<Response> {
    frame.staff.require(Permission::ReadAudit)?;
    match unlock_audit(&frame.desk, &form.reason, &frame.actor(), frame.now).await {
        Ok(()) => Ok(Redirect::to(back(&form)).into_response()),
        Err(error) => {
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&frame, form, errors).await?).into_response())
        }
    }
}

async fn page(frame: &Frame, form: UnlockForm, errors: FieldErrors) -> Result<UnlockPage> {
    let back = back(&form).to_owned();
    Ok(UnlockPage { chrome: frame.chrome(Place::Audit).await?, back, reason: form.reason, errors })
}

/// Only to the log itself.
fn back(form: &UnlockForm) -> &str {
    match form.back.strip_prefix(LIST) {
        Some(rest) if rest.is_empty() || rest.starts_with('?') => &form.back,
        Some(_) | None => LIST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_the_log_and_nowhere_else() {
        for (asked, leads) in [
            ("/desk/audit", "/desk/audit"),
            ("/desk/audit?actor=staff%3A3", "/desk/audit?actor=staff%3A3"),
            ("", "/desk/audit"),
            ("/desk/auditors", "/desk/audit"),
            ("//evil.example/desk/audit", "/desk/audit"),
            ("https://evil.example", "/desk/audit"),
        ] {
            assert_eq!(back(&UnlockForm { back: asked.to_owned(), ..UnlockForm::default() }), leads, "{asked}");
        }
    }
}
