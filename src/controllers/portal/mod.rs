//! The customers' pages. Each handler extracts, calls one action or reads one page, and renders or redirects.
//!
//! Customers have sessions and a cookie of their own. Everything is looked up within the customer's subscriber: what is
//! another organisation's does not exist (404).

mod account;
mod certificate;
mod certificate_page;
mod certificates;
mod downloads;
mod frame;
mod password;
mod reissue;
mod requests;
mod session;
pub(in crate::controllers) mod upload;
mod visitor;

use axum::{Router, response::Redirect, routing::get};
use loco_rs::app::AppContext;

use super::extractors::Customer;
use super::session_store::{self, Side};

/// Where a customer asks for a mail with a link to choose a password.
pub const PASSWORD_REQUEST: &str = "/portal/password/new";
/// Where a customer begins.
pub const HOME: &str = "/portal/certificates";

pub fn router(ctx: &AppContext) -> Router<AppContext> {
    Router::new()
        .route("/portal", get(home))
        .merge(session::routes())
        .merge(password::routes())
        .merge(account::routes())
        .merge(requests::routes())
        .merge(certificates::routes())
        .merge(reissue::routes())
        .layer(session_store::layer(ctx, Side::Portal))
}

async fn home(_: Customer) -> Redirect {
    Redirect::to(HOME)
}
