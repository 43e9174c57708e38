//! What a page offers leads somewhere, and only where the table of routes lets its reader go.

use std::collections::BTreeSet;

use axum::http::Method;
use revocation_desk::domain::role::Role;

use super::guests::{Upshot, address, upshot};
use super::routes::{self, Door, Route};
use super::town::Town;
use crate::support::app::{Answer, Browser};

/// Addresses that a page offers: links, and forms by their method.
fn offered(page: &Answer) -> BTreeSet<(Method, String)> {
    let mut offered = BTreeSet::new();
    for element in page.body.split('<') {
        let tag = element.split([' ', '>', '\n']).next().unwrap();
        let target = match tag {
            "a" => attribute(element, "href").map(|href| (Method::GET, href)),
            "form" => {
                let post = attribute(element, "method").as_deref() == Some("post");
                attribute(element, "action").map(|action| (if post { Method::POST } else { Method::GET }, action))
            }
            "button" | "input" => attribute(element, "formaction").map(|action| (Method::POST, action)),
            _ => None,
        };
        offered.extend(target.filter(|(_, address)| address.starts_with('/')).map(|(method, address)| {
            let address = address.split(['?', '#']).next().unwrap().to_owned();
            (method, address)
        }));
    }
    offered
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let element = element.split('>').next().unwrap();
    let value = element.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Reads every page that the guest gets to see, and complains about what it offers.
async fn read_all(town: &Town, browser: &mut Browser, role: Option<Role>) -> usize {
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
    let town = Town::open().await;
    for (role, least) in [(Role::Agent, 30), (Role::Supervisor, 35), (Role::Admin, 40), (Role::Auditor, 15)] {
        let mut browser = town.app.login_as(role).await;
        let seen = read_all(&town, &mut browser, Some(role)).await;
        assert!(seen >= least, "{role:?} was offered only {seen} routes");
    }
}

#[tokio::test]
async fn every_link_and_button_of_the_portal_is_open_to_customers() {
    let town = Town::open().await;
    let mut browser = town.app.browser_of(town.ours.login).await;
    let seen = read_all(&town, &mut browser, None).await;
    assert!(seen >= 10, "only {seen}");
}
