//! Contract doubles: servers that speak the published HTTP interfaces of CAs that are not to be had for a test. Written from
//! those interfaces, not from our connectors.

#![allow(clippy::disallowed_methods, reason = "servers of their own live today")]
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is wrong")]

pub mod ejbca;
pub mod step_ca;
pub mod vault;

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;

/// Serves until the test's runtime ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn json(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

/// The servers' own clock.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}
