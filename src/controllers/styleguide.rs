//! `/_styleguide`: the components of the pages, to be looked at. Not in production.

use axum::{extract::State, routing::get};
use loco_rs::{app::AppContext, controller::Routes, environment::Environment};
use serde::Deserialize;

use super::{extractors::Query, language::PageTexts};
use crate::{
    errors::{Error, Result},
    services::Services,
    views::{assets, styleguide::StyleguidePage},
};

pub fn routes() -> Routes {
    Routes::new().add("/_styleguide", get(show))
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    state: usize,
}

async fn show(
    State(ctx): State<AppContext>,
    services: Services,
    PageTexts(t): PageTexts,
    Query(Shown { state }): Query<Shown>,
) -> Result<StyleguidePage> {
    if ctx.environment == Environment::Production {
        return Err(Error::not_found("not_found"));
    }
    Ok(StyleguidePage::new(t, services.settings.desk.staff_product.clone(), assets::icons(), state))
}
