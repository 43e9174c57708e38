//! The main job over the API: from a registered certificate to its revocation.

use revocation_desk::domain::certificate::ValidationType;
use serde_json::{Value, json};

use super::desk::{Desk, TODAY, a_request, application, assert_refused, confirming, path, revocation};

#[tokio::test]
async fn a_certificate_is_reissued_confirmed_by_phone_and_revoked() {
    let desk = Desk::open().await;
    let certificate = desk.certificate(ValidationType::Ov, "www.example.jp").await;
    assert_eq!(certificate["validation"], "ov");
    assert_eq!(certificate["dns_names"], json!(["www.example.jp"]));
    assert!(certificate["subject"].as_str().unwrap().contains("O=Reiji Shoji K.K."), "{certificate}");
    let serial = certificate["serial_number"].as_str().unwrap();
    assert!(serial.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)), "{serial}");

    let id = &certificate["id"];
    let eligible = desk.auditor.get(&format!("/api/v1/certificates/{id}/eligibility")).await.json();
    assert_eq!(eligible["eligible"], true);
    assert_eq!(eligible["replacement"]["shortened"], false);

    let filed = desk.admin.post("/api/v1/reissues", application(&certificate)).await;
    let number = filed.assert_status(201).json()["reception_number"].as_str().unwrap().to_owned();
    assert_eq!(filed.location(), format!("/api/v1/cases/{number}"));
    let case = filed.json()["case"].clone();
    assert_eq!((&case["state"], &case["due_on"]), (&json!("awaiting_call"), &json!(TODAY)));
    assert_eq!(case["contact"]["role"], "procedure_contact");
    assert_eq!(case["contact"]["phone"], "03-0000-4182");
    assert_ne!(case["replacement"]["serial_number"], certificate["serial_number"]);

    let next = desk.agent.call(axum::http::Method::POST, "/api/v1/cases/next", None, &[]).await;
    assert_eq!(next.assert_status(200).json()["reception_number"], number);
    assert_eq!(next.json()["lease"]["name"], "agent program");
    let confirmed = desk.act(&desk.agent, &case, "calls", Some(confirming(&case, "例文花"))).await;
    let case = confirmed.assert_status(201).json();
    assert_eq!((&case["state"], &case["lease"]), (&json!("confirmed"), &Value::Null));
    assert_eq!(
        (&case["authorization"]["kind"], &case["authorization"]["valid"]),
        (&json!("phone_confirmation"), &json!(true))
    );

    let case = desk.act(&desk.agent, &case, "revocation", Some(revocation(&case))).await.assert_status(200).json();
    assert_eq!(case["state"], "revoked");
    assert_eq!(case["attempts"][0]["outcome"], "accepted");
    assert_eq!(case["attempts"][0]["serial_number"], certificate["serial_number"]);

    let timeline = desk.auditor.get(&path(&case, "timeline")).await.assert_status(200).json();
    let actions: Vec<&str> =
        timeline["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    let expected = "filed replacement_registered claimed call_confirmed execution_started revocation_accepted";
    assert_eq!(actions.join(" "), expected);
    let mails = desk.auditor.get(&format!("/api/v1/messages?reception_number={number}")).await.json();
    let kinds: Vec<&str> =
        mails["items"].as_array().unwrap().iter().map(|mail| mail["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["replacement_issued", "application_received"]);
}

#[tokio::test]
async fn an_ev_certificate_is_confirmed_with_the_responsible_person_only() {
    let desk = Desk::open().await;
    let case = desk.case(ValidationType::Ev).await;
    assert_eq!(case["contact"]["role"], "application_responsible");
    assert_eq!(case["contact"]["extension"], "21");
    desk.act(&desk.agent, &case, "claim", None).await.assert_status(200);

    let refused = desk.act(&desk.agent, &case, "calls", Some(confirming(&case, "procedure_contact"))).await;
    assert_refused(&refused, 422, "wrong_contact", &["spoke_with"]);

    desk.act(&desk.agent, &case, "calls", Some(confirming(&case, "例田 一郎"))).await.assert_status(201);
}

#[tokio::test]
async fn a_case_without_a_known_csr_waits_for_a_replacement_issued_elsewhere() {
    let desk = Desk::open().await;
    let certificate = desk.certificate(ValidationType::Ov, "www.example.jp").await;
    let mut reuse = application(&certificate);
    reuse["csr"] = json!("reuse");
    let case = desk.admin.post("/api/v1/reissues", reuse).await.assert_status(201).json()["case"].clone();
    assert_eq!(case["state"], "awaiting_reissue");

    let pem = desk.signed(ValidationType::Ov, "www.example.jp", desk.app.now()).await;
    let address = format!("/api/v1/reissues/{}/replacement", case["reception_number"].as_str().unwrap());
    let case = desk.admin.post(&address, json!({ "pem": pem })).await.assert_status(201).json();
    assert_eq!(case["state"], "awaiting_call");
    assert_eq!(case["replacement"]["pem"], pem);
}

#[tokio::test]
async fn the_batch_revokes_proves_and_mails_what_was_confirmed() {
    let desk = Desk::open().await;
    let case = desk.confirmed_case().await;

    let judged = desk.supervisor.post("/api/v1/batch_runs", json!({ "task": "revoke_due", "dry_run": true })).await;
    assert_eq!(
        judged.assert_status(201).json()["counts"],
        json!({ "target": 1, "done": 1, "failed": 0, "skipped": 0 })
    );
    assert_eq!(desk.reload(&case).await["state"], "confirmed");

    let run = desk.supervisor.post("/api/v1/batch_runs", json!({ "task": "revoke_due", "as_of": TODAY })).await;
    assert_eq!(run.assert_status(201).json()["status"], "finished");
    assert_eq!(run.json()["counts"]["done"], 1);
    assert_eq!(desk.auditor.get(run.location()).await.json()["id"], run.json()["id"]);
    let case = desk.reload(&case).await;
    assert_eq!(case["state"], "completed");
    assert_eq!(case["attempts"][0]["batch_run_id"], run.json()["id"]);
    let proof = &case["evidence"][0];
    assert_eq!((&proof["kind"], &proof["revocation_reason"]), (&json!("crl"), &json!(4)));
    assert_eq!(proof["serial_number"], case["source"]["serial_number"]);
    let bytes = desk.auditor.get(&path(&case, &format!("evidence/{}", proof["id"]))).await;
    assert_eq!(bytes.assert_status(200).header("content-type"), "application/pkix-crl");
    let number = case["reception_number"].as_str().unwrap();
    let mails = desk.auditor.get(&format!("/api/v1/messages?reception_number={number}&status=sent")).await.json();
    assert_eq!(mails["items"][0]["kind"], "revocation_completed");
    let audit = desk.auditor.get("/api/v1/audit_events/verification").await.assert_status(200).json();
    assert_eq!((&audit["valid"], &audit["fault"]), (&json!(true), &Value::Null));
    assert!(audit["sound"].as_i64().unwrap() > 10, "{audit}");
}

#[tokio::test]
async fn two_supervisors_may_stand_in_for_a_call() {
    let desk = Desk::open().await;
    let case = desk.case(ValidationType::Ov).await;
    let word = |ground: Option<&str>| Some(json!({ "ground": ground, "version": case["version"] }));

    let missing = desk.act(&desk.supervisor, &case, "override", word(None)).await;
    assert_refused(&missing, 422, "override_ground_missing", &["ground"]);
    let asked = desk.act(&desk.supervisor, &case, "override", word(Some("書面の依頼"))).await;
    assert_eq!(asked.assert_status(202).json()["override_request"]["ground"], "書面の依頼");
    assert_refused(&desk.act(&desk.supervisor, &case, "override", word(None)).await, 403, "own_request", &[]);

    let second = desk.app.program(revocation_desk::domain::role::Role::Supervisor).await;
    let approved = desk.act(&second, &case, "override", word(None)).await.assert_status(200).json();
    assert_eq!(approved["state"], "confirmed");
    assert_eq!(approved["authorization"]["kind"], "supervisor_override");
    assert_eq!(approved["authorization"]["ground"], "書面の依頼");
}

#[tokio::test]
async fn a_reported_compromise_is_revoked_without_a_call() {
    let desk = Desk::open().await;
    let case = desk.case(ValidationType::Ov).await;
    let report = Some(json!({ "ground": "公開リポジトリに鍵", "version": case["version"] }));
    let case = desk.act(&desk.agent, &case, "key_compromise", report).await.assert_status(200).json();
    assert_eq!((&case["state"], &case["revocation_reason"]), (&json!("confirmed"), &json!("key_compromise")));
    assert!(case["key_compromise"]["revoke_by"].as_str().unwrap().starts_with("2026-11-25T01:00"), "{case}");

    let case = desk.act(&desk.agent, &case, "revocation", Some(revocation(&case))).await.assert_status(200).json();
    assert_eq!(case["state"], "revoked");
}

#[tokio::test]
async fn a_case_is_held_moved_and_withdrawn() {
    let desk = Desk::open().await;
    let case = desk.confirmed_case().await;
    let event = |case: &Value, more: Value| {
        let mut body = more;
        body["version"] = case["version"].clone();
        Some(body)
    };

    let held = desk.act(&desk.agent, &case, "hold", event(&case, json!({ "note": "社内確認" }))).await;
    let held = held.assert_status(200).json();
    assert_eq!((&held["state"], &held["hold"]["note"]), (&json!("on_hold"), &json!("社内確認")));
    let freed = desk.agent.delete(&format!("{}?version={}", path(&held, "hold"), held["version"])).await;
    let freed = freed.assert_status(200).json();
    assert_eq!(freed["state"], "awaiting_call");

    let date = event(&freed, json!({ "requested_on": "2026-12-05" })).unwrap();
    let moved = desk.agent.put(&path(&freed, "requested_on"), date).await.assert_status(200).json();
    assert_eq!((&moved["requested_on"], &moved["due_on"]), (&json!("2026-12-05"), &json!("2026-12-07")));

    let words = event(&moved, json!({ "ground": "例文様より電話" }));
    assert_eq!(
        desk.act(&desk.agent, &moved, "withdrawal", words).await.assert_status(200).json()["state"],
        "withdrawn"
    );
}

#[tokio::test]
async fn a_successor_counts_once_a_second_person_has_approved() {
    let desk = Desk::open().await;
    let subscriber = desk.subscriber().await;
    let mut successor = super::desk::contact("procedure_contact");
    successor["name"] = json!("後任 次郎");
    let asked = desk.agent.post(&format!("/api/v1/subscribers/{subscriber}/contact_changes"), successor).await;
    asked.assert_status(201);
    let approval = format!("{}/approval", asked.location());
    assert_eq!(desk.auditor.get(asked.location()).await.json()["approved_at"], Value::Null);

    assert_refused(&desk.agent.post(&approval, json!({})).await, 403, "own_request", &[]);
    desk.supervisor.post(&approval, json!({})).await.assert_status(200);

    let shown = desk.auditor.get(&format!("/api/v1/subscribers/{subscriber}")).await.json();
    let names: Vec<&str> = shown["contacts"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["後任 次郎", "例田 一郎"]);
}

#[tokio::test]
async fn a_key_given_with_the_application_is_the_replacements() {
    let desk = Desk::open().await;
    let certificate = desk.certificate(ValidationType::Ov, "www.example.jp").await;
    let mut lost = application(&certificate);
    lost["reason"] = json!("key_lost_or_damaged");
    lost["key_possibly_exposed"] = json!(false);
    lost["csr"] = json!(a_request().0);

    let case = desk.admin.post("/api/v1/reissues", lost).await.assert_status(201).json()["case"].clone();

    assert_eq!((&case["reason"], &case["revocation_reason"]), (&json!("key_lost_or_damaged"), &json!("superseded")));
}

#[tokio::test]
async fn a_compromise_is_filed_before_its_new_csr_is_there() {
    let desk = Desk::open().await;
    let certificate = desk.certificate(ValidationType::Ov, "www.example.jp").await;
    let mut later = application(&certificate);
    later["csr"] = json!("later");
    let refused = desk.admin.post("/api/v1/reissues", later.clone()).await;
    assert_eq!(refused.assert_status(422).json()["code"], "csr_later_refused");

    later["reason"] = json!("key_compromise");
    let filed = desk.admin.post("/api/v1/reissues", later).await.assert_status(201).json();

    assert_eq!(filed["case"]["state"], "confirmed");
    assert_eq!(filed["case"]["revocation_reason"], "key_compromise");
}
