//! Who may do what: every route against every role.

use axum::http::Method;
use revocation_desk::domain::certificate::ValidationType;
use serde_json::json;

use super::desk::{Desk, assert_refused, path, with_token};

#[tokio::test]
async fn every_route_asks_for_its_permission() {
    let desk = Desk::open().await;
    let case = desk.case(ValidationType::Ov).await;
    let of_case = |resource: &str| path(&case, resource);
    let reading = ["agent", "supervisor", "admin", "auditor"];
    let registering = ["agent", "supervisor", "admin"];
    let working = ["agent", "supervisor"];
    let table: Vec<(Method, String, &[&str])> = vec![
        (Method::POST, "/api/v1/subscribers".into(), &registering),
        (Method::GET, "/api/v1/subscribers".into(), &reading),
        (Method::GET, "/api/v1/subscribers/1".into(), &reading),
        (Method::POST, "/api/v1/subscribers/1/contacts".into(), &registering),
        (Method::POST, "/api/v1/subscribers/1/contact_changes".into(), &registering),
        (Method::POST, "/api/v1/subscribers/1/customers".into(), &registering),
        (Method::GET, "/api/v1/contact_changes/1".into(), &reading),
        (Method::POST, "/api/v1/contact_changes/99/approval".into(), &working),
        (Method::POST, "/api/v1/certificates".into(), &registering),
        (Method::GET, "/api/v1/certificates/1".into(), &reading),
        (Method::GET, "/api/v1/certificates/1/eligibility".into(), &reading),
        (Method::POST, "/api/v1/reissues".into(), &registering),
        (Method::POST, "/api/v1/reissues/RQ-260806-0182/replacement".into(), &registering),
        (Method::GET, "/api/v1/cases".into(), &reading),
        (Method::GET, of_case(""), &reading),
        (Method::GET, of_case("timeline"), &reading),
        (Method::GET, of_case("evidence/1"), &reading),
        (Method::POST, "/api/v1/cases/next".into(), &working),
        (Method::POST, of_case("claim"), &working),
        (Method::DELETE, of_case("claim"), &working),
        (Method::POST, of_case("calls"), &working),
        (Method::POST, of_case("revocation"), &working),
        (Method::PUT, of_case("requested_on"), &working),
        (Method::POST, of_case("withdrawal"), &working),
        (Method::POST, of_case("hold"), &working),
        (Method::DELETE, of_case("hold?version=99"), &working),
        (Method::POST, of_case("override"), &["supervisor"]),
        (Method::POST, of_case("key_compromise"), &working),
        (Method::POST, "/api/v1/batch_runs".into(), &["supervisor", "admin"]),
        (Method::GET, "/api/v1/batch_runs".into(), &reading),
        (Method::GET, "/api/v1/batch_runs/99".into(), &reading),
        (Method::POST, "/api/v1/imports".into(), &["supervisor", "admin"]),
        (Method::GET, "/api/v1/imports".into(), &["supervisor", "admin"]),
        (Method::GET, "/api/v1/imports/99".into(), &["supervisor", "admin"]),
        (Method::POST, "/api/v1/imports/99/rows".into(), &["supervisor", "admin"]),
        (Method::GET, "/api/v1/imports/99/rows".into(), &["supervisor", "admin"]),
        (Method::POST, "/api/v1/imports/99/start".into(), &["supervisor", "admin"]),
        (Method::POST, "/api/v1/imports/99/cancellation".into(), &["supervisor", "admin"]),
        (Method::GET, "/api/v1/messages".into(), &reading),
        (Method::POST, "/api/v1/messages/99/resend".into(), &working),
        (Method::GET, "/api/v1/audit_events".into(), &["supervisor", "admin", "auditor"]),
        (Method::GET, "/api/v1/audit_events/verification".into(), &["supervisor", "admin", "auditor"]),
    ];
    let everybody =
        [("agent", &desk.agent), ("supervisor", &desk.supervisor), ("admin", &desk.admin), ("auditor", &desk.auditor)];
    for (method, address, allowed) in &table {
        for (role, program) in everybody {
            let body = sample(address, &case["version"]);
            let body = (*method == Method::POST || *method == Method::PUT).then_some(body);
            let answer = program.call(method.clone(), address, body, &[]).await;
            let refused = answer.status == 403 && answer.json()["code"] == "role_not_allowed";
            assert_eq!(
                refused,
                !allowed.contains(&role),
                "{role} {method} {address}: {} {}",
                answer.status,
                answer.body
            );
            assert!(answer.status.as_u16() < 500, "{method} {address}: {}", answer.body);
        }
        let nobody = with_token(&desk.agent, None);
        assert_refused(&nobody.call(method.clone(), address, None, &[]).await, 401, "unauthenticated", &[]);
    }
}

/// A body of the right shape that changes nothing: its facts are wrong.
fn sample(address: &str, version: &serde_json::Value) -> serde_json::Value {
    let stale = version.as_i64().unwrap() + 50;
    match address.rsplit('/').next().unwrap() {
        "subscribers" => json!({ "name": "" }),
        "contacts" | "contact_changes" => json!({
            "role": "boss", "name": "", "email": "", "phone": "", "phone_source": "", "verified_on": "2026-05-01",
        }),
        "customers" => json!({ "login": "", "name": "", "email": "" }),
        "certificates" => json!({ "subscriber_id": 1, "pem": "" }),
        "reissues" => {
            json!({ "certificate_id": 99, "reason": "other", "csr": "reuse", "consent": { "version": "" } })
        }
        "replacement" => json!({ "pem": "" }),
        "calls" => json!({ "outcome": "no_answer", "version": stale }),
        "revocation" => json!({ "serial_suffix": "", "version": stale }),
        "requested_on" => json!({ "requested_on": "2026-12-08", "version": stale }),
        "hold" => json!({ "note": "x", "version": stale }),
        "withdrawal" | "key_compromise" | "override" => json!({ "ground": "x", "version": stale }),
        "batch_runs" => json!({ "task": "revoke_due", "dry_run": true }),
        "imports" => json!({ "kind": "" }),
        "rows" => json!({ "rows": [] }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn a_token_that_only_reads_changes_nothing() {
    use revocation_desk::actions::create_token::{NewToken, create_token};
    use revocation_desk::domain::{actor::Actor, role::Role};
    let desk = Desk::open().await;
    let new = NewToken {
        name: "monitor".to_owned(),
        role: Role::Supervisor,
        read_only: true,
        lifetime: chrono::Duration::days(1),
        reason: None,
    };
    let (_, token) = create_token(&desk.app.ctx.db, new, &Actor::system(), desk.app.now()).await.unwrap();
    let monitor = with_token(&desk.agent, Some(token));

    monitor.get("/api/v1/cases").await.assert_status(200);
    let refused = monitor.post("/api/v1/subscribers", json!({ "name": "例示" })).await;
    assert_refused(&refused, 403, "token_scope_missing", &[]);
}
