//! Who comes to the doors, and what they were answered.

use axum::body::Body;
use axum::http::{Method, Request, header};

use super::routes::Route;
use super::samples;
use super::town::{Tenant, Town};
use crate::support::app::{Answer, Browser, PUBLIC_URL};

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upshot {
    /// To a log-in page, or 401.
    LogIn,
    Refused,
    NotFound,
    /// Anything else: a page, a file, a redirect, a form shown again, a conflict.
    Past,
}

pub fn upshot(answer: &Answer) -> Upshot {
    let to_log_in = ["/login", "/portal/login"].iter().any(|page| answer.location().split('?').next() == Some(page));
    match answer.status.as_u16() {
        401 => Upshot::LogIn,
        303 if to_log_in => Upshot::LogIn,
        403 => Upshot::Refused,
        404 => Upshot::NotFound,
        _ => Upshot::Past,
    }
}

/// The address of a route in this town, of what belongs to `tenant`.
pub fn address(town: &Town, route: &Route, tenant: &Tenant) -> String {
    let (mut address, mut before) = (String::new(), String::new());
    for part in route.path.split('/').skip(1) {
        address.push('/');
        if part.starts_with('{') {
            address.push_str(&samples::place(town, tenant, &before, part));
        } else {
            address.push_str(part);
            // What follows a number belongs to it.
            before = format!("{before}/{part}");
        }
    }
    if route.method == Method::GET { address + samples::query(route.path) } else { address }
}

/// Goes to a route as a browser does: with the session's token in a form.
pub async fn go(browser: &mut Browser, csrf: &str, route: &Route, address: &str) -> Answer {
    if route.method == Method::GET {
        return browser.get(address).await;
    }
    let fields = samples::form(route.path, csrf);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(address, &fields).await
}

/// Goes to a route of the API with a token, or without.
pub async fn call(browser: &mut Browser, token: Option<&str>, route: &Route, address: &str) -> Answer {
    let address = if route.path.ends_with("/hold") && route.method == Method::DELETE {
        format!("{address}?version=999")
    } else {
        address.to_owned()
    };
    let mut request = Request::builder().method(route.method.clone()).uri(&address).header(header::ORIGIN, PUBLIC_URL);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = if matches!(route.method, Method::POST | Method::PUT) {
        request = request.header(header::CONTENT_TYPE, "application/json");
        Body::from(samples::body(&address).to_string())
    } else {
        Body::empty()
    };
    browser.send(request.body(body).unwrap()).await
}
