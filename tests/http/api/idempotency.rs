//! `Idempotency-Key`: a write that is sent twice is carried out once.

use axum::http::Method;
use serde_json::{Value, json};

use super::desk::{Desk, assert_refused, with_token};
use crate::support::app::{Answer, Program};

async fn register(program: &Program, key: &str, body: Value) -> Answer {
    program.call(Method::POST, "/api/v1/subscribers", Some(body), &[("idempotency-key", key)]).await
}

async fn count(desk: &Desk) -> usize {
    desk.auditor.get("/api/v1/subscribers").await.json()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_not_carried_out_again() {
    let desk = Desk::open().await;
    let first = register(&desk.admin, "order-1", json!({ "name": "例示" })).await;
    let second = register(&desk.admin, "order-1", json!({ "name": "例示" })).await;

    first.assert_status(201);
    second.assert_status(201);
    assert_eq!((second.json(), second.location()), (first.json(), first.location()));
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    assert_eq!(count(&desk).await, 1);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let desk = Desk::open().await;
    register(&desk.admin, "order-1", json!({ "name": "例示" })).await.assert_status(201);

    let other = register(&desk.admin, "order-1", json!({ "name": "別の例示" })).await;

    assert_refused(&other, 409, "idempotency_key_reused", &[]);
    assert_eq!(count(&desk).await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_token() {
    let desk = Desk::open().await;
    register(&desk.admin, "order-1", json!({ "name": "例示" })).await.assert_status(201);

    let other = register(&desk.agent, "order-1", json!({ "name": "別の例示" })).await;

    assert_eq!(other.assert_status(201).json()["name"], "別の例示");
}

#[tokio::test]
async fn a_refusal_gives_the_key_back() {
    let desk = Desk::open().await;
    assert_refused(&register(&desk.admin, "order-1", json!({ "name": "" })).await, 422, "text_missing", &["name"]);

    register(&desk.admin, "order-1", json!({ "name": "例示" })).await.assert_status(201);
}

#[tokio::test]
async fn of_many_at_once_one_is_carried_out() {
    let desk = Desk::open().await;
    let all = (0..8).map(|_| register(&desk.admin, "order-1", json!({ "name": "例示" })));

    let answers = futures::future::join_all(all).await;

    for answer in &answers {
        match answer.status.as_u16() {
            201 => assert_eq!(answer.json()["id"], 1),
            _ => assert_refused(answer, 409, "idempotency_key_unanswered", &[]),
        }
    }
    assert!(answers.iter().any(|answer| answer.status == 201));
    assert_eq!(count(&desk).await, 1);
}

#[tokio::test]
async fn a_key_must_be_readable() {
    let desk = Desk::open().await;
    for key in ["", &"k".repeat(256)] {
        let refused = register(&desk.admin, key, json!({ "name": "例示" })).await;
        assert_refused(&refused, 422, "idempotency_key_malformed", &[]);
    }
}

#[tokio::test]
async fn without_a_token_no_key_is_taken() {
    let desk = Desk::open().await;
    let nobody = with_token(&desk.admin, None);

    assert_refused(&register(&nobody, "order-1", json!({ "name": "例示" })).await, 401, "unauthenticated", &[]);
}
