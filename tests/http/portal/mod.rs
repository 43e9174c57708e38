//! The portal over HTTP, as a customer's browser sees it.

mod account;
mod certificates;
mod reissue;
mod requests;

use crate::support::app::TestApp;

#[tokio::test]
async fn a_customer_who_is_not_logged_in_is_led_to_the_portals_own_log_in() {
    let app = TestApp::start().await;
    let answer = app.visitor().get("/portal").await;
    answer.assert_status(303);
    assert_eq!(answer.location(), "/portal/login");
}

#[tokio::test]
async fn staff_and_customers_do_not_share_a_session() {
    let app = TestApp::start().await;
    let mut staff = app.login_as(revocation_desk::domain::role::Role::Agent).await;
    assert_eq!(staff.get("/portal").await.location(), "/portal/login");
}

#[tokio::test]
async fn an_unknown_page_of_the_portal_leads_back_into_the_portal() {
    let app = TestApp::start().await;
    let answer = app.visitor().get("/portal/nothing").await;
    answer.assert_status(404).assert_contains("証明書管理ポータル").assert_contains("/portal/certificates");
}
