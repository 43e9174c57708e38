//! EJBCA's REST interface: `v1/certificate/…/revoke`, `…/revocationstatus`, `pkcs10enroll`, `v1/ca`.
//!
//! After the interface of EJBCA 8. Errors are `error_code` and `error_message`; a second revocation is 409; a certificate
//! that EJBCA does not have is 404.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post, put};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{Duration, SecondsFormat};
use revocation_desk::domain::certificate::pem;
use revocation_desk::domain::csr;
use serde_json::{Value, json};

use super::{json as answer, now};
use crate::test_ca::{Holder, Listed, TestCa};

pub const PROFILE: &str = "Servers/ServerOV/ExampleCA";

type Ca = State<Arc<TestCa>>;

pub fn router(ca: Arc<TestCa>) -> Router {
    Router::new()
        .route("/ejbca/ejbca-rest-api/v1/ca", get(authorities))
        .route("/ejbca/ejbca-rest-api/v1/certificate/pkcs10enroll", post(enroll))
        .route("/ejbca/ejbca-rest-api/v1/certificate/{issuer}/{serial}/revoke", put(revoke))
        .route("/ejbca/ejbca-rest-api/v1/certificate/{issuer}/{serial}/revocationstatus", get(status))
        .with_state(ca)
}

fn fault(status: u16, message: &str) -> Response {
    answer(status, &json!({ "error_code": status, "error_message": message }))
}

async fn authorities(State(ca): Ca) -> Response {
    let name = &ca.facts.subject.text;
    let one = json!({ "id": 1, "name": "ExampleCA", "subject_dn": name, "issuer_dn": name, "external": false });
    answer(200, &json!({ "certificate_authorities": [one] }))
}

fn name_of(reason: Option<u8>) -> &'static str {
    match reason {
        Some(1) => "KEY_COMPROMISE",
        Some(4) => "SUPERSEDED",
        _ => "NOT_REVOKED",
    }
}

fn told(issuer: &str, serial: &str, listed: &Listed) -> Value {
    let mut entry = json!({
        "issuer_dn": issuer,
        "serial_number": serial,
        "revoked": listed.revoked.is_some(),
        "revocation_reason": name_of(listed.revoked.and_then(|(_, reason)| reason)),
    });
    if let Some((at, _)) = listed.revoked {
        entry["revocation_date"] = json!(at.to_rfc3339_opts(SecondsFormat::Secs, true));
    }
    entry
}

async fn status(State(ca): Ca, Path((issuer, serial)): Path<(String, String)>) -> Response {
    if issuer != ca.facts.subject.text {
        return fault(404, &format!("CA '{issuer}' does not exist."));
    }
    match ca.books().get(&serial) {
        Some(listed) => answer(200, &told(&issuer, &serial, listed)),
        None => {
            fault(404, &format!("Certificate with serial number '{serial}' and issuer DN '{issuer}' was not found"))
        }
    }
}

async fn revoke(
    State(ca): Ca,
    Path((issuer, serial)): Path<(String, String)>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if issuer != ca.facts.subject.text {
        return fault(404, &format!("CA '{issuer}' does not exist."));
    }
    let asked = query.iter().find(|(name, _)| name == "reason").map(|(_, value)| value.as_str());
    let reason = match asked {
        Some("KEY_COMPROMISE") => 1,
        Some("SUPERSEDED") => 4,
        _ => return fault(400, "Invalid revocation reason."),
    };
    let mut books = ca.books();
    let Some(listed) = books.get_mut(&serial) else {
        return fault(404, &format!("Certificate with issuer: {issuer} and serial {serial} was not found"));
    };
    if listed.revoked.is_some() {
        return fault(409, &format!("Certificate with serial number '{serial}' is already revoked."));
    }
    listed.revoked = Some((now(), Some(reason)));
    let mut entry = told(&issuer, &serial, listed);
    entry["message"] = json!("Successfully revoked");
    answer(200, &entry)
}

async fn enroll(State(ca): Ca, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let profile =
        [text("end_entity_profile_name"), text("certificate_profile_name"), text("certificate_authority_name")]
            .join("/");
    if profile != PROFILE || text("username").is_empty() || text("password").is_empty() {
        return fault(400, "Profile or CA does not exist.");
    }
    let der = pem::blocks(&text("certificate_request")).into_iter().next().and_then(|block| block.der);
    let Some(request) = der.as_deref().and_then(|der| csr::parse_der(der).ok()) else {
        return fault(400, "Invalid certificate request.");
    };
    let holder = Holder {
        common_name: request.subject.common_name.clone().unwrap_or_default(),
        organization: request.subject.organization.clone(),
        dns_names: request.dns_names.clone(),
    };
    let issued = ca.sign_request(&holder, &request.der, now() + Duration::days(90));
    ca.enter(&issued);
    let certificate = STANDARD.encode(&issued.der);
    answer(
        201,
        &json!({ "certificate": certificate, "serial_number": issued.serial.as_str(), "response_format": "DER" }),
    )
}
