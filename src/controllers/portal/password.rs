//! Links to choose a password: asking for one, and using it.

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use loco_rs::app::AppContext;
use serde::Deserialize;

use super::PASSWORD_REQUEST;
use super::visitor::{Visitor, renew};
use crate::actions::choose_password::{ChoosePassword, choose_password};
use crate::actions::request_password_reset::{RequestPasswordReset, request_password_reset};
use crate::controllers::extractors::{Form, Path, Query};
use crate::errors::{Error, Result};
use crate::models::passwords::Passwords;
use crate::models::{customer_links, customers};
use crate::views::chrome::Flash;
use crate::views::form::FieldErrors;
use crate::views::portal::account::{
    ChoosePasswordForm, ChoosePasswordPage, DeadLinkPage, PasswordRequestForm, PasswordRequestPage, PasswordSentPage,
};

pub fn routes() -> Router<AppContext> {
    Router::new()
        .route(PASSWORD_REQUEST, get(new).post(create))
        .route("/portal/password/{token}", get(edit).post(update))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    sent: bool,
}

async fn new(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response> {
    if asked.sent {
        return Ok(PasswordSentPage { chrome: visitor.chrome().await? }.into_response());
    }
    Ok(request_page(&visitor, String::new(), FieldErrors::default()).await?.into_response())
}

async fn request_page(visitor: &Visitor, login: String, errors: FieldErrors) -> Result<PasswordRequestPage> {
    Ok(PasswordRequestPage { chrome: visitor.chrome().await?, csrf: visitor.csrf().await?, login, errors })
}

async fn create(visitor: Visitor, Form(form): Form<PasswordRequestForm>) -> Result<Response> {
    let input = RequestPasswordReset { login: form.login.clone(), address: visitor.address.clone() };
    match request_password_reset(&visitor.desk, input, visitor.now).await {
        Ok(()) => Ok(Redirect::to(&format!("{PASSWORD_REQUEST}?sent=true")).into_response()),
        Err(error) => {
            let errors = FieldErrors::of(visitor.t, &error.into_problems()?);
            let page = request_page(&visitor, form.login, errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn edit(visitor: Visitor, Path(token): Path<String>) -> Result<Response> {
    choose_page(&visitor, token, FieldErrors::default()).await
}

/// The form, or why there is none. `errors`: the form was refused.
async fn choose_page(visitor: &Visitor, token: String, errors: FieldErrors) -> Result<Response> {
    let db = &visitor.desk.db;
    let customer = match customer_links::find_open(db, &token, visitor.now).await? {
        Some(link) => customers::Entity::find_enabled(db, link.customer_id).await?,
        None => None,
    };
    let Some(customer) = customer else { return dead(visitor).await };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (chrome, csrf) = (visitor.chrome().await?, visitor.csrf().await?);
    let page = ChoosePasswordPage { chrome, csrf, token, name: customer.name, login: customer.login, errors };
    Ok((status, page).into_response())
}

async fn dead(visitor: &Visitor) -> Result<Response> {
    Ok((StatusCode::NOT_FOUND, DeadLinkPage { chrome: visitor.chrome().await? }).into_response())
}

async fn update(
    visitor: Visitor,
    passwords: Passwords,
    Path(token): Path<String>,
    Form(form): Form<ChoosePasswordForm>,
) -> Result<Response> {
    let ChoosePasswordForm { new, repeated, .. } = form;
    let input = ChoosePassword { token: token.clone(), new, repeated, address: visitor.address.clone() };
    match choose_password(&visitor.desk, &passwords, input, visitor.now).await {
        Ok(_) => {
            visitor.desk.nudge();
            renew(&visitor.session).await?;
            visitor.flashes.put(Flash::done(visitor.t.s("portal_password.chosen"))).await?;
            Ok(Redirect::to("/portal/login").into_response())
        }
        Err(Error::NotFound(_)) => dead(&visitor).await,
        Err(error) => {
            let errors = FieldErrors::of(visitor.t, &error.into_problems()?);
            choose_page(&visitor, token, errors).await
        }
    }
}
