//! What holds for every request: headers, origins, sizes, errors, tokens.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{Method, Request, StatusCode},
};
use chrono::Duration;
use revocation_desk::{
    actions::create_token::{NewToken, create_token},
    controllers::extractors::{ApiCaller, Staff},
    domain::{
        actor::Actor,
        language::Language,
        role::{Permission, Role},
    },
    errors::Error,
    models::api_tokens,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::support::app::{Program, TestApp, set};

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'";

#[tokio::test]
async fn every_answer_carries_the_security_headers_errors_included() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    for (path, status) in
        [("/login", 303), ("/password", 200), ("/nowhere", 404), ("/logout", 405), ("/api/v1/nowhere", 404)]
    {
        let answer = browser.get(path).await;
        answer.assert_status(status);
        assert_eq!(answer.header("content-security-policy"), CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host_and_browsers_stay_on_tls() {
    let app = TestApp::start_with(|config| set(config, "public_url", "https://desk.test")).await;
    let answer = app.visitor().get("/login").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-desk=") && cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
}

#[tokio::test]
async fn a_post_from_another_site_is_refused_even_with_the_right_token() {
    let app = TestApp::start().await;
    for (email, origin, status) in [
        ("a@ca.example", Some("http://desk.test"), 303),
        ("b@ca.example", None, 303),
        ("c@ca.example", Some("http://evil.example"), 403),
        ("d@ca.example", Some("http://desk.test.evil.example"), 403),
        ("e@ca.example", Some("null"), 403),
    ] {
        let mut browser = app.login_another(Role::Agent, email).await;
        browser.origin = origin.map(str::to_owned);
        browser.post_form("/password", "/logout", &[]).await.assert_status(status);
    }
}

#[tokio::test]
async fn a_body_above_one_mebibyte_is_refused_with_a_page() {
    let app = TestApp::start().await;
    let mut browser = app.visitor();
    let long = "x".repeat(1024 * 1024);
    let answer = browser.post_form("/login", "/login", &[("email", "a"), ("password", &long)]).await;
    answer.assert_status(413).assert_contains("送信した内容が大きすぎます");
}

#[tokio::test]
async fn a_form_that_is_not_one_is_refused_with_a_page() {
    let app = TestApp::start().await;
    let mut browser = app.visitor();
    browser.get("/login").await;
    for fields in [vec![], vec![("email", "a@ca.example")], vec![("unknown", "1")]] {
        let answer = browser.post_form("/login", "/login", &fields).await;
        answer.assert_status(400).assert_contains("<!DOCTYPE html>").assert_lacks("Failed to deserialize form body");
    }
}

#[tokio::test]
async fn a_fault_shows_a_number_for_the_log_and_nothing_from_inside() {
    let app = TestApp::start().await;
    let mut browser = app.login_as(Role::Agent).await;
    app.ctx.db.execute_unprepared("DROP TABLE sessions").await.unwrap();

    let answer = browser.get("/password").await;

    answer.assert_status(500).assert_contains("<!DOCTYPE html>");
    for inside in ["sessions", "no such table", "SELECT", "database"] {
        answer.assert_lacks(inside);
    }
}

#[tokio::test]
async fn below_api_every_refusal_is_a_problem_document() {
    let app = TestApp::start().await;
    let program = app.program(Role::Agent).await;

    let answer = program.get("/api/v1/nowhere").await;

    answer.assert_status(404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["title"], "Not Found");
    assert_eq!(problem["code"], "not_found");
    assert!(problem["detail"].as_str().unwrap().contains("見つかりません"));
    assert_eq!(problem["errors"], serde_json::json!([]));
    assert!(problem["type"].is_string());
}

#[tokio::test]
async fn a_token_counts_until_it_expires_or_is_revoked_and_only_as_what_it_was_given_for() {
    let app = TestApp::start().await;
    let Program { token, .. } = app.program(Role::Agent).await;
    let token = token.unwrap();
    let caller = caller(&app, Method::POST, Some(&format!("Bearer {token}"))).await.unwrap();
    assert_eq!(caller.role, Role::Agent);
    assert_eq!(caller.actor().key(), format!("token:{}", caller.id));

    let read_only = NewToken {
        name: "report".to_owned(),
        role: Role::Auditor,
        read_only: true,
        lifetime: Duration::days(1),
        reason: None,
    };
    let (_, read_only) = create_token(&app.ctx.db, read_only, &Actor::system(), app.now()).await.unwrap();
    assert_eq!(status(&app, Method::GET, Some(&format!("bearer {read_only}"))).await, 200);
    assert_eq!(status(&app, Method::POST, Some(&format!("Bearer {read_only}"))).await, 403);

    for wrong in [None, Some("Bearer "), Some("Bearer rdesk_wrong"), Some(token.as_str()), Some("Basic dXNlcjpwdw==")] {
        assert_eq!(status(&app, Method::GET, wrong).await, 401, "{wrong:?}");
    }

    api_tokens::Entity::update_many()
        .col_expr(api_tokens::Column::RevokedAt, app.now().into())
        .filter(api_tokens::Column::Name.eq("report"))
        .exec(&app.ctx.db)
        .await
        .unwrap();
    assert_eq!(status(&app, Method::GET, Some(&format!("Bearer {read_only}"))).await, 401, "revoked");
    assert_eq!(status(&app, Method::GET, Some(&format!("Bearer {token}"))).await, 200);
    app.pass(Duration::days(1));
    assert_eq!(status(&app, Method::GET, Some(&format!("Bearer {token}"))).await, 401, "expired");
}

#[tokio::test]
async fn the_database_keeps_no_token_and_no_password() {
    let app = TestApp::start().await;
    let token = app.program(Role::Agent).await.token.unwrap();
    let user = app.user("hana@ca.example", Role::Agent).await;
    let row = api_tokens::Entity::find().one(&app.ctx.db).await.unwrap().unwrap();
    assert!(!format!("{row:?}").contains(&token));
    assert!(user.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", user.password_hash);
}

#[test]
fn a_role_without_the_permission_is_forbidden() {
    let staff = |role| Staff {
        id: 1,
        name: "例文 花".to_owned(),
        role,
        address: None,
        csrf: String::new(),
        language: Language::Japanese,
        single_keys: true,
    };
    assert!(staff(Role::Supervisor).require(Permission::Supervise).is_ok());
    let refused = staff(Role::Agent).require(Permission::Supervise);
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn health_and_readiness_answer_this_machine_only_unless_told_otherwise() {
    let app = TestApp::start().await;
    for (address, status) in [("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 404)] {
        for path in ["/_health", "/_readiness"] {
            let mut browser = app.visitor();
            browser.address = address.to_owned();
            browser.get(path).await.assert_status(status);
        }
    }
    let open = TestApp::start_with(|config| set(config, "operations.open_to_network", true)).await;
    let mut browser = open.visitor();
    browser.address = "192.0.2.7".to_owned();
    browser.get("/_health").await.assert_status(200);
}

#[tokio::test]
async fn readiness_is_refused_while_the_schema_is_old_or_the_database_is_gone() {
    let app = TestApp::start().await;
    assert_eq!(app.visitor().get("/_readiness").await.json()["migrated"], true);
    app.ctx.db.execute_unprepared("DELETE FROM seaql_migrations").await.unwrap();
    let answer = app.visitor().get("/_readiness").await;
    answer.assert_status(503);
    assert_eq!(
        answer.json(),
        serde_json::json!({
            "ok": false, "database": true, "migrated": false, "ca_key": true, "crl": false, "stopping": false,
        })
    );
    app.visitor().get("/_health").await.assert_status(200);
}

async fn caller(app: &TestApp, method: Method, authorization: Option<&str>) -> Result<ApiCaller, Error> {
    let mut request = Request::builder().method(method).uri("/api/v1/cases");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let (mut parts, _) = request.body(Body::empty()).unwrap().into_parts();
    ApiCaller::from_request_parts(&mut parts, &app.ctx).await
}

async fn status(app: &TestApp, method: Method, authorization: Option<&str>) -> u16 {
    match caller(app, method, authorization).await {
        Ok(_) => StatusCode::OK.as_u16(),
        Err(error) => error.status().as_u16(),
    }
}
