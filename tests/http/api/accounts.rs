//! Accounts of the portal that an order system gives to customers.

use serde_json::json;

use super::desk::{Desk, assert_refused};

#[tokio::test]
async fn an_order_system_invites_a_customer() {
    let desk = Desk::open().await;
    let id = desk.subscriber().await;
    let address = format!("/api/v1/subscribers/{id}/customers");
    let new = json!({ "login": "Hana", "name": "例文 花", "email": "hana@example.jp" });

    let answer = desk.admin.post(&address, new.clone()).await;

    let customer = answer.assert_status(201).json();
    assert_eq!(customer["login"], "hana");
    assert_eq!(customer["subscriber_id"], id);
    assert_eq!(customer["state"], "invited");
    answer.assert_lacks("password").assert_lacks("/portal/");
    let mails = desk.admin.get("/api/v1/messages").await.json();
    assert_eq!(mails["items"][0]["kind"], "customer_invited");

    let again = json!({ "login": " HANA ", "name": "例文 花", "email": "hana@example.jp" });
    assert_eq!(desk.admin.post(&address, again).await.assert_status(409).json()["code"], "login_taken");
    let nowhere = desk.admin.post("/api/v1/subscribers/999/customers", new).await;
    assert_eq!(nowhere.assert_status(404).json()["code"], "subscriber_not_found");
}

#[tokio::test]
async fn every_problem_of_an_account_is_named() {
    let desk = Desk::open().await;
    let address = format!("/api/v1/subscribers/{}/customers", desk.subscriber().await);
    let bad = json!({ "login": "h", "name": "例文\u{202E}花", "email": "hana" });
    for code in ["login_invalid", "user_name_invalid", "email_invalid"] {
        let refused = desk.admin.post(&address, bad.clone()).await;
        assert_refused(&refused, 422, code, &["login", "name", "email"]);
    }
    let odd = json!({ "login": "hana", "name": "例文 花", "email": "hana@example.jp", "role": "boss" });
    assert_eq!(desk.admin.post(&address, odd).await.assert_status(422).json()["code"], "field_unknown");
}
