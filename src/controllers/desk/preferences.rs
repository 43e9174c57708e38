//! 個人設定: what each member of staff chooses for themselves.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use crate::actions::choose_preferences::{Preferences, choose_preferences};
use crate::controllers::extractors::Form;
use crate::controllers::language;
use crate::domain::language::Language;
use crate::errors::Result;
use crate::messages::Texts;
use crate::views::chrome::Place;
use crate::views::desk::preferences::{PreferencesForm, PreferencesPage};
use crate::views::form::{Choice, FieldErrors};

const HREF: &str = "/desk/preferences";

/// `GET /desk/preferences`
pub async fn edit(frame: Frame) -> Result<PreferencesPage> {
    let (language, single_keys) = (frame.t.language(), frame.staff.single_keys);
    page(&frame, language.as_str(), single_keys, FieldErrors::default()).await
}

async fn page(frame: &Frame, language: &str, single_keys: bool, errors: FieldErrors) -> Result<PreferencesPage> {
    let choice = |one: Language| {
        Choice::new(one.as_str(), Texts::of(one).s("preferences.language_name"), one.as_str() == language)
    };
    Ok(PreferencesPage {
        chrome: frame.chrome(Place::Preferences).await?,
        languages: Language::ALL.into_iter().map(choice).collect(),
        single_keys,
        errors,
    })
}

/// `POST /desk/preferences`. The answer is in the language that was chosen.
pub async fn update(frame: Frame, Form(form): Form<PreferencesForm>) -> Result<Response> {
    let single_keys = form.single_keys.is_some();
    let language: Language = match form.language.parse() {
        Ok(language) => language,
        Err(problem) => {
            let errors = FieldErrors::of(frame.t, &[problem]);
            let page = page(&frame, &form.language, single_keys, errors).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let chosen = Preferences { language, single_keys };
    choose_preferences(&frame.desk.db, chosen, &frame.actor(), frame.now).await?;
    frame.done(Texts::of(language).s("preferences.done")).await?;
    Ok((language::remember(Some(language), &frame.desk), Redirect::to(HREF)).into_response())
}
