//! What is taken for an answer of ACME: servers that give others.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use instant_acme::Key;
use rcgen::KeyPair;
use revocation_desk::ca::{self, CaError};
use revocation_desk::domain::application::CrlReason;
use revocation_desk::domain::certificate::pem;
use revocation_desk::settings::{Authority, Secret};
use serde_json::{Value, json};

use crate::conformance;
use crate::outside::{authority, clock, connector, published};
use crate::test_ca::TestCa;
use crate::wire::Wire;

/// What a revocation is told when the server answers it so: a directory, nonces and an account as ACME has them, nothing more.
async fn revoked_by(status: u16, nonce: bool, body: &'static str) -> Result<(), CaError> {
    let answer = move || async move {
        let answer = Response::builder().status(status).header("location", "/elsewhere");
        let answer = if nonce { answer.header("replay-nonce", "b25jZQ") } else { answer };
        answer.body(Body::from(body)).unwrap()
    };
    let nonce = [("replay-nonce", "b25jZQ"), ("location", "https://127.0.0.1/account/1")];
    let router = Router::new()
        .route("/dir", get(|headers: HeaderMap| async move { directory(&format!("http://{}", host(&headers))) }))
        .route("/nonce", get(move || async move { nonce }))
        .route("/account", post(move || async move { (nonce, "{}") }))
        .route("/revoke", post(answer));
    let (home, ca) = (tempfile::tempdir().unwrap(), TestCa::new("ACME Test CA"));
    let wire = Wire::to(crate::doubles::serve(router).await).await;
    std::fs::write(home.path().join("trust.pem"), ca.certificate_pem()).unwrap();
    let (_, pkcs8) = Key::generate_pkcs8().unwrap();
    let key = pem::encode("PRIVATE KEY", pkcs8.secret_pkcs8_der());
    let setting = json!({ "kind": "acme", "url": "dir" });
    let connector = connector(&home, &ca, &authority(&home, &ca, &wire, setting, Some(&key)));
    let certificate = ca.issue(clock() + chrono::Duration::days(30));
    let order = conformance::order(&certificate, CrlReason::Superseded, clock());
    connector.revoke(&order).await.map(drop)
}

fn host(headers: &HeaderMap) -> &str {
    headers["host"].to_str().unwrap()
}

fn directory(base: &str) -> Json<Value> {
    let at = |name: &str| format!("{base}/{name}");
    Json(
        json!({ "newNonce": at("nonce"), "newAccount": at("account"), "newOrder": at("order"), "revokeCert": at("revoke") }),
    )
}

#[tokio::test]
async fn only_an_answer_of_acme_is_taken_for_one() {
    assert_eq!(revoked_by(200, true, "").await, Ok(()));
    for (status, nonce, body) in [
        (200, false, "<!DOCTYPE html><title>Welcome</title>"),
        (204, true, ""),
        (302, true, ""),
        (304, true, ""),
        (400, true, "{}"),
        (403, true, "no"),
        (500, true, r#"{"type":"urn:ietf:params:acme:error:serverInternal"}"#),
        (503, true, ""),
    ] {
        let answer = revoked_by(status, nonce, body).await;
        assert!(matches!(answer, Err(CaError::Unavailable(_))), "{status} {nonce} {body}: {answer:?}");
    }
    let refused =
        revoked_by(400, true, r#"{"type":"urn:ietf:params:acme:error:badRevocationReason","detail":"no"}"#).await;
    assert!(matches!(&refused, Err(CaError::Refused(why)) if why.contains("badRevocationReason")), "{refused:?}");
}

#[tokio::test]
async fn a_directory_does_not_lead_to_another_server() {
    let other = Wire::to(crate::doubles::serve(Router::new()).await).await;
    let elsewhere = format!("http://{}", other.address);
    let router = Router::new().route("/dir", get(move || async move { directory(&elsewhere) }));
    let (home, ca) = (tempfile::tempdir().unwrap(), TestCa::new("ACME Test CA"));
    let wire = Wire::to(crate::doubles::serve(router).await).await;
    let (_, pkcs8) = Key::generate_pkcs8().unwrap();
    let key = pem::encode("PRIVATE KEY", pkcs8.secret_pkcs8_der());
    let setting = json!({ "kind": "acme", "url": "dir" });
    let connector = connector(&home, &ca, &authority(&home, &ca, &wire, setting, Some(&key)));

    let answer = connector.check().await;

    assert!(matches!(&answer, Err(CaError::Unavailable(why)) if why.contains("another server")), "{answer:?}");
    assert_eq!(other.sent(), 0);
}

#[test]
fn a_key_that_cannot_be_an_account_s_stops_the_start() {
    let (home, ca) = (tempfile::tempdir().unwrap(), TestCa::new("ACME Test CA"));
    std::fs::write(home.path().join("issuer.pem"), ca.certificate_pem()).unwrap();
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
    for (key, named) in [("nothing", "PKCS#8"), (p384.as_str(), "P-256")] {
        let mut authority: Authority = serde_json::from_value(json!({
            "name": "pebble", "kind": "acme", "url": "https://ca.example/dir", "issuer_file": home.path().join("issuer.pem"),
        }))
        .unwrap();
        authority.secret = Some(Secret::new(key));
        let published = published(&ca, &home.path().join("issuer.crl"));
        let refused = ca::connector(&authority, Arc::new(ca::issuer_chain(&authority).unwrap()), &published);
        let told = refused.map(|_| ()).unwrap_err().to_string();
        assert!(told.contains(named), "{told}");
    }
}
