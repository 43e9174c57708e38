//! Lists: filters, pages without gaps, refused parameters.

use revocation_desk::domain::certificate::ValidationType;
use serde_json::{Value, json};

use super::desk::{Desk, application, assert_refused};

/// Follows `next` to the end.
async fn all(desk: &Desk, address: &str, key: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = desk.supervisor.get(&format!("{address}{after}")).await.assert_status(200).json();
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item[key].clone()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_of_cases_neither_skip_nor_repeat() {
    let desk = Desk::open().await;
    for (index, date) in ["2026-12-08", "2026-11-24", "2026-12-08", "2026-11-30", "2026-12-01"].iter().enumerate() {
        let certificate = desk.certificate(ValidationType::Ov, &format!("www{index}.example.jp")).await;
        let mut application = application(&certificate);
        application["requested_on"] = json!(date);
        desk.admin.post("/api/v1/reissues", application).await.assert_status(201);
    }

    let days = all(&desk, "/api/v1/cases?limit=2", "due_on").await;
    let numbers = all(&desk, "/api/v1/cases?limit=2&sort=due_on", "reception_number").await;

    assert_eq!(days, ["2026-11-24", "2026-11-30", "2026-12-01", "2026-12-08", "2026-12-08"]);
    let distinct: std::collections::BTreeSet<String> = numbers.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), 5);
    assert_eq!(all(&desk, "/api/v1/cases?limit=5", "due_on").await.len(), 5);
}

#[tokio::test]
async fn cases_are_found_by_what_people_know() {
    let desk = Desk::open().await;
    let ev = desk.case(ValidationType::Ev).await;
    let withdrawn = desk.case(ValidationType::Ov).await;
    let words = json!({ "ground": "電話", "version": withdrawn["version"] });
    desk.act(&desk.agent, &withdrawn, "withdrawal", Some(words)).await.assert_status(200);
    let number = ev["reception_number"].as_str().unwrap();
    for (query, expected) in [
        (String::new(), 2),
        ("view=open".to_owned(), 1),
        ("view=closed".to_owned(), 1),
        ("view=ev".to_owned(), 1),
        ("view=this_week".to_owned(), 1),
        ("view=overdue".to_owned(), 0),
        ("state=withdrawn".to_owned(), 1),
        ("state=confirmed".to_owned(), 0),
        ("validation=ov".to_owned(), 1),
        ("due_from=2026-11-24&due_to=2026-11-24".to_owned(), 2),
        ("due_from=2026-11-25".to_owned(), 0),
        (format!("q={number}"), 1),
        ("q=WWW.EXAMPLE".to_owned(), 2),
        ("q=%E4%BE%8B%E7%A4%BA%E5%95%86%E4%BA%8B".to_owned(), 2),
        ("q=nobody".to_owned(), 0),
    ] {
        let answer = desk.auditor.get(&format!("/api/v1/cases?{query}")).await;
        let found = answer.assert_status(200).json();
        assert_eq!(found["items"].as_array().unwrap().len(), expected, "{query}: {found}");
    }
}

#[tokio::test]
async fn the_other_lists_have_pages_too() {
    let desk = Desk::open().await;
    desk.case(ValidationType::Ov).await;
    desk.case(ValidationType::Ev).await;
    let runs = [true, true, true].map(|dry_run| json!({ "task": "revoke_due", "dry_run": dry_run }));
    for run in runs {
        desk.supervisor.post("/api/v1/batch_runs", run).await.assert_status(201);
    }

    assert_eq!(all(&desk, "/api/v1/subscribers?limit=1", "id").await, [json!(1), json!(2)]);
    assert_eq!(all(&desk, "/api/v1/batch_runs?limit=1", "id").await, [json!(3), json!(2), json!(1)]);
    assert_eq!(all(&desk, "/api/v1/messages?limit=3", "id").await, [json!(4), json!(3), json!(2), json!(1)]);
    let events = all(&desk, "/api/v1/audit_events?limit=4", "sequence").await;
    let expected: Vec<Value> = (1..=events.len()).map(|sequence| json!(sequence)).collect();
    assert_eq!(events, expected);
    assert!(events.len() > 8, "{events:?}");
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_name() {
    let desk = Desk::open().await;
    for (query, status, code, field) in [
        ("limit=0", 422, "limit_out_of_range", Some("limit")),
        ("limit=201", 422, "limit_out_of_range", Some("limit")),
        ("limit=x", 422, "limit_out_of_range", Some("limit")),
        ("after=x", 422, "cursor_malformed", Some("after")),
        ("view=mine", 422, "view_unknown", Some("view")),
        ("state=done", 422, "state_unknown", Some("state")),
        ("validation=xv", 422, "validation_unknown", Some("validation")),
        ("due_from=24-11-2026", 422, "parameter_malformed", Some("due_from")),
        ("sort=name", 422, "sort_unknown", Some("sort")),
        ("stat=confirmed", 400, "query_malformed", None),
    ] {
        let answer = desk.auditor.get(&format!("/api/v1/cases?{query}")).await;
        assert_refused(&answer, status, code, field.as_slice());
    }
    let status = desk.auditor.get("/api/v1/messages?status=lost").await;
    assert_refused(&status, 422, "message_status_unknown", &["status"]);
}

#[tokio::test]
async fn a_mail_is_sent_once_more_when_it_has_been_sent() {
    let desk = Desk::open().await;
    desk.case(ValidationType::Ov).await;
    let waiting = desk.agent.post("/api/v1/messages/1/resend", json!({})).await;
    assert_refused(&waiting, 409, "message_still_queued", &[]);

    sent(&desk, 1).await;
    let copy = desk.agent.post("/api/v1/messages/1/resend", json!({})).await.assert_status(201).json();
    assert_eq!((&copy["resend_of"], &copy["status"]), (&json!(1), &json!("queued")));
    assert_ne!(copy["message_id"], desk.auditor.get("/api/v1/messages").await.json()["items"][2]["message_id"]);
    let again = desk.agent.post("/api/v1/messages/1/resend", json!({})).await;
    assert_refused(&again, 409, "message_resent_already", &[]);
}

async fn sent(desk: &Desk, id: i64) {
    use revocation_desk::models::{columns::MessageStatus, messages::ActiveModel};
    use sea_orm::{ActiveModelTrait, ActiveValue::Set};
    let row = ActiveModel { id: Set(id), status: Set(MessageStatus::Sent), ..<ActiveModel as Default>::default() };
    row.update(&desk.app.ctx.db).await.unwrap();
}
