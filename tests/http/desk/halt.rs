//! A halted desk says so on every page of staff and customers, and refuses what would change something.

use revocation_desk::actions::halt_desk::{HaltDesk, halt_desk};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::halt::HaltCause;
use revocation_desk::domain::role::Role;
use serde_json::json;

use super::office::Office;

#[tokio::test]
async fn a_halted_desk_says_why_and_refuses_to_revoke() {
    let Office { app, world } = Office::open().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let mut before = app.login_as(Role::Agent).await;
    let input = HaltDesk { cause: HaltCause::Restored, reason: "夜間の復元".to_owned(), lost_sequence: None };
    halt_desk(&app.services(), input, &Actor::system(), app.now()).await.unwrap();

    before.get("/desk/today").await.assert_status(303);
    let mut supervisor = app.login_as(Role::Supervisor).await;
    let page = supervisor.get("/desk/today").await;
    page.assert_status(200)
        .assert_contains("業務を停止しています")
        .assert_contains("夜間の復元")
        .assert_contains("task reconcile");

    let program = app.program(Role::Agent).await;
    let path = format!("/api/v1/cases/{}/withdrawal", case.reception_number);
    let refused = program.post(&path, json!({ "version": case.version, "ground": "電話" })).await;
    refused.assert_status(409);
    assert_eq!(refused.json()["code"], "desk_halted");

    let mut customer = app.login_customer(case.subscriber_id, "hana").await;
    customer.get("/portal/certificates").await.assert_status(200).assert_contains("受け付けを停止しています");
}
