//! Every page in its main states, as its sample shows it: accessible, and nothing runs over the edge of the screen.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Html;
use axum::routing::get;
use revocation_desk::controllers::assets;

use crate::harness::{Screen, Site};
use crate::samples;

fn showing(pages: &[(String, String)]) -> Router {
    let pages: Arc<HashMap<String, String>> = Arc::new(pages.iter().cloned().collect());
    let show = move |Path(name): Path<String>| {
        let page = pages[&name].clone();
        async { Html(page) }
    };
    Router::new().route("/samples/{name}", get(show)).route("/assets/{hash}/{*name}", get(assets::show))
}

async fn are_sound(pages: &[(String, String)]) {
    let site = Site::showing(showing(pages)).await;
    let window = site.window(Screen::Desk).await;
    for (name, _) in pages {
        window.set_screen(Screen::Desk).await;
        window.open(&format!("/samples/{name}")).await;
        window.is_accessible().await;
        for screen in [Screen::Desk, Screen::Half, Screen::Narrow] {
            window.set_screen(screen).await;
            window.fits_the_screen().await;
        }
    }
}

#[tokio::test]
async fn every_page_is_accessible_and_fits_every_screen() {
    let pages = samples::all();
    let (first, second) = pages.split_at(pages.len() / 2);
    tokio::join!(are_sound(first), are_sound(second));
}
