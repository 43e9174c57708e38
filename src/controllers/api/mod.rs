//! The JSON API, `/api/v1`, and its own description.
//!
//! Handlers read the request, ask one action, and answer; the OpenAPI document is written from them. Owns the list of
//! the API's routes. Its names are a contract with other programs: they may only grow.

mod audit;
mod batch_runs;
mod body;
mod cases;
mod casework;
mod certificates;
mod crl;
mod description;
mod idempotency;
mod imports;
mod json;
mod lists;
mod messages;
mod ocsp;
mod reading;
mod reissues;
mod subscribers;
mod webhooks;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use loco_rs::app::AppContext;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extractors::ApiCaller,
    language::ApiTexts,
    security::{CERTIFICATE_BODY_LIMIT, IMPORT_BODY_LIMIT},
};
use crate::{
    domain::{reception_number::ReceptionNumber, role::Permission},
    errors::{Error, Result},
    services::Services,
    views::api::docs::{DocsPage, Reference},
};

/// All routes of the API with the layer that carries out a repeated write once.
pub fn router(ctx: &AppContext) -> Router<AppContext> {
    let (router, mut document) =
        OpenApiRouter::with_openapi(description::begin()).nest("/api/v1", version_1()).split_for_parts();
    description::complete(&mut document);
    let reference = Arc::new(Reference::of(&serde_json::to_value(&document).unwrap_or_default()));
    let document = Json(document);
    let page = move |desk: Services, ApiTexts(t): ApiTexts| async move {
        DocsPage { t, product: desk.settings.desk.staff_product.clone(), reference }
    };
    router
        .layer(middleware::from_fn_with_state(ctx.clone(), idempotency::once))
        .route("/api/openapi.json", get(move || async move { document }))
        .route("/api/docs", get(page))
        // Within one part of a path, the router knows no fixed ending.
        .route("/crl/{file}", get(crl::show))
        .route("/ocsp/{issuer_id}", post(ocsp::post))
        // Base64 has slashes.
        .route("/ocsp/{issuer_id}/{*request}", get(ocsp::get))
}

fn version_1() -> OpenApiRouter<AppContext> {
    let with_certificate = OpenApiRouter::new()
        .routes(routes!(certificates::register))
        .routes(routes!(reissues::file))
        .routes(routes!(reissues::replace))
        .layer(DefaultBodyLimit::max(CERTIFICATE_BODY_LIMIT));
    let with_rows = OpenApiRouter::new()
        .routes(routes!(imports::add_rows, imports::list_rows))
        .layer(DefaultBodyLimit::max(IMPORT_BODY_LIMIT));
    OpenApiRouter::new()
        .routes(routes!(subscribers::register, subscribers::list))
        .routes(routes!(subscribers::show))
        .routes(routes!(subscribers::add_contact))
        .routes(routes!(subscribers::change_contact))
        .routes(routes!(subscribers::invite))
        .routes(routes!(subscribers::show_change))
        .routes(routes!(subscribers::approve_change))
        .merge(with_certificate)
        .routes(routes!(certificates::show))
        .routes(routes!(certificates::eligibility))
        .routes(routes!(cases::list))
        .routes(routes!(cases::show))
        .routes(routes!(cases::timeline))
        .routes(routes!(cases::evidence))
        .routes(routes!(casework::next))
        .routes(routes!(casework::claim, casework::unclaim))
        .routes(routes!(casework::call))
        .routes(routes!(casework::revoke))
        .routes(routes!(casework::put_requested_on))
        .routes(routes!(casework::withdrawal))
        .routes(routes!(casework::hold, casework::unhold))
        .routes(routes!(casework::override_call))
        .routes(routes!(casework::key_compromise))
        .routes(routes!(batch_runs::run, batch_runs::list))
        .routes(routes!(batch_runs::show))
        .routes(routes!(imports::open, imports::list))
        .routes(routes!(imports::show))
        .merge(with_rows)
        .routes(routes!(imports::start))
        .routes(routes!(imports::cancel))
        .routes(routes!(messages::list))
        .routes(routes!(messages::resend))
        .routes(routes!(audit::list))
        .routes(routes!(audit::verify))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::show))
        .routes(routes!(webhooks::remove))
        .routes(routes!(webhooks::pause))
        .routes(routes!(webhooks::resume))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::resend))
}

/// Order systems (`admin`) and the desk register and file; who audits only reads.
fn may_register(caller: &ApiCaller) -> Result<()> {
    caller.require(Permission::WorkCases).or_else(|_| caller.require(Permission::Administer))
}

/// A case is named by its reception number; what cannot be one names no case.
fn reception_number(text: &str) -> Result<ReceptionNumber> {
    text.parse().map_err(|_| Error::not_found("case_not_found"))
}
