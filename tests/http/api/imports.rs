//! An order system hands over many rows, loses answers, starts, and reads what became of each.

use std::time::Duration;

use axum::http::Method;
use chrono::Duration as Days;
use revocation_desk::domain::certificate::ValidationType;
use serde_json::{Value, json};

use super::desk::{Desk, assert_refused};

async fn opened(desk: &Desk, kind: &str) -> String {
    let answer = desk.admin.post("/api/v1/imports", json!({ "kind": kind })).await;
    let address = answer.assert_status(201).header("location").to_owned();
    assert_eq!(answer.json()["state"], "open");
    address
}

/// Carried out in the background; a test that never sees its end hangs on to the limit and fails.
async fn ended(desk: &Desk, address: &str) -> Value {
    for _ in 0..600 {
        let import = desk.supervisor.get(address).await.assert_status(200).json();
        if import["state"] == "finished" {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the import did not end");
}

fn contact(row: i64, name: &str, role: &str) -> Value {
    json!({ "row": row, "values": {
        "subscriber": "例示商事株式会社", "role": role, "name": name, "email": "hana@example.jp",
        "phone": "03-0000-4182", "phone_source": "登記簿", "verified_on": "2026-05-01",
    }})
}

#[tokio::test]
async fn rows_come_in_calls_that_may_be_made_again_and_each_tells_what_it_became() {
    let desk = Desk::open().await;
    let address = opened(&desk, "certificates").await;
    let mut rows = Vec::new();
    for row in 1..=3 {
        let issued = desk.app.now() - Days::days(100);
        let pem = desk.signed(ValidationType::Ov, &format!("www{row}.example.jp"), issued).await;
        rows.push(json!({ "row": row, "values": { "subscriber": "例示商事株式会社", "pem": pem } }));
    }
    rows.push(json!({ "row": 9, "values": { "subscriber": "例示商事株式会社", "pem": "x" } }));
    let to_rows = format!("{address}/rows");
    let first = desk.admin.post(&to_rows, json!({ "rows": rows[..2] })).await;
    assert_eq!(first.assert_status(200).json()["counts"]["rows"], 2);
    let all = desk.admin.post(&to_rows, json!({ "rows": rows })).await;
    assert_eq!(all.assert_status(200).json()["counts"]["rows"], 4);
    let other = json!({ "rows": [{ "row": 9, "values": { "pem": "y" } }] });
    assert_refused(&desk.admin.post(&to_rows, other).await, 409, "import_row_differs", &[]);

    desk.supervisor.post(&format!("{address}/start"), json!({})).await.assert_status(200);
    let import = ended(&desk, &address).await;
    let late = json!({ "rows": [rows[0].clone()] });
    assert_refused(&desk.admin.post(&to_rows, late).await, 409, "import_not_open", &[]);

    let expected = json!({ "rows": 4, "waiting": 0, "registered": 3, "known": 0, "refused": 1 });
    assert_eq!(import["counts"], expected);
    assert!(import["started_by"].as_str().unwrap().starts_with("token:"));
    let refused = desk.admin.get(&format!("{to_rows}?state=refused")).await.assert_status(200).json();
    let row = &refused["items"][0];
    assert_eq!((&row["row"], &row["problems"][0]["field"]), (&json!(9), &json!("pem")));
    assert_eq!(row["problems"][0]["code"], "certificate_malformed");
    assert!(!row["problems"][0]["detail"].as_str().unwrap().contains("???"));

    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = desk.admin.get(&format!("{to_rows}?limit=1{after}")).await.assert_status(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["row"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, [1, 2, 3, 9]);
    let became = desk.admin.get(&to_rows).await.json()["items"][0]["became"].clone();
    let id = became.as_str().unwrap().strip_prefix("certificate:").unwrap().to_owned();
    desk.admin.get(&format!("/api/v1/certificates/{id}")).await.assert_status(200);
    let listed = desk.admin.get("/api/v1/imports").await.assert_status(200).json();
    assert_eq!(listed["items"][0]["id"], import["id"]);
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_and_changes_nothing() {
    let desk = Desk::open().await;
    assert_refused(&desk.admin.post("/api/v1/imports", json!({ "kind": "x" })).await, 422, "import_kind_unknown", &[]);
    let address = opened(&desk, "contacts").await;
    let to_rows = format!("{address}/rows");
    let many: Vec<Value> = (1..=1001).map(|row| contact(row, "例文 花", "procedure_contact")).collect();
    for (body, code) in [
        (json!({ "rows": [] }), "import_rows_number"),
        (json!({ "rows": many }), "import_rows_number"),
        (json!({ "rows": [{ "row": 0, "values": {} }] }), "import_row_number"),
        (json!({ "rows": [{ "row": 1, "values": { "pem": "x" } }] }), "import_column_unknown"),
        (json!({ "rows": [{ "row": 1, "values": { "name": "x".repeat(65_537) } }] }), "import_row_too_long"),
        (json!({ "rows": [{ "row": 1, "values": { "name": 7 } }] }), "field_malformed"),
    ] {
        assert_refused(&desk.admin.post(&to_rows, body).await, 422, code, &[]);
    }
    assert_refused(&desk.admin.post(&format!("{address}/start"), json!({})).await, 422, "import_without_rows", &[]);
    assert_refused(&desk.admin.get(&format!("{to_rows}?state=lost")).await, 422, "import_row_state_unknown", &[]);
    assert_refused(&desk.admin.get("/api/v1/imports/999/rows").await, 404, "import_not_found", &[]);
    assert_eq!(desk.admin.get(&address).await.json()["counts"]["rows"], 0);

    desk.admin.post(&format!("{address}/cancellation"), json!({})).await.assert_status(200);
    let again = desk.admin.post(&format!("{address}/cancellation"), json!({})).await;
    assert_refused(&again, 409, "import_ended", &[]);
}

#[tokio::test]
async fn a_call_may_bring_more_than_other_bodies_hold() {
    let desk = Desk::open().await;
    desk.subscriber().await;
    let address = opened(&desk, "contacts").await;
    let wide = "x".repeat(3_000);
    let rows: Vec<Value> = (1..=1000).map(|row| contact(row, &wide, "procedure_contact")).collect();
    let body = json!({ "rows": rows });
    assert!(body.to_string().len() > 3_000_000);

    let answer = desk.admin.post(&format!("{address}/rows"), body.clone()).await;

    assert_eq!(answer.assert_status(200).json()["counts"]["rows"], 1000);
    let keyed = [("idempotency-key", "order-1")];
    let too_large = desk.admin.call(Method::POST, &format!("{address}/rows"), Some(body), &keyed).await;
    too_large.assert_status(413);
}
