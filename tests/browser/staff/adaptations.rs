//! The desk as people have set up their system: forced colours, and text with more room (WCAG 1.4.11, 1.4.12).

use revocation_desk::domain::case::CaseState;

use super::working_agent;
use crate::harness::{Screen, Site};

/// Pages of an agent's day, with a case of each kind of work.
async fn pages(site: &Site) -> Vec<String> {
    let waiting = site.world.a_case().open().await;
    let subscriber = site.world.a_subscriber().named("例題電機株式会社").register().await;
    let certificate = site.world.a_certificate().of(&subscriber).names(["shop.example.jp"]).register().await;
    let held = site.world.a_case().on(&certificate).in_state(CaseState::OnHold).open().await;
    let case = |number| format!("/desk/cases/{number}");
    vec![
        "/desk/today".to_owned(),
        "/desk/cases".to_owned(),
        case(waiting.reception_number),
        case(held.reception_number),
        "/desk/calendar".to_owned(),
        "/desk/batches".to_owned(),
        "/desk/mails".to_owned(),
        "/desk/contacts".to_owned(),
        "/desk/preferences".to_owned(),
    ]
}

#[tokio::test]
async fn in_forced_colours_everything_keeps_its_edge() {
    let site = Site::open().await;
    let pages = pages(&site).await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.force_colours(true).await;
    for path in pages {
        agent.open(&path).await;
        agent.has_edges(".btn, .tag, .pill, .panel, .in, .ta, .sel").await;
        agent.is_sound(&path.replace('/', "-")).await;
    }
    agent.force_colours(false).await;
}

#[tokio::test]
async fn with_more_room_between_letters_and_lines_nothing_is_cut_off() {
    let site = Site::open().await;
    let pages = pages(&site).await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    for screen in [Screen::Desk, Screen::Half] {
        agent.set_screen(screen).await;
        for path in &pages {
            agent.open(path).await;
            agent.widen_text().await;
            agent.fits_the_screen().await;
            agent.cuts_no_text().await;
        }
    }
    agent.picture("widened").await;
}
