//! What a page offers leads somewhere, and only where the table of routes lets its reader go.

use std::collections::BTreeSet;

use axum::http::Method;
use revocation_desk::domain::role::Role;

use super::guests::{Upshot, address, upshot};
use super::pages::offered;
use super::routes::{self, Door, Route};
use super::town::OpenTown;
use crate::support::app::Browser;

/// Reads every page that the guest gets to see, and complains about what it offers.
async fn read_all(town: &OpenTown, browser: &mut Browser, role: Option<Role>) -> usize {
    let admitted = |door: Door| match role {
        Some(role) => door.admits(role),
        None => matches!(door, Door::Customer | Door::Open),
    };
    let pages = |route: &Route| {
        route.method == Method::GET
            && !route.is_api()
            && !route.is_stream()
            && admitted(route.door)
            && (role.is_none() == route.is_portal() || matches!(route.door, Door::Staff))
    };
    let (mut complaints, mut forms) = (Vec::new(), BTreeSet::new());
    for route in routes::all().into_iter().filter(pages) {
        let page = browser.get(&address(town, &route, &town.ours)).await;
        if upshot(&page) != Upshot::Past || !page.header("content-type").starts_with("text/html") {
            continue;
        }
        for (method, address) in offered(&page) {
            let method: Method = method.parse().unwrap();
            match routes::find(&method, &address) {
                None => complaints.push(format!("{} offers {method} {address}, which leads nowhere", route.path)),
                Some(target) if !admitted(target.door) => {
                    complaints.push(format!("{} offers {method} {} to {role:?}", route.path, target.path));
                }
                Some(target) => {
                    forms.insert((target.method.to_string(), target.path));
                }
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    forms.len()
}

#[tokio::test]
async fn every_link_and_button_of_the_desk_is_open_to_its_reader() {
    let town = OpenTown::open().await;
    for (role, least) in [(Role::Agent, 30), (Role::Supervisor, 35), (Role::Admin, 40), (Role::Auditor, 15)] {
        let mut browser = town.app.login_as(role).await;
        let seen = read_all(&town, &mut browser, Some(role)).await;
        assert!(seen >= least, "{role:?} was offered only {seen} routes");
    }
}

#[tokio::test]
async fn every_link_and_button_of_the_portal_is_open_to_customers() {
    let town = OpenTown::open().await;
    let mut browser = town.app.browser_of(town.ours.login).await;
    let seen = read_all(&town, &mut browser, None).await;
    assert!(seen >= 10, "only {seen}");
}
