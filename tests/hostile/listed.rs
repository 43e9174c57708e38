//! The list of routes is the router's own.

use std::collections::BTreeSet;

use axum::http::Method;
use revocation_desk::domain::role::Role;

use super::routes;
use crate::support::app::TestApp;

/// What the running program's router holds: methods and templates, read from the router itself.
pub async fn of_the_router(app: &TestApp) -> BTreeSet<String> {
    let shown = format!("{:?}", app.router());
    let mut templates = BTreeSet::new();
    for entry in shown.split("RouteId(").skip(1) {
        let path = entry.split_once("): \"").filter(|(id, _)| id.bytes().all(|byte| byte.is_ascii_digit()));
        templates.extend(path.and_then(|(_, rest)| rest.split_once('"')).map(|(path, _)| path.to_owned()));
    }
    assert!(templates.len() > 100, "the router shows itself in another way than before: {shown}");
    let mut anybody = app.program(Role::Agent).await;
    anybody.token = None;
    let mut routes = BTreeSet::new();
    for template in templates.into_iter().filter(|template| !template.contains("__private")) {
        // No route has this method: the answer lists those that it has.
        let probe = Method::from_bytes(b"PROBE").unwrap();
        let answer = anybody.call(probe, &template.replace(['{', '}', '*'], ""), None, &[]).await;
        let allowed = answer.header("allow").to_owned();
        assert!(!allowed.is_empty(), "{template} takes any method: {}", answer.status);
        let methods = allowed.split(',').map(str::trim).filter(|method| *method != "HEAD");
        routes.extend(methods.map(|method| format!("{method} {template}")));
    }
    routes
}

#[tokio::test]
async fn every_route_of_the_router_stands_in_the_list_and_no_other() {
    let app = TestApp::start().await;
    let there = of_the_router(&app).await;
    let listed: BTreeSet<String> = routes::ROUTES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed.len(), routes::ROUTES.len(), "one stands there twice");
    let unlisted: Vec<_> = there.difference(&listed).collect();
    assert!(unlisted.is_empty(), "add a line for each to ROUTES in tests/hostile/routes.rs: {unlisted:#?}");
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(gone.is_empty(), "no such route: {gone:#?}");
}

#[test]
fn an_address_leads_to_the_nearest_route() {
    for (address, template) in [
        ("/desk/views/new?q=a", "/desk/views/new"),
        ("/desk/views/12", "/desk/views/{id}"),
        ("/portal/certificates/RQ-1/reissue", "/portal/certificates/{no}/reissue"),
        ("/portal/certificates/RQ-1/chain.pem", "/portal/certificates/{no}/{file}"),
        ("/assets/abc/fonts/a.woff2", "/assets/{hash}/{*name}"),
    ] {
        assert_eq!(routes::find(&Method::GET, address).unwrap().path, template, "{address}");
    }
    assert!(routes::find(&Method::GET, "/desk/nowhere").is_none());
}
