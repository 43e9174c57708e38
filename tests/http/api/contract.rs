//! The outside contract: what the OpenAPI document lists, its page, and the CRL.

use std::collections::BTreeSet;

use serde_json::Value;

use super::desk::{Desk, assert_refused, with_token};

/// Names that other programs rely on; they may only grow.
const ROUTES: [&str; 55] = [
    "DELETE /api/v1/cases/{reception_number}/claim",
    "DELETE /api/v1/cases/{reception_number}/hold",
    "GET /api/v1/audit_events",
    "GET /api/v1/audit_events/verification",
    "GET /api/v1/batch_runs",
    "GET /api/v1/batch_runs/{id}",
    "GET /api/v1/cases",
    "GET /api/v1/cases/{reception_number}",
    "GET /api/v1/cases/{reception_number}/evidence/{id}",
    "GET /api/v1/cases/{reception_number}/timeline",
    "GET /api/v1/certificates/{id}",
    "GET /api/v1/certificates/{id}/eligibility",
    "GET /api/v1/contact_changes/{id}",
    "GET /api/v1/imports",
    "GET /api/v1/imports/{id}",
    "GET /api/v1/imports/{id}/rows",
    "GET /api/v1/messages",
    "GET /api/v1/subscribers",
    "GET /api/v1/subscribers/{id}",
    "GET /api/v1/webhooks",
    "GET /api/v1/webhooks/{id}",
    "GET /api/v1/webhooks/{id}/deliveries",
    "GET /crl/{issuer_id}.crl",
    "GET /ocsp/{issuer_id}/{request}",
    "POST /api/v1/batch_runs",
    "POST /api/v1/cases/next",
    "POST /api/v1/cases/{reception_number}/calls",
    "POST /api/v1/cases/{reception_number}/claim",
    "POST /api/v1/cases/{reception_number}/hold",
    "POST /api/v1/cases/{reception_number}/key_compromise",
    "POST /api/v1/cases/{reception_number}/override",
    "POST /api/v1/cases/{reception_number}/revocation",
    "POST /api/v1/cases/{reception_number}/withdrawal",
    "POST /api/v1/certificates",
    "POST /api/v1/contact_changes/{id}/approval",
    "POST /api/v1/imports",
    "POST /api/v1/imports/{id}/cancellation",
    "POST /api/v1/imports/{id}/rows",
    "POST /api/v1/imports/{id}/start",
    "POST /api/v1/messages/{id}/resend",
    "POST /api/v1/reissues",
    "POST /api/v1/reissues/{reception_number}/replacement",
    "POST /api/v1/subscribers",
    "POST /api/v1/subscribers/{id}/contact_changes",
    "POST /api/v1/subscribers/{id}/contacts",
    "POST /api/v1/subscribers/{id}/customers",
    "POST /api/v1/webhooks",
    "POST /api/v1/webhooks/{id}/deliveries/{delivery}/resend",
    "POST /api/v1/webhooks/{id}/pause",
    "POST /api/v1/webhooks/{id}/removal",
    "POST /api/v1/webhooks/{id}/resume",
    "POST /api/v1/webhooks/{id}/secret",
    "POST /api/v1/webhooks/{id}/test",
    "POST /ocsp/{issuer_id}",
    "PUT /api/v1/cases/{reception_number}/requested_on",
];

#[tokio::test]
async fn the_document_lists_every_route_and_resolves_every_name() {
    let desk = Desk::open().await;
    let nobody = with_token(&desk.agent, None);
    let document = nobody.get("/api/openapi.json").await.assert_status(200).json();

    assert_eq!(document["openapi"], "3.1.0");
    let mut listed = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            listed.insert(format!("{} {path}", method.to_uppercase()));
            assert!(operation["summary"].is_string(), "{method} {path} says nothing");
            assert!(operation["responses"]["default"].is_object(), "{method} {path} never refuses");
        }
    }
    assert_eq!(listed, ROUTES.iter().map(ToString::to_string).collect());
    assert_references(&document, &document);
}

/// Every `$ref` leads to something.
fn assert_references(document: &Value, part: &Value) {
    if let Some(reference) = part.get("$ref").and_then(Value::as_str) {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    for inner in part.as_object().into_iter().flat_map(|object| object.values()) {
        assert_references(document, inner);
    }
    for inner in part.as_array().into_iter().flatten() {
        assert_references(document, inner);
    }
}

#[tokio::test]
async fn the_page_shows_what_the_document_says() {
    let desk = Desk::open().await;
    let page = desk.app.visitor().get("/api/docs").await;
    page.assert_status(200).assert_contains("POST /api/v1/reissues").assert_contains("GET /crl/{issuer_id}.crl");
    page.assert_contains("id=\"CaseDetail\"")
        .assert_contains("serial_suffix")
        .assert_lacks("???")
        .assert_lacks("<script");
}

#[tokio::test]
async fn the_crl_is_there_for_everybody() {
    use revocation_desk::ca::embedded::EmbeddedCa;
    let desk = Desk::open().await;
    let app = &desk.app;
    let ca = EmbeddedCa::open(app.ctx.db.clone(), &app.data_dir().join("ca"), "http://desk.test", app.now()).unwrap();
    let id = ca.issuing().id.clone();
    let nobody = with_token(&desk.agent, None);
    ca.publish_crls(app.now()).await.unwrap();

    let crl = nobody.get(&format!("/crl/{id}.crl")).await;
    crl.assert_status(200);
    assert_eq!(crl.header("content-type"), "application/pkix-crl");
    let tag = [("if-none-match", crl.header("etag"))];
    let again = nobody.call(axum::http::Method::GET, &format!("/crl/{id}.crl"), None, &tag).await;
    again.assert_status(304);
    let issuer = nobody.get(&format!("/crl/{id}.crt")).await;
    assert_eq!(issuer.assert_status(200).header("content-type"), "application/pkix-cert");
    for wrong in ["/crl/other.crl", "/crl/x", &format!("/crl/{id}.pem"), "/crl/..%2Fkey.crl"] {
        let answer = nobody.get(wrong).await;
        assert_eq!(answer.assert_status(404).header("content-type"), "application/problem+json", "{wrong}");
    }
    assert_refused(&nobody.get("/api/v1/cases").await, 401, "unauthenticated", &[]);
}
