//! T6: every route, every role, nobody, and the number of another organisation (`reliability.md`).

use axum::http::Method;
use revocation_desk::domain::role::Role;

use super::guests::{Upshot, address, call, go, upshot};
use super::routes::{self, Door, Route};
use super::town::{OpenTown, Tenant};
use crate::support::app::Answer;

/// What is wrong, one line each; empty at the end.
#[derive(Default)]
struct Complaints(Vec<String>);

impl Complaints {
    fn expect(&mut self, who: &str, route: &Route, answer: &Answer, allowed: &[Upshot]) {
        let seen = upshot(answer);
        if !allowed.contains(&seen) {
            let (method, path) = (&route.method, route.path);
            self.0.push(format!("{who} at {method} {path}: {} is {seen:?}, not {allowed:?}", answer.status));
        }
        if answer.status.is_server_error() {
            self.0.push(format!("{who} at {} {}: {}", route.method, route.path, answer.status));
        }
        let faults = faults_of_headers(route, answer);
        self.0.extend(faults.into_iter().map(|fault| format!("{who} at {} {}: {fault}", route.method, route.path)));
    }

    fn nothing_of(&mut self, tenant: &Tenant, who: &str, route: &Route, answer: &Answer) {
        let told = tenant.marks.iter().filter(|mark| answer.body.contains(mark.as_str()));
        self.0.extend(told.map(|mark| format!("{who} at {} {} reads {mark}", route.method, route.path)));
    }

    #[track_caller]
    fn none(self) {
        assert!(self.0.is_empty(), "{} complaints:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// What every answer has to carry, whatever it says.
fn faults_of_headers(route: &Route, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let policy = answer.header("content-security-policy");
    for directive in ["default-src 'none'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'"] {
        if !policy.contains(directive) {
            faults.push(format!("the content security policy lacks {directive}: {policy}"));
        }
    }
    if policy.contains("unsafe") || policy.contains('*') {
        faults.push(format!("a weak content security policy: {policy}"));
    }
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")]
    {
        if answer.header(name) != value {
            faults.push(format!("{name} is {:?}", answer.header(name)));
        }
    }
    // The CRL and the assets are for everybody and may be kept; nothing else may.
    let kept = route.path.starts_with("/crl/") || route.path.starts_with("/assets/");
    if !kept && !answer.header("cache-control").contains("no-store") {
        faults.push(format!("may be kept: {:?}", answer.header("cache-control")));
    }
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        if cookie.contains("Max-Age=0") {
            // Takes the cookie away.
            continue;
        }
        let secret = !cookie.starts_with("language=");
        if !cookie.contains("SameSite=Lax") || !cookie.contains("Path=/") || secret && !cookie.contains("HttpOnly") {
            faults.push(format!("a weak cookie: {cookie}"));
        }
    }
    if answer.body.contains("panicked at") || answer.body.contains("SELECT ") {
        faults.push("something from inside".to_owned());
    }
    faults
}

fn is_page(route: &Route) -> bool {
    !route.is_api() && !route.is_stream()
}

#[tokio::test]
async fn nobody_gets_past_a_door_without_logging_in_and_reads_nothing() {
    let town = OpenTown::open().await;
    let mut complaints = Complaints::default();
    for route in routes::all() {
        let address = address(&town, &route, &town.ours);
        let mut visitor = town.app.visitor();
        let answer = if route.is_api() {
            call(&mut visitor, None, &route, &address).await
        } else {
            go(&mut visitor, "", &route, &address).await
        };
        let allowed: &[Upshot] = match route.door {
            Door::Open => &[Upshot::Past, Upshot::LogIn, Upshot::NotFound, Upshot::Refused],
            Door::Operator => &[Upshot::Past],
            Door::Development => &[Upshot::NotFound],
            Door::Staff | Door::Needs(_) | Door::Either(_) | Door::Customer => &[Upshot::LogIn],
        };
        complaints.expect("nobody", &route, &answer, allowed);
        complaints.nothing_of(&town.ours, "nobody", &route, &answer);
        let door = if route.is_portal() { "/portal/login" } else { "/login" };
        if upshot(&answer) == Upshot::LogIn && !route.is_api() && !answer.location().starts_with(door) {
            complaints.0.push(format!("{} leads to {}", route.path, answer.location()));
        }
    }
    complaints.none();
}

#[tokio::test]
async fn an_agent_gets_where_the_table_says_and_nowhere_else() {
    walk_as(Role::Agent).await;
}

#[tokio::test]
async fn a_supervisor_gets_where_the_table_says_and_nowhere_else() {
    walk_as(Role::Supervisor).await;
}

#[tokio::test]
async fn an_administrator_gets_where_the_table_says_and_nowhere_else() {
    walk_as(Role::Admin).await;
}

#[tokio::test]
async fn an_auditor_gets_where_the_table_says_and_nowhere_else() {
    walk_as(Role::Auditor).await;
}

/// By browser to the pages, by token to the API.
async fn walk_as(role: Role) {
    let town = OpenTown::open().await;
    let mut browser = town.app.login_as(role).await;
    let csrf = browser.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
    let token = town.app.program(role).await.token;
    let mut complaints = Complaints::default();
    let who = role.as_str();
    for route in routes::all().into_iter().filter(|route| !route.is_stream()) {
        let address = address(&town, &route, &town.ours);
        let answer = if route.is_api() {
            call(&mut town.app.visitor(), token.as_deref(), &route, &address).await
        } else {
            go(&mut browser, &csrf, &route, &address).await
        };
        let allowed: &[Upshot] = match route.door {
            Door::Open => &[Upshot::Past, Upshot::LogIn, Upshot::NotFound, Upshot::Refused],
            Door::Operator => &[Upshot::Past],
            Door::Development => &[Upshot::NotFound],
            // The portal has sessions of its own.
            Door::Customer => &[Upshot::LogIn],
            Door::Staff if route.ends_the_session() => &[Upshot::LogIn],
            Door::Staff => &[Upshot::Past],
            // What the form names may not be there.
            door if door.admits(role) => &[Upshot::Past, Upshot::NotFound],
            _ => &[Upshot::Refused],
        };
        complaints.expect(who, &route, &answer, allowed);
        if upshot(&answer) != Upshot::Past {
            complaints.nothing_of(&town.ours, who, &route, &answer);
        }
    }
    complaints.none();
}

#[tokio::test]
async fn a_customer_finds_nothing_of_another_organisation_on_any_route() {
    let town = OpenTown::open().await;
    let mut browser = town.app.browser_of(town.ours.login).await;
    let csrf = browser.portal_csrf().await;
    let untouched = town.world.reload(&town.theirs.case).await;
    let events = town.world.count("audit_events").await;
    let mut complaints = Complaints::default();
    for route in routes::all().into_iter().filter(|route| is_page(route) && !route.ends_the_session()) {
        let answer = go(&mut browser, &csrf, &route, &address(&town, &route, &town.theirs)).await;
        complaints.nothing_of(&town.theirs, "our customer", &route, &answer);
        let allowed: &[Upshot] = match route.door {
            Door::Open => &[Upshot::Past, Upshot::LogIn, Upshot::NotFound, Upshot::Refused],
            Door::Operator => &[Upshot::Past],
            Door::Development => &[Upshot::NotFound],
            Door::Staff | Door::Needs(_) | Door::Either(_) => &[Upshot::LogIn],
            Door::Customer if route.path.contains("{no}") => &[Upshot::NotFound],
            Door::Customer => &[Upshot::Past],
        };
        complaints.expect("our customer", &route, &answer, allowed);
    }
    complaints.none();
    assert_eq!(town.world.reload(&town.theirs.case).await, untouched);
    assert_eq!(town.world.count("audit_events").await, events, "something was done");
}

/// Without this the test above would pass with numbers that are nobody's.
#[tokio::test]
async fn the_same_numbers_lead_their_owner_somewhere() {
    let town = OpenTown::open().await;
    let mut browser = town.app.browser_of(town.theirs.login).await;
    let mut found = 0;
    let numbered = |route: &Route| route.is_portal() && route.path.contains("{no}") && route.method == Method::GET;
    for route in routes::all().into_iter().filter(numbered) {
        let answer = browser.get(&address(&town, &route, &town.theirs)).await;
        // Asked for at another time: these need a case in another state, which its own tests have.
        let elsewhere =
            ["/csr", "/done"].iter().any(|end| route.path.starts_with("/portal/requests") && route.path.ends_with(end));
        if !elsewhere {
            assert_eq!(upshot(&answer), Upshot::Past, "{} {}", route.path, answer.status);
            found += 1;
        }
    }
    assert!(found >= 10, "{found}");
}

#[tokio::test]
async fn what_hangs_on_a_case_is_not_found_under_another_one() {
    let town = OpenTown::open().await;
    let program = town.app.program(Role::Auditor).await;
    let evidence = format!("/api/v1/cases/{}/evidence/{}", town.ours.case_number(), town.document);
    program.get(&evidence).await.assert_status(404);
}
