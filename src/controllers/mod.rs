//! Handlers: read the request, check who is asking, call one action or read for one page, answer.
//!
//! Owns the list of all routes and the stack around them. Must not decide rules or open transactions.

pub mod api;
pub mod assets;
pub mod desk;
pub mod development_mail;
pub mod extractors;
pub mod health;
mod language;
pub mod portal;
mod rates;
mod refusals;
pub mod security;
pub mod session;
pub mod session_store;
mod sign_in;
mod staff_session;
mod step_up;
mod step_up_by_sso;
mod styleguide;

use axum::{Router, http::StatusCode, middleware, routing::get};
use loco_rs::{
    app::AppContext,
    controller::{AppRoutes, Routes, middleware::MiddlewareLayer},
};

use security::Wrap;
use session_store::Side;

use crate::services::Services;

/// Rooms that the framework lists (`routes` command): one line each.
pub fn routes() -> AppRoutes {
    let assets = Routes::new().add("/assets/{hash}/{*name}", get(assets::show));
    AppRoutes::empty()
        .add_route(assets)
        .add_route(health::routes())
        .add_route(development_mail::routes())
        .add_route(styleguide::routes())
        .add_route(session::routes())
        .add_route(sign_in::routes())
        .add_route(desk::routes())
}

/// Rooms that bring an axum router of their own: the JSON API with its OpenAPI document, the portal with its sessions.
pub fn router(ctx: &AppContext) -> Router<AppContext> {
    api::router(ctx).merge(portal::router(ctx)).fallback(|| async { StatusCode::NOT_FOUND })
}

/// From the inside out; the last one sees a request first.
pub fn middlewares(ctx: &AppContext) -> Vec<Box<dyn MiddlewareLayer>> {
    let configured = &ctx.config.server.middlewares;
    let (session_layer, csrf_layer) = (session_store::layer(ctx, Side::Desk), security::csrf_layer(ctx));
    vec![
        Box::new(configured.limit_payload.clone().unwrap_or_default()),
        Wrap::boxed("step_up", {
            let ctx = ctx.clone();
            move |app| app.layer(middleware::from_fn_with_state(ctx.clone(), step_up::ask))
        }),
        Wrap::boxed("kept_forms", {
            let ctx = ctx.clone();
            move |app| app.layer(middleware::from_fn_with_state(ctx.clone(), desk::kept::keep))
        }),
        Wrap::boxed("session", move |app| app.layer(session_layer.clone())),
        Wrap::boxed("quiet", |app| app.layer(middleware::from_fn(session_store::quietly))),
        Wrap::boxed("csrf", move |app| app.layer(csrf_layer.clone())),
        Box::new(loco_rs::controller::middleware::catch_panic::CatchPanic { enable: true }),
        Wrap::boxed("rates", {
            let limits = Services::of(ctx).map(|desk| desk.settings.limits).unwrap_or_default();
            let state = (ctx.clone(), rates::Rates::new(limits));
            move |app| app.layer(middleware::from_fn_with_state(state.clone(), rates::limit))
        }),
        Wrap::boxed("errors", {
            let ctx = ctx.clone();
            move |app| app.layer(middleware::from_fn_with_state(ctx.clone(), refusals::render))
        }),
        Wrap::boxed("security_headers", {
            let ctx = ctx.clone();
            move |app| app.layer(middleware::from_fn_with_state(ctx.clone(), security::headers))
        }),
        Wrap::boxed("request_log", {
            let ctx = ctx.clone();
            move |app| app.layer(middleware::from_fn_with_state(ctx.clone(), security::log_request))
        }),
        Box::new(configured.remote_ip.clone().unwrap_or_default()),
    ]
}
