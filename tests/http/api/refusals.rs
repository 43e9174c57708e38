//! What the API refuses, with which status and code.

use revocation_desk::domain::certificate::ValidationType;
use serde_json::json;

use super::desk::{Desk, a_request, application, assert_refused, confirming, contact, path, revocation};

#[tokio::test]
async fn bodies_are_read_strictly_and_the_field_is_named() {
    let desk = Desk::open().await;
    for (body, code, field) in [
        (json!({ "name": "例示", "title": 1 }), "field_unknown", "title"),
        (json!({ "name_kana": "レイジ" }), "field_missing", "name"),
        (json!({ "name": 3 }), "field_malformed", "name"),
        (json!({ "name": " " }), "text_missing", "name"),
        (json!({ "name": "例\u{7}" }), "text_control_character", "name"),
        (json!({ "name": "例", "name_kana": "ア".repeat(201) }), "text_too_long", "name_kana"),
    ] {
        let answer = desk.admin.post("/api/v1/subscribers", body).await;
        assert_refused(&answer, 422, code, &[field]);
    }
    let nested = json!({ "certificate_id": 1, "reason": "other", "csr": "reuse", "consent": { "edition": "1" } });
    assert_refused(&desk.admin.post("/api/v1/reissues", nested).await, 422, "field_unknown", &["consent.edition"]);
    assert_refused(&desk.admin.post("/api/v1/subscribers", json!(["例示"])).await, 400, "json_malformed", &[]);
    let too_long = json!({ "name": "例".repeat(400_000) });
    assert_refused(&desk.admin.post("/api/v1/subscribers", too_long).await, 413, "too_large", &[]);
    let large_certificate = json!({ "subscriber_id": 1, "pem": "A".repeat(70_000) });
    assert_refused(&desk.admin.post("/api/v1/certificates", large_certificate).await, 413, "too_large", &[]);
}

#[tokio::test]
async fn words_that_are_not_on_the_list_are_refused_by_field() {
    let desk = Desk::open().await;
    let subscriber = desk.subscriber().await;
    let mut wrong = contact("procedure_contact");
    wrong["role"] = json!("boss");
    let answer = desk.admin.post(&format!("/api/v1/subscribers/{subscriber}/contacts"), wrong).await;
    assert_refused(&answer, 422, "contact_role_unknown", &["role"]);

    let certificate = desk.certificate(ValidationType::Ov, "www.example.jp").await;
    let mut wrong = application(&certificate);
    wrong["reason"] = json!("because");
    assert_refused(&desk.admin.post("/api/v1/reissues", wrong).await, 422, "reissue_reason_unknown", &["reason"]);

    let case = desk.case(ValidationType::Ov).await;
    for (change, code, field) in [
        (json!({ "outcome": "yes" }), "outcome_unknown", "outcome"),
        (json!({ "identity_checks": ["voice"] }), "identity_check_unknown", "identity_checks"),
        (json!({ "call_back_at": "tomorrow" }), "field_malformed", "call_back_at"),
        (json!({ "requested_on": "2026-02-30" }), "field_malformed", "requested_on"),
        (json!({ "note": "あ".repeat(2001) }), "text_too_long", "note"),
    ] {
        let mut call = confirming(&case, "procedure_contact");
        call.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_refused(&desk.act(&desk.agent, &case, "calls", Some(call)).await, 422, code, &[field]);
    }
    let task = desk.supervisor.post("/api/v1/batch_runs", json!({ "task": "shred" })).await;
    assert_refused(&task, 422, "task_unknown", &["task"]);
}

#[tokio::test]
async fn an_application_is_refused_with_every_reason_at_once() {
    let desk = Desk::open().await;
    let certificate = desk.certificate(ValidationType::Ov, "www.example.jp").await;
    let mut wrong = application(&certificate);
    wrong["requested_on"] = json!("2026-11-23");
    wrong["consent"]["version"] = json!("0.9");
    wrong["csr"] = json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let answer = desk.admin.post("/api/v1/reissues", wrong).await;
    assert_refused(&answer, 422, "requested_on_past", &["requested_on", "consent", "csr"]);

    let young = desk.signed(ValidationType::Ov, "new.example.jp", desk.app.now() - chrono::Duration::days(30)).await;
    let new = json!({ "subscriber_id": desk.subscriber().await, "pem": young });
    let young = desk.admin.post("/api/v1/certificates", new.clone()).await.assert_status(201).json();
    let eligibility = desk.auditor.get(&format!("/api/v1/certificates/{}/eligibility", young["id"])).await.json();
    assert_eq!(
        (&eligibility["eligible"], &eligibility["problems"][0]["code"]),
        (&json!(false), &json!("issued_within_30_days"))
    );
    let answer = desk.admin.post("/api/v1/reissues", application(&young)).await;
    assert_refused(&answer, 422, "issued_within_30_days", &["certificate_id"]);

    assert_refused(&desk.admin.post("/api/v1/certificates", new).await, 409, "certificate_known", &[]);
    let again = application(&certificate);
    desk.admin.post("/api/v1/reissues", again.clone()).await.assert_status(201);
    assert_refused(&desk.admin.post("/api/v1/reissues", again).await, 422, "case_in_progress", &["certificate_id"]);
    let request = json!({ "subscriber_id": new_subscriber(&desk).await, "pem": a_request().0 });
    assert_refused(&desk.admin.post("/api/v1/certificates", request).await, 422, "certificate_is_csr", &["pem"]);
}

async fn new_subscriber(desk: &Desk) -> i64 {
    desk.subscriber().await
}

#[tokio::test]
async fn a_case_is_revoked_by_nothing_less_than_its_own_confirmation() {
    let desk = Desk::open().await;
    let case = desk.case(ValidationType::Ov).await;
    let early = desk.act(&desk.agent, &case, "revocation", Some(revocation(&case))).await;
    assert_refused(&early, 409, "no_authorization", &[]);
    let unclaimed = desk.act(&desk.agent, &case, "calls", Some(confirming(&case, "procedure_contact"))).await;
    assert_refused(&unclaimed, 409, "claim_lost", &[]);
    desk.act(&desk.supervisor, &case, "claim", None).await.assert_status(200);
    assert_refused(&desk.act(&desk.agent, &case, "claim", None).await, 409, "held_by_another", &[]);
    assert_refused(&desk.agent.delete(&path(&case, "claim")).await, 409, "held_by_another", &[]);
    desk.supervisor.delete(&path(&case, "claim")).await.assert_status(200);

    let case = desk.confirmed_case().await;
    let mut order = revocation(&case);
    order["serial_suffix"] = json!("zzzz");
    let answer = desk.act(&desk.agent, &case, "revocation", Some(order)).await;
    assert_refused(&answer, 422, "serial_suffix_differs", &["serial_suffix"]);
    assert_eq!(desk.reload(&case).await["state"], "confirmed");
}

#[tokio::test]
async fn a_write_on_an_older_version_is_refused_everywhere() {
    let desk = Desk::open().await;
    let case = desk.case(ValidationType::Ov).await;
    desk.act(&desk.supervisor, &case, "claim", None).await.assert_status(200);
    for (resource, body) in [
        ("calls", confirming(&json!({ "version": 99 }), "procedure_contact")),
        ("revocation", json!({ "serial_suffix": "0000", "version": 99 })),
        ("withdrawal", json!({ "ground": "電話", "version": 99 })),
        ("hold", json!({ "note": "確認", "version": 99 })),
        ("override", json!({ "ground": "書面", "version": 99 })),
        ("key_compromise", json!({ "ground": "書面", "version": 99 })),
    ] {
        let answer = desk.act(&desk.supervisor, &case, resource, Some(body)).await;
        assert_refused(&answer, 409, "stale_version", &[]);
    }
    let date = json!({ "requested_on": "2026-12-08", "version": 99 });
    assert_refused(&desk.supervisor.put(&path(&case, "requested_on"), date).await, 409, "stale_version", &[]);
    let hold = desk.supervisor.delete(&format!("{}?version=99", path(&case, "hold"))).await;
    assert_refused(&hold, 409, "stale_version", &[]);
    assert_refused(
        &desk.supervisor.delete(&format!("{}?version=x", path(&case, "hold"))).await,
        422,
        "field_malformed",
        &["version"],
    );
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let desk = Desk::open().await;
    for (address, code) in [
        ("/api/v1/subscribers/99", "subscriber_not_found"),
        ("/api/v1/certificates/99", "certificate_not_found"),
        ("/api/v1/certificates/99/eligibility", "certificate_not_found"),
        ("/api/v1/contact_changes/99", "contact_change_not_found"),
        ("/api/v1/cases/RQ-260806-0182", "case_not_found"),
        ("/api/v1/cases/x", "case_not_found"),
        ("/api/v1/cases/RQ-260806-0182/timeline", "case_not_found"),
        ("/api/v1/cases/RQ-260806-0182/evidence/1", "case_not_found"),
        ("/api/v1/batch_runs/99", "batch_run_not_found"),
        ("/api/v1/subscribers/x", "not_found"),
        ("/api/v1/nothing", "not_found"),
    ] {
        assert_refused(&desk.auditor.get(address).await, 404, code, &[]);
    }
    let case = desk.case(ValidationType::Ov).await;
    assert_refused(&desk.auditor.get(&path(&case, "evidence/1")).await, 404, "evidence_not_found", &[]);
    let resend = desk.agent.post("/api/v1/messages/99/resend", json!({})).await;
    assert_refused(&resend, 404, "message_not_found", &[]);
    assert_refused(&desk.agent.delete("/api/v1/subscribers").await, 405, "method_not_allowed", &[]);
}

#[tokio::test]
async fn english_is_answered_when_it_is_asked_for() {
    let desk = Desk::open().await;
    let address = "/api/v1/cases/RQ-260806-0182";
    let english =
        desk.auditor.call(axum::http::Method::GET, address, None, &[("accept-language", "en-GB, ja;q=0.5")]).await;
    assert_eq!(english.json()["detail"], "This case does not exist. Check the reception number.");
    let japanese = desk.auditor.get(address).await.json();
    assert_eq!((&japanese["code"], &japanese["title"]), (&json!("case_not_found"), &json!("Not Found")));
    assert_eq!(japanese["detail"], "お探しの案件は見つかりません。受付番号を確かめてください。");
}
