//! The PKI engine of Vault and OpenBao: `cert/:serial`, `revoke`, `sign/:role`, `auth/token/lookup-self`.
//!
//! After the API documentation of the engine. A certificate that has expired is answered with a warning and no data; one
//! that is revoked already with the instant of the first time.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use revocation_desk::domain::certificate::{self, pem};
use serde_json::{Value, json};

use super::{json as answer, now};
use crate::test_ca::{Holder, TestCa};

pub const TOKEN: &str = "hvs.a-token-for-tests";
pub const MOUNT: &str = "teams/pki";
pub const ROLE: &str = "server";
/// What the role puts into every subject.
pub const ORGANIZATION: &str = "株式会社例示";

type Ca = State<Arc<TestCa>>;

pub fn router(ca: Arc<TestCa>) -> Router {
    Router::new()
        .route("/v1/teams/pki/cert/{serial}", get(stored))
        .route("/v1/teams/pki/revoke", post(revoke))
        .route("/v1/teams/pki/sign/{role}", post(sign))
        .route("/v1/auth/token/lookup-self", get(lookup))
        .with_state(ca)
}

fn denied(headers: &HeaderMap) -> Option<Response> {
    let given = headers.get("x-vault-token").and_then(|token| token.to_str().ok());
    (given != Some(TOKEN)).then(|| answer(403, &json!({ "errors": ["permission denied"] })))
}

fn data(data: Value) -> Response {
    let envelope = json!({
        "request_id": "8a9b", "lease_id": "", "renewable": false, "lease_duration": 0,
        "data": data, "wrap_info": null, "warnings": null, "auth": null,
    });
    answer(200, &envelope)
}

async fn lookup(headers: HeaderMap) -> Response {
    denied(&headers).unwrap_or_else(|| data(json!({ "display_name": "token", "ttl": 2_764_790, "policies": ["pki"] })))
}

async fn stored(State(ca): Ca, headers: HeaderMap, Path(serial): Path<String>) -> Response {
    if let Some(denied) = denied(&headers) {
        return denied;
    }
    if serial == "ca" {
        return data(
            json!({ "certificate": ca.certificate_pem(), "revocation_time": 0, "revocation_time_rfc3339": "" }),
        );
    }
    let books = ca.books();
    let Some(listed) = books.get(&serial.replace(['-', ':'], "")) else { return answer(404, &json!({ "errors": [] })) };
    let (time, text) = listed.revoked.map_or((0, String::new()), |(at, _)| (at.timestamp(), at.to_rfc3339()));
    data(json!({
        "certificate": pem::encode("CERTIFICATE", &listed.der),
        "revocation_time": time,
        "revocation_time_rfc3339": text,
    }))
}

async fn revoke(State(ca): Ca, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(denied) = denied(&headers) {
        return denied;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(serial) = body["serial_number"].as_str() else {
        return answer(400, &json!({ "errors": ["The serial number or certificate to revoke must be provided."] }));
    };
    let mut books = ca.books();
    let Some(listed) = books.get_mut(&serial.replace([':', '-'], "")) else {
        return answer(400, &json!({ "errors": [format!("certificate with serial {serial} not found.")] }));
    };
    if listed.revoked.is_none() && certificate::parse_der(&listed.der).unwrap().not_after < now() {
        let warning = format!("certificate with serial {serial} already expired; refusing to add to CRL");
        return answer(200, &json!({ "data": null, "warnings": [warning] }));
    }
    let (at, _) = *listed.revoked.get_or_insert((now(), None));
    data(json!({ "revocation_time": at.timestamp(), "revocation_time_rfc3339": at.to_rfc3339(), "state": "revoked" }))
}

async fn sign(State(ca): Ca, headers: HeaderMap, Path(role): Path<String>, body: Bytes) -> Response {
    if let Some(denied) = denied(&headers) {
        return denied;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if role != ROLE {
        return answer(400, &json!({ "errors": [format!("unknown role: {role}")] }));
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let csr = pem::blocks(&text("csr")).into_iter().next().and_then(|block| block.der).unwrap_or_default();
    let holder = Holder {
        common_name: text("common_name"),
        organization: Some(ORGANIZATION.to_owned()),
        dns_names: text("alt_names").split(',').map(str::to_owned).collect(),
    };
    let not_after: DateTime<Utc> = text("not_after").parse().unwrap();
    let issued = ca.sign_request(&holder, &csr, not_after);
    ca.enter(&issued);
    data(json!({
        "certificate": pem::encode("CERTIFICATE", &issued.der),
        "issuing_ca": ca.certificate_pem(),
        "ca_chain": [ca.certificate_pem()],
        "serial_number": issued.serial.colon_separated(),
        "expiration": issued.not_after.timestamp(),
    }))
}
